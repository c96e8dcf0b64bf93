/**
 * Random histories as the model lets them come to be: every commit is made on a consistent version, its operations and
 * predicates hold there, and merge commits settle what does not fit. Judged here by the letter, without any index.
 */
import fc from "fast-check";
import { maximal, type Antichain } from "../../src/core/antichain";
import { compareCanonical } from "../../src/core/canonicalOrder";
import type { JudgedOperation } from "../../src/core/consistency";
import type { ConflictReason } from "../../src/core/errors";
import { MemoryCommitGraph } from "../../src/core/graph";
import type { CommitId, OperationId, RecordId } from "../../src/core/ids";
import type { State } from "../../src/core/json";
import { holds } from "../../src/core/judge";
import { footprintOf, refusalOf, type Effect } from "../../src/core/operation";
import { isPrefix, lookup, pathsOverlap, type Path } from "../../src/core/path";
import { leafOf, leavesOf, type Predicate } from "../../src/core/predicates";
import { naiveHistory } from "./arbitrariesGraphs";
import { grouped } from "./grouped";
import { admitted, operationStep, RECORDS, START, type OperationStep, type Proposed } from "./operationSteps";
import { Replayed } from "./replayed";

export { RECORDS };

export class History {
  readonly graph = new MemoryCommitGraph();
  readonly commits: CommitId[] = [];
  /** As they were added. */
  readonly operations: JudgedOperation[] = [];
  /** In canonical order; made when it is asked for. */
  #sorted: readonly JudgedOperation[] | undefined;
  /** The operations that a commit settles. */
  readonly settlements = new Map<CommitId, readonly OperationId[]>();
  /** Commits that were made on one version at the same time. */
  readonly rivals: CommitId[][] = [];
  /** Where a commit stands in `commits`. */
  readonly #places = new Map<CommitId, number>();
  /** For each commit a bit for each one that is in its history, itself included. */
  readonly #histories = new Map<CommitId, Uint32Array>();
  readonly #replayed = new Replayed();
  #nextOperation = 1;

  /** Another one that may be added to, of the first so many commits. */
  copy(count = this.commits.length): History {
    const copy = new History();
    for (const commit of this.commits.slice(0, count)) {
      const own = this.operations.filter((operation) => operation.commit === commit);
      const { graph } = this;
      copy.add(commit, graph.logicalTime(commit), graph.parents(commit), own, this.settlements.get(commit));
    }
    return copy;
  }

