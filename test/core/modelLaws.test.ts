/** Laws of the model on random graphs of commits, against replaying and judging everything; each counts its cases. */
import fc from "fast-check";
import { maximal, type Antichain } from "../../src/core/antichain";
import { compareCanonical } from "../../src/core/canonicalOrder";
import { exclusive } from "../../src/core/graph";
import type { CommitId, RecordId } from "../../src/core/ids";
import { inversesOf } from "../../src/core/inverse";
import type { State } from "../../src/core/json";
import { firstFailure } from "../../src/core/judge";
import { applyAll, applyOperation, footprintOf, refusalOf } from "../../src/core/operation";
import { lookup, pathsOverlap, type Path } from "../../src/core/path";
import { patchBetween } from "../../src/core/patchBetween";
import { check, PROPERTY_RUNS } from "../support/arbitraries";
import { naiveHistory, naiveMaximal } from "../support/arbitrariesGraphs";
import { grouped } from "../support/grouped";
import { historiesOf, History, RECORDS } from "../support/histories";
import { incremental, isCrossed, joinsOf, named, readsOthers } from "../support/joins";
import { patched } from "../support/naivePatch";
import { admitted, operationStep, START, type OperationStep } from "../support/operationSteps";
import { naiveApply } from "./operations/naive";

/** At least 1,000 cases each, where no other number is asked for; what does not apply is not counted. */
const FACTOR = 5;
/** Ids that no commit of a random history has. */
const [RIVAL, MERGE] = [99_998, 99_999];

/** Small ones, so that there may be many. */
const small = historiesOf(3, 7);
const picks = fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 6, size: "max" });
const manyPicks = fc.array(fc.nat({ max: 12 }), { minLength: 3, maxLength: 6, size: "max" });
const work = fc.array(operationStep, { minLength: 1, maxLength: 3 });

/** Any antichain at all, consistent or not, mostly of late commits. */
function picked({ graph, commits }: History, chosen: readonly number[]): Antichain {
  return maximal(
    graph,
    chosen.map((back) => commits[Math.max(0, commits.length - 1 - back)]!),
  );
}

/** The states of all records as the store reads them: the graph tells the order, and one fold goes through it. */
function view({ graph, operations }: History, version: Antichain): State[] {
  const byCommit = grouped(operations, ({ commit }) => commit);
  const inOrder = exclusive(graph, version, []).flatMap((commit) => byCommit.get(commit) ?? []);
  return RECORDS.map((record) =>
    applyAll(
      undefined,
      inOrder.filter((operation) => operation.record === record),
    ),
  );
}

/** The same by the letter. */
function naiveView(history: History, version: Antichain): State[] {
  const all = history.operationsOf(version);
  return RECORDS.map((record) =>
    all.reduce<State>((state, operation) => {
      const result = operation.record === record ? naiveApply(state, operation) : "refused";
      return result === "refused" ? state : result.state;
    }, undefined),
  );
}

/** Counts the cases to which a law applies, and those among them that are hard. */
class Tally {
  cases = 0;
  readonly #shares = { conflicts: 0, threeHeads: 0, crossed: 0, readsOthers: 0 };

  /** @param heads the most that come up */
  add(history: History, heads: number, conflicts: boolean): void {
    this.cases += 1;
    if (conflicts) this.#shares.conflicts += 1;
    if (heads >= 3) this.#shares.threeHeads += 1;
    if (isCrossed(history)) this.#shares.crossed += 1;
    if (readsOthers(history)) this.#shares.readsOthers += 1;
  }

  addVersion(history: History, version: Antichain): void {
    const conflicts = history.settledIn(version).size > 0 || !history.isConsistent(version);
    this.add(history, version.length, conflicts);
  }

