/** Random histories of one record: concurrent writers, merges that write, versions of one and of several commits. */
import fc from "fast-check";
import { maximal, type Antichain } from "../../src/core/antichain";
import { compareCanonical, type PlacedOperation } from "../../src/core/canonicalOrder";
import { MemoryCommitGraph } from "../../src/core/graph";
import type { CommitId } from "../../src/core/ids";
import type { State } from "../../src/core/json";
import { applyOperation, type Effect } from "../../src/core/operation";
import { lookup } from "../../src/core/path";
import { pathFrom } from "./arbitraries";
import { naiveHistory, randomGraph, type RandomGraph } from "./arbitrariesGraphs";
import { effectFrom, intent, type Intent } from "./arbitrariesOperations";

export interface RecordHistory {
  readonly commits: MemoryCommitGraph;
  /** All commits, ancestors first; not all touch the record. */
  readonly order: readonly CommitId[];
  readonly operations: readonly PlacedOperation[];
  /** The commits that touch the record, each with the latest before it that do. */
  readonly graph: MemoryCommitGraph;
  /** Some commits, none an ancestor of another. */
  readonly version: Antichain;
}

/** The operations in the history of some commits, in canonical order. */
export function naiveOperations(
  history: Pick<RecordHistory, "commits" | "operations">,
  version: Iterable<CommitId>,
): PlacedOperation[] {
  const inside = naiveHistory(history.commits, version);
  return history.operations.filter(({ commit }) => inside.has(commit)).sort(compareCanonical);
}

/** The record's own version in the history of some commits. */
export function naiveHeads(
  history: Pick<RecordHistory, "commits" | "operations">,
  version: Iterable<CommitId>,
): CommitId[] {
  const touching = [...new Set(naiveOperations(history, version).map(({ commit }) => commit))];
  const below = new Set(
    touching.flatMap((commit) => [...naiveHistory(history.commits, history.commits.parents(commit))]),
  );
  return touching.filter((commit) => !below.has(commit)).sort((a, b) => a - b);
}

/** What a commit does to the record: what is meant for its state, or to take a value over from one of its parents. */
interface Work {
  readonly intents: readonly Intent[];
  readonly takes: readonly { readonly parent: number; readonly intent: Intent }[];
}

const work: fc.Arbitrary<Work> = fc.record({
  intents: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 5, arbitrary: fc.array(intent(), { minLength: 1, maxLength: 3 }) },
  ),
  takes: fc.array(fc.record({ parent: fc.nat({ max: 3 }), intent: intent(["put"]) }), { maxLength: 2 }),
});

/** A graph, and the histories of some records on it. */
export function recordHistories(count: number, maxCommits = 11): fc.Arbitrary<RecordHistory[]> {
  const works = fc.array(work, { minLength: maxCommits, maxLength: maxCommits, size: "max" });
  return fc
    .tuple(
      randomGraph(maxCommits),
      fc.array(works, { minLength: count, maxLength: count }),
      fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 3 }),
    )
    .map(([random, records, picks]) => {
      const { length } = random.commits;
      const version = maximal(
        random.graph,
        picks.map((pick) => random.commits[Math.max(0, length - 1 - pick)]!),
      );
      return records.map((own) => ({ ...historyOf(random, own), version }));
    });
}

export function recordHistory(maxCommits = 11): fc.Arbitrary<RecordHistory> {
  return recordHistories(1, maxCommits).map(([history]) => history!);
}

function historyOf(random: RandomGraph, works: readonly Work[]): Omit<RecordHistory, "version"> {
  const operations: PlacedOperation[] = [];
  const history = { commits: random.graph, order: random.commits, operations };
  const graph = new MemoryCommitGraph();
  random.commits.forEach((commit, index) => {
    const parents = random.graph.parents(commit);
    const logicalTime = random.graph.logicalTime(commit);
    const sides = parents.map((parent) => stateAt(history, [parent]));
    const effects = effectsOf(works[index]!, sides, stateAt(history, parents));
    effects.forEach((effect) => operations.push({ ...effect, commit, logicalTime, id: operations.length + 1 }));
    if (effects.length > 0) graph.add(commit, logicalTime, naiveHeads(history, parents));
  });
  return { ...history, graph };
}

/** The state of the record in a version, by replay of everything. */
export function stateAt(history: Pick<RecordHistory, "commits" | "operations">, version: Iterable<CommitId>): State {
  return naiveOperations(history, version).reduce<State>(applyOperation, undefined);
}

function effectsOf(work: Work, sides: readonly State[], merged: State): Effect[] {
  const effects: Effect[] = [];
  let state = merged;
  const add = (effect: Effect): void => {
    effects.push(effect);
    state = applyOperation(state, effect);
  };
  for (const each of work.intents) {
    // Now and then the record itself goes.
    if (each.kind === "remove" && each.path.pick % 3 === 0) add({ path: [], operation: "remove", parameters: {} });
    else add(effectFrom(state === undefined ? { ...each, kind: "create" } : each, state));
  }
  for (const { parent, intent: how } of sides.length < 2 ? [] : work.takes) {
    const side = sides[parent % sides.length];
    const path = pathFrom({ ...how.path, ending: "as it is" }, side);
    const value = lookup(side, path);
    if (value.exists) add({ path, operation: "put", parameters: { value: value.value } });
  }
  return effects;
}
