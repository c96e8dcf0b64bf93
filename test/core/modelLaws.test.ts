/** Laws of the model on random graphs of commits, against replaying and judging everything; each counts its cases. */
import fc from "fast-check";
import { maximal, type Antichain } from "../../src/core/antichain";
import { blame } from "../../src/core/blame";
import { compareCanonical } from "../../src/core/canonicalOrder";
import { exclusive, MemoryCommitGraph } from "../../src/core/graph";
import type { CommitId, RecordId } from "../../src/core/ids";
import { inversesOf } from "../../src/core/inverse";
import type { State } from "../../src/core/json";
import { firstFailure } from "../../src/core/judge";
import { applyAll, applyOperation, footprintOf, refusalOf } from "../../src/core/operation";
import { lookup, pathsOverlap, type Path } from "../../src/core/path";
import { patchBetween } from "../../src/core/patchBetween";
import { leavesAt } from "../../src/core/trace";
import { check, PROPERTY_RUNS } from "../support/arbitraries";
import { naiveHistory, naiveMaximal } from "../support/arbitrariesGraphs";
import { grouped } from "../support/grouped";
import { historiesOf, History, RECORDS } from "../support/histories";
import { incremental, joinsOf, named } from "../support/joins";
import { gave, replaysOf } from "../support/naiveBlame";
import { patched } from "../support/naivePatch";
import { admitted, operationStep, START, type OperationStep } from "../support/operationSteps";
import { Tally } from "../support/tally";
import { naiveApply } from "./operations/naive";

/** At least 1,000 cases each, where no other number is asked for; what does not apply is not counted. */
const FACTOR = 5;
/** Ids that no commit of a random history has. */
const [RIVAL, MERGE] = [99_998, 99_999];

/** Small ones, so that there may be many. */
const small = historiesOf(3, 7);
const picks = fc.array(fc.nat({ max: 12 }), { minLength: 2, maxLength: 9, size: "max" });
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
      fc.property(small, picks, fc.nat(), (history, chosen, pick) => {
        const { length } = history.commits;
        const before = history.copy(length - 1 - (pick % Math.max(1, Math.floor(length / 3))));
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
  /** How many others commit on the same version: on one of several commits that makes a criss-cross. */
  readonly rivals: number;
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
  rivals: fc.nat({ max: 2 }),
});

/** What joins some versions, if it has no breach by the rule that looks only at what can newly fail. */
function joined(history: History, parts: readonly Antichain[]): Antichain | undefined {
  const { join, breaches } = incremental(history, parts);
  return breaches.length === 0 ? join.version : undefined;
}

/** Some versions of one commit each, counted back from the last one. */
function among(history: History, commits: readonly CommitId[], { picks }: Change): Antichain[] {
  return picks.map((back) => maximal(history.graph, [commits[Math.max(0, commits.length - 1 - back)]!]));
}

/** What a commit is made on: some commits of the frontier's history, or what the frontier was when its writer read it. */
function parentsOf(history: History, seen: readonly Antichain[], change: Change): Antichain {
  const inside = naiveHistory(history.graph, seen[seen.length - 1]!);
  if (change.kind === "stale") {
    const read = seen.filter((version) => version.every((commit) => inside.has(commit)));
    return read[Math.max(0, read.length - 1 - change.picks[0]!)]!;
  }
  const bases = among(
    history,
    history.commits.filter((commit) => inside.has(commit)),
    change,
  );
  return joined(history, bases) ?? bases[0]!;
}

/**
 * How the frontier stands after each part of a change, undefined where that is refused; a commit that is refused remains
 * for others to merge.
 * @param seen how the frontier stood, last as it stands: who asks for the next part has added the one before
 */
function* changed(
  history: History,
  seen: readonly Antichain[],
  change: Change,
  ids: readonly CommitId[],
): Generator<Antichain | undefined> {
  const frontier = seen[seen.length - 1]!;
  const { graph, commits } = history;
  const { kind, operations, rivals } = change;
  if (kind === "move") {
    yield joined(history, among(history, commits, change));
  } else if (kind === "commit" || kind === "stale") {
    const parents = parentsOf(history, seen, change);
    for (const [rival, id] of ids.slice(0, 1 + rivals).entries()) {
      const own = operations.map((one) => ({ ...one, kind: (one.kind + rival * 3) % 24 }));
      history.commit(id, parents, admitted(history, parents, own));
      yield joined(history, [seen[seen.length - 1]!, maximal(graph, [id])]);
    }
  } else {
    const { join, breaches } = incremental(history, [frontier, ...among(history, commits, change)]);
    if (breaches.length === 0) yield join.version;
    else if (kind === "merge") yield undefined;
    else {
      const settled = breaches.map(({ operation }) => operation.id);
      history.commit(ids[0]!, join.version, [], settled);
      yield maximal(graph, [ids[0]!]);
    }
  }
}

describe("a frontier", () => {
  it("remains an antichain that holds as a whole, whatever is committed, merged and moved", () => {
    const tally = new Tally();
    check(
      fc.property(fc.array(change, { minLength: 4, maxLength: 8, size: "max" }), (changes) => {
        const history = new History();
        const create = (record: RecordId) => ({
          ...{ record, predicates: [], path: [], operation: "create", parameters: { value: START } },
        });
        history.commit(50, maximal(history.graph, []), RECORDS.slice(0, 2).map(create));
        const seen = [maximal(history.graph, [50])];
        let refused = 0;
        changes.forEach((one, index) => {
          // Ids in no order.
          const ids = [0, 1, 2].map((rival) => 100 + (((3 * index + rival) * 37) % 101));
          for (const frontier of changed(history, seen, one, ids)) {
            if (frontier === undefined) {
              refused += 1;
              continue;
            }
            seen.push(frontier);
            expect(frontier).toEqual(naiveMaximal(history.graph, frontier));
            expect([...history.breaches(frontier)]).toEqual([]);
          }
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

describe("blame", () => {
  it("names for each leaf an operation of the version's history whose effect is really there", () => {
    const tally = new Tally();
    check(
      fc.property(small, picks, (history, chosen) => {
        const version = picked(history, chosen);
        const { graph } = history;
        let leaves = 0;
        for (const record of RECORDS) {
          const operations = history.operations.filter((operation) => operation.record === record);
          const own = new MemoryCommitGraph();
          for (const commit of new Set(operations.map(({ commit }) => commit))) {
            own.add(commit, graph.logicalTime(commit), history.heads(graph.parents(commit), record));
          }
          const traced = blame(graph, { operations, graph: own }, history.heads(version, record));
          const replays = replaysOf({ commits: graph, operations }, version);
          for (const { path, value, operation } of leavesAt(traced, [])) {
            leaves += 1;
            expect({ path, gave: replays.some((steps) => gave(steps, operation, path, value)) }).toEqual({
              path,
              gave: true,
            });
          }
        }
        fc.pre(leaves > 0);
        tally.addVersion(history, version);
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
        expect([...after.breaches(merge)]).toEqual([]);
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