  expectEnough(): void {
    // Fewer tries, as in mutation testing, say nothing of shares.
    if (PROPERTY_RUNS < 200) return;
    expect(this.cases).toBeGreaterThanOrEqual(1_000);
    const share = (count: number) => count / this.cases;
    expect(share(this.#shares.conflicts)).toBeGreaterThan(0.25);
    expect(share(this.#shares.threeHeads)).toBeGreaterThan(0.25);
    expect(share(this.#shares.crossed)).toBeGreaterThan(0.1);
    expect(share(this.#shares.readsOthers)).toBeGreaterThan(0.2);
  }
}

describe("the state of a version", () => {
  it("is what replaying its history in canonical order gives, whatever the version", () => {
    const tally = new Tally();
    check(
      fc.property(small, picks, (history, chosen) => {
        const version = picked(history, chosen);
        expect(view(history, version)).toEqual(naiveView(history, version));
        tally.addVersion(history, version);
      }),
      FACTOR,
    );
    tally.expectEnough();
  });

  it("is that of a merge commit on all its members that does nothing", () => {
    const tally = new Tally();
    check(
      fc.property(small, picks, (history, chosen) => {
        const version = picked(history, chosen);
        fc.pre(version.length > 1);
        const merged = history.copy();
        merged.commit(MERGE, version, []);
        expect(view(merged, maximal(merged.graph, [MERGE]))).toEqual(view(history, version));
        tally.addVersion(history, version);
      }),
      FACTOR,
    );
    tally.expectEnough();
  });

  it("is changed by nothing that comes later: rivals, merges, settlements", () => {
    const tally = new Tally();
    const touched = (record: RecordId) => ({
      ...{ record, predicates: [], path: ["n"], operation: "put", parameters: { value: 77 } },
    });
    check(
      fc.property(small, manyPicks, fc.nat(), (history, chosen, pick) => {
        const { length } = history.commits;
        const before = history.copy(length - 1 - (pick % Math.floor(length / 2)));
        const version = picked(before, chosen);
        const first = maximal(history.graph, history.commits.slice(0, 1));
        fc.pre(!first.includes(version[0]!));
        // All that the history goes on with, a rival that stands before nearly all in canonical order, and what settles all.
        const later = history.copy();
        later.commit(1, first, RECORDS.map(touched));
        const everything = later.operations.map(({ id }) => id);
        later.commit(MERGE, maximal(later.graph, later.commits), RECORDS.map(touched), everything);
        expect(view(later, version)).toEqual(view(before, version));
        expect(view(later, version)).toEqual(naiveView(before, version));
        tally.addVersion(before, version);
      }),
      FACTOR,
    );
    tally.expectEnough();
  });
});

/** What is tried on a frontier. */
interface Change {
  readonly kind: "commit" | "stale" | "merge" | "settle" | "move";
  readonly picks: readonly number[];
  readonly operations: readonly OperationStep[];
}

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.oneof(
    { weight: 3, arbitrary: fc.constant("commit" as const) },
    { weight: 6, arbitrary: fc.constant("stale" as const) },
    { weight: 3, arbitrary: fc.constant("merge" as const) },
    { weight: 2, arbitrary: fc.constant("settle" as const) },
    { weight: 1, arbitrary: fc.constant("move" as const) },
  ),
  picks: fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 3 }),
  operations: work,
});

/** What joins some versions, if it has no breach by the rule that looks only at what can newly fail. */
function joined(history: History, parts: readonly Antichain[]): Antichain | undefined {
  const { join, breaches } = incremental(history, parts);
  return breaches.length === 0 ? join.version : undefined;
}

/**
 * The frontier after a change, or undefined where it is refused; a commit that is refused remains for others to merge.
 * @param seen how the frontier stood, last as it stands
 */
function changed(history: History, seen: readonly Antichain[], { kind, picks, operations }: Change, id: CommitId) {
  const frontier = seen[seen.length - 1]!;
  const { graph, commits } = history;
  const among = (some: readonly CommitId[]) =>
    picks.map((back) => maximal(graph, [some[Math.max(0, some.length - 1 - back)]!]));
  if (kind === "move") return joined(history, among(commits));
  if (kind === "commit" || kind === "stale") {
    const inside = naiveHistory(graph, frontier);
    const bases = among(commits.filter((commit) => inside.has(commit)));
    // Writers who read the same frontier a while ago make criss-crosses.
    const read = seen.filter((version) => version.every((commit) => inside.has(commit)));
    const stale = kind === "stale" ? read[Math.max(0, read.length - 1 - picks[0]!)] : undefined;
    const parents = stale ?? joined(history, bases) ?? bases[0]!;
    history.commit(id, parents, admitted(history, parents, operations));
    return joined(history, [frontier, maximal(graph, [id])]);
  }
  const { join, breaches } = incremental(history, [frontier, ...among(commits)]);
  if (breaches.length === 0) return join.version;
  if (kind === "merge") return undefined;
  const settled = breaches.map(({ operation }) => operation.id);
  history.commit(id, join.version, [], settled);
  return maximal(graph, [id]);
}

describe("a frontier", () => {
  it("remains an antichain that holds as a whole, whatever is committed, merged and moved", () => {
    const tally = new Tally();
    check(
      fc.property(fc.array(change, { minLength: 6, maxLength: 12, size: "max" }), (changes) => {
        const history = new History();
        const create = (record: RecordId) => ({
          ...{ record, predicates: [], path: [], operation: "create", parameters: { value: START } },
        });
        history.commit(50, maximal(history.graph, []), RECORDS.slice(0, 2).map(create));
        const seen = [maximal(history.graph, [50])];
        let refused = 0;
        changes.forEach((one, index) => {
          // Ids in no order.
          const frontier = changed(history, seen, one, 100 + ((index * 37) % 101));
          if (frontier === undefined) {
            refused += 1;
            return;
          }
          seen.push(frontier);
          expect(frontier).toEqual(naiveMaximal(history.graph, frontier));
          expect([...history.breaches(frontier)]).toEqual([]);
        });
        const heads = Math.max(...seen.map((frontier) => frontier.length));
        tally.add(history, heads, refused > 0 || history.settlements.size > 0);
      }),
      FACTOR,
    );
    tally.expectEnough();
  });
});

describe("undoing a commit", () => {
  it("restores what it changed and nobody else wrote since, and is refused only where somebody did", () => {
    const tally = new Tally();
    let refused = 0;
    check(
      fc.property(small, picks, fc.nat(), (history, chosen, pick) => {
        const version = picked(history, chosen);
        const all = history.operationsOf(version);
        const ids = [...new Set(all.map(({ commit }) => commit))];
        const commit = ids[pick % ids.length]!;
        const states = new Map<RecordId, State>();
        const befores = new Map<RecordId, State>();
        const steps = all.flatMap((operation) => {
          const { record } = operation;
          const before = states.get(record);
          states.set(record, applyOperation(before, operation));
          if (operation.commit !== commit) return [];
          if (!befores.has(record)) befores.set(record, before);
          return [{ operation, before }];
        });
        const last = steps[steps.length - 1]!.operation;
        const isRewritten = (record: RecordId, path: Path) =>
          all.some(
            (other) =>
              other.record === record &&
              other.commit !== commit &&
              compareCanonical(other, last) > 0 &&
              footprintOf(other).some((changed) => pathsOverlap(changed, path)),
          );
        for (const inverse of inversesOf(steps).flatMap(({ operations }) => operations)) {
          const { record, path, predicates } = inverse;
          const state = states.get(record);
          if (firstFailure(predicates, () => state) !== null || refusalOf(state, inverse) !== null) {
            expect(isRewritten(record, path)).toBe(true);
            refused += 1;
            fc.pre(false);
          }
          states.set(record, applyOperation(state, inverse));
        }
        const places = steps.flatMap(({ operation }) =>
          footprintOf(operation).map((path) => ({ record: operation.record, path })),
        );
        const restored = places.filter(({ record, path }) => !isRewritten(record, path));
        fc.pre(restored.length > 0);
        for (const { record, path } of restored) {
          expect(lookup(states.get(record), path)).toEqual(lookup(befores.get(record), path));
        }
        tally.addVersion(history, version);
      }),
      FACTOR,
    );
    tally.expectEnough();
    expect(refused).toBeGreaterThan(0);
  });
});

describe("the patch between two versions", () => {
  it("applied to the states of one gives those of the other", () => {
    const tally = new Tally();
    check(
      fc.property(small, picks, picks, (history, one, other) => {
        const [from, to] = [picked(history, one), picked(history, other)];
        const [before, after] = [view(history, from), view(history, to)];
        const patches = RECORDS.map((_, index) => patchBetween(before[index], after[index]));
        fc.pre(patches.some((patch) => patch.length > 0));
        expect(RECORDS.map((_, index) => patched(before[index], patches[index]!))).toEqual(after);
        tally.addVersion(history, from.length > to.length ? from : to);
      }),
      FACTOR,
    );
    tally.expectEnough();
  });
});

const joins = joinsOf(small);

describe("a conflict that is settled", () => {
  it("does not come back, whatever is joined later: a side, a rival on it, a third branch", () => {
    const tally = new Tally();
    let others = 0;
    check(
      fc.property(joins, work, work, fc.nat(), ({ history, parts }, resolution, more, pick) => {
        const { join, breaches } = incremental(history, parts);
        fc.pre(breaches.length > 0);
        const after = history.copy();
        const settled = breaches.map(({ operation }) => operation.id);
        after.commit(MERGE, join.version, admitted(after, join.version, resolution), settled);
        const side = parts[pick % parts.length]!;
        after.commit(RIVAL, side, admitted(after, side, more));
        const third = after.commits[pick % after.commits.length]!;
        const merge = maximal(after.graph, [MERGE]);
        for (const part of [side, maximal(after.graph, [RIVAL]), maximal(after.graph, [third])]) {
          const later = incremental(after, [part, merge]);
          expect(named(later.breaches)).toEqual([...after.breaches(later.join.version)].sort());
          for (const { operation } of later.breaches) expect(settled).not.toContain(operation.id);
          if (later.breaches.length > 0) others += 1;
        }
        tally.add(history, join.version.length, true);
      }),
      FACTOR,
    );
    tally.expectEnough();
    // What was joined later was not tame either.
    if (PROPERTY_RUNS >= 200) expect(others / tally.cases).toBeGreaterThan(0.1);
  });
});

describe("a reader", () => {
  it("drops no admitted operation of a version that holds, but for what is settled and removals of what is gone", () => {
    const tally = new Tally();
    check(
      fc.property(joins, ({ history, parts }) => {
        const { join, breaches } = incremental(history, parts);
        fc.pre(join.version.length > 1);
        // What does not hold is settled, so that every case counts.
        const read = history.copy();
        const broken = breaches.map(({ operation }) => operation.id);
        read.commit(MERGE, join.version, [], broken);
        const version = breaches.length === 0 ? join.version : maximal(read.graph, [MERGE]);
        const settled = read.settledIn(version);
        const states = new Map<RecordId, State>();
        for (const operation of read.operationsOf(version)) {
          const before = states.get(operation.record);
          if (!settled.has(operation.id) && operation.operation !== "remove") {
            expect(refusalOf(before, operation)).toBeNull();
          }
          states.set(operation.record, applyOperation(before, operation));
        }
        tally.add(history, join.version.length, settled.size > 0);
      }),
      FACTOR,
    );
    tally.expectEnough();
  });
});