  /** Adds a commit on a version. */
  commit(
    id: CommitId,
    parents: Antichain,
    operations: readonly (Effect & { record: RecordId; predicates: readonly Predicate[] })[],
    settled: readonly OperationId[] = [],
  ): void {
    const logicalTime = Math.max(-1, ...parents.map((parent) => this.graph.logicalTime(parent))) + 1;
    const placed = operations.map(({ record, predicates, path, operation, parameters }, index) => {
      const place = { commit: id, logicalTime, id: this.#nextOperation + index };
      return { ...place, record, predicates, path, operation, parameters };
    });
    this.add(id, logicalTime, parents, placed, settled);
  }

  /** Adds a commit as it is; its parents are there. */
  add(
    id: CommitId,
    logicalTime: number,
    parents: readonly CommitId[],
    operations: readonly JudgedOperation[],
    settled: readonly OperationId[] = [],
  ): void {
    this.graph.add(id, logicalTime, parents);
    this.#sorted = undefined;
    const bits = new Uint32Array((this.commits.length >> 5) + 1);
    for (const parent of parents) this.#histories.get(parent)!.forEach((word, index) => (bits[index]! |= word));
    bits[this.commits.length >> 5]! |= 1 << (this.commits.length & 31);
    this.#histories.set(id, bits);
    this.#places.set(id, this.commits.length);
    this.commits.push(id);
    for (const operation of operations) {
      this.operations.push(operation);
      this.#nextOperation = Math.max(this.#nextOperation, operation.id + 1);
    }
    if (settled.length > 0) this.settlements.set(id, settled);
  }

  /** Whether a commit has another one in its history; it has itself. */
  descends(commit: CommitId, from: CommitId): boolean {
    const place = this.#places.get(from)!;
    return ((this.#histories.get(commit)![place >> 5] ?? 0) & (1 << (place & 31))) !== 0;
  }

  /** Those of some commits that no other one of them descends from, ascending. */
  latest(commits: Iterable<CommitId>): CommitId[] {
    const newestFirst = [...commits].sort((a, b) => this.#places.get(b)! - this.#places.get(a)!);
    const latest: CommitId[] = [];
    for (const commit of newestFirst) {
      if (!latest.some((later) => this.descends(later, commit))) latest.push(commit);
    }
    return latest.sort((a, b) => a - b);
  }

  /** The operations of a version's history, in canonical order. */
  operationsOf(version: Iterable<CommitId>): JudgedOperation[] {
    const history = naiveHistory(this.graph, version);
    this.#sorted ??= [...this.operations].sort(compareCanonical);
    return this.#sorted.filter(({ commit }) => history.has(commit));
  }

  state(version: Iterable<CommitId>, record: RecordId): State {
    return this.#fold(this.operationsOf(version), record);
  }

  settledIn(version: Iterable<CommitId>): Set<OperationId> {
    const history = naiveHistory(this.graph, version);
    return new Set([...this.settlements].flatMap(([commit, operations]) => (history.has(commit) ? operations : [])));
  }

  /** The record's own version: its latest commits in a version. */
  heads(version: Iterable<CommitId>, record: RecordId): CommitId[] {
    const touching = this.operationsOf(version).filter((operation) => operation.record === record);
    return this.latest(new Set(touching.map(({ commit }) => commit)));
  }

  /** What does not hold in a version, by the words of semantics §6, as `operation reason`. */
  breaches(version: Iterable<CommitId>): Set<string> {
    const all = this.operationsOf(version);
    const byRecord = grouped(all, ({ record }) => record);
    const settled = this.settledIn(version);
    const result = new Set<string>();
    for (const operation of all) {
      if (settled.has(operation.id)) continue;
      for (const reason of this.#reasons(operation, (record) => byRecord.get(record) ?? [])) {
        result.add(`${operation.id} ${reason}`);
      }
    }
    return result;
  }

  isConsistent(version: Iterable<CommitId>): boolean {
    return this.breaches(version).size === 0;
  }

  #reasons(
    operation: JudgedOperation,
    operationsOn: (record: RecordId) => readonly JudgedOperation[],
  ): Set<ConflictReason> {
    const unaware = (record: RecordId) =>
      operationsOn(record).filter(({ commit }) => !this.descends(commit, operation.commit));
    const concurrentOn = (record: RecordId) =>
      unaware(record).filter(({ commit }) => !this.descends(operation.commit, commit));
    const before = (record: RecordId) =>
      operationsOn(record).filter(({ commit, id }) => commit === operation.commit && id < operation.id);
    const states = new Map<RecordId, State>();
    const read = (other: RecordId | undefined): State => {
      const record = other ?? operation.record;
      if (!states.has(record)) {
        states.set(record, this.#fold(before(record), record, this.#fold(unaware(record), record)));
      }
      return states.get(record);
    };
    const reasons = new Set<ConflictReason>();

    const isOrdered = operation.operation === "splice" || operation.operation === "edit";
    const own = [...listsIn(operation.path), ...(isOrdered ? [operation.path] : [])];
    const moved = (record: RecordId, lists: readonly Path[]) =>
      lists.length > 0 &&
      concurrentOn(record).some((other) =>
        footprintOf(other).some((changed) => lists.some((list) => isPrefix(changed, list))),
      );
    const inPlace = this.#fold(
      operationsOn(operation.record).filter((other) => compareCanonical(other, operation) < 0),
      operation.record,
    );
    if (moved(operation.record, own)) reasons.add("POSITION");
    else if (operation.operation !== "remove") {
      if (refusalOf(read(undefined), operation) !== null) reasons.add("PRECONDITION");
      if (refusalOf(inPlace, operation) !== null) reasons.add("PRECONDITION");
    }
    for (const predicate of operation.predicates) {
      const leaves = leavesOf(predicate).map((leaf) => leafOf(leaf));
      const values = leaves.filter(({ kind }) => kind !== "unchanged" && kind !== "version");
      if (values.some(({ test }) => moved(test.record ?? operation.record, listsIn(test.path)))) {
        reasons.add("POSITION");
      } else if (!holds(predicate, read)) reasons.add("PREDICATE");
      for (const { kind, test } of leaves) {
        if (kind !== "unchanged" && kind !== "version") continue;
        const touched = concurrentOn(test.record ?? operation.record);
        const path = kind === "version" ? [] : test.path;
        if (touched.some((other) => footprintOf(other).some((changed) => pathsOverlap(changed, path)))) {
          reasons.add("PREDICATE");
        }
      }
    }
    return reasons;
  }

  /** @param operations in canonical order */
  #fold(operations: readonly JudgedOperation[], record: RecordId, from: State = undefined): State {
    return operations
      .filter((operation) => operation.record === record)
      .reduce((state, operation) => this.#replayed.apply(state, operation), from);
  }
}

function listsIn(path: Path): Path[] {
  return path.flatMap((step, index) => (typeof step === "number" ? [path.slice(0, index)] : []));
}

/** What to do in a step, whatever the history turns out to be. */
interface Step {
  readonly parents: readonly number[];
  readonly operations: readonly OperationStep[];
  readonly id: number;
  /** How many others commit on the same version: on one of several commits that makes a criss-cross. */
  readonly rivals: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  // Mostly recent commits, so that branches grow and merges join them.
  parents: fc.array(
    fc.oneof({ weight: 3, arbitrary: fc.nat({ max: 5 }) }, { weight: 1, arbitrary: fc.nat({ max: 12 }) }),
    {
      minLength: 1,
      maxLength: 3,
    },
  ),
  operations: fc.array(operationStep, { maxLength: 3 }),
  id: fc.nat({ max: 4 }),
  rivals: fc.nat({ max: 3 }),
});

export const histories: fc.Arbitrary<History> = historiesOf(5, 14);

/** Histories of so many steps, each of which is a commit or several on the same version. */
export function historiesOf(minLength: number, maxLength: number): fc.Arbitrary<History> {
  return fc.array(step, { minLength, maxLength, size: "max" }).map(buildHistory);
}

function buildHistory(steps: readonly Step[]): History {
  const history = new History();
  const created = RECORDS.slice(0, 2).map((record) => ({
    record,
    path: [],
    operation: "create",
    parameters: { value: START },
    predicates: [],
  }));
  history.commit(50, maximal(history.graph, []), created);
  steps.forEach((one, index) => {
    const { commits } = history;
    const picked = one.parents.map((back) => commits[Math.max(0, commits.length - 1 - back)]!);
    const parents = maximal(history.graph, picked);
    // Ids in no order among those that are made at about the same time; all different.
    const id = 100 + index * 5 + ((one.id * 37) % 5) * 1000;
    // Single commits are consistent always, as the tests of consistency see.
    const breaches = parents.length < 2 ? new Set<string>() : history.breaches(parents);
    // Half of the conflicts are settled, half of them are left alone.
    if (breaches.size > 0 && one.id % 2 === 0) return;
    const settled = [...new Set([...breaches].map((breach) => Number(breach.split(" ")[0])))];
    history.commit(id, parents, admitted(history, parents, one.operations), settled);
    const rivals = [id];
    for (let rival = 1; rival <= one.rivals; rival++) {
      const steps = [...one.operations.slice(rival), ...one.operations.slice(0, rival)];
      // Some of them take what leaves enough for one other, and not for two.
      const operations = one.id === 3 ? withdrawal(history, parents) : admitted(history, parents, steps);
      history.commit(id + rival, parents, operations, settled);
      rivals.push(id + rival);
    }
    history.rivals.push(rivals);
  });
  return history;
}

function withdrawal(history: History, parents: Antichain): Proposed[] {
  const record = RECORDS[0]!;
  const path = ["n"];
  const at = lookup(history.state(parents, record), path);
  if (!at.exists || typeof at.value !== "number") return [];
  const enough: Predicate = { atLeast: { path, value: at.value - 1 } };
  return [{ record, path, operation: "increment", parameters: { by: -1 }, predicates: [enough] }];
}

/** Those of some sets of commits that are consistent. */
export function versionsOf(history: History, sets: readonly (readonly CommitId[])[]): Antichain[] {
  return sets.map((set) => maximal(history.graph, set)).filter((version) => history.isConsistent(version));
}
