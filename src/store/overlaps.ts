/** The overlaps that a change of a frontier settled, read from what it joined: the same whenever it is asked. */
import { maximal } from "../core/antichain";
import { exclusive, isInHistory } from "../core/graph";
import type { CommitId } from "../core/ids";
import { findOverlaps, type Overlap } from "../core/overlaps";
import { newCommitsOf } from "./commitGraphCache";
import { membersBefore, type FrontierChangeRow } from "./frontierLog";
import { operationsOfCommits, readSettlements } from "./operationRows";
import type { Store } from "./store";
import type { Antichain } from "../core/antichain";

/** Overlaps between what a frontier held before a change and what entered with it. */
export async function overlapsOfChange(store: Store, change: FrontierChangeRow): Promise<Overlap[]> {
  const entered = await newCommitsOf(store.commits, change);
  const { graph } = store.commits;
  const before = maximal(graph, membersBefore(change));
  // Merge commits that the change made itself saw both sides.
  const came = entered.filter(
    (commit) => graph.parents(commit).length < 2 || !before.every((member) => isInHistory(graph, member, [commit])),
  );
  const overlaps = await overlapsBetween(store, before, maximal(graph, came));
  return withoutSettled(store, overlaps, new Set(entered));
}

/** What a commit that entered settles was a conflict. */
async function withoutSettled(
  store: Store,
  overlaps: readonly Overlap[],
  entered: ReadonlySet<CommitId>,
): Promise<Overlap[]> {
  const operations = new Set(overlaps.flatMap(({ kept, overridden }) => [kept.id, ...overridden.map(({ id }) => id)]));
  const settlements = await readSettlements(store.database.pool, [...operations]);
  const settled = new Set(settlements.filter(({ commit }) => entered.has(commit)).map(({ operation }) => operation));
  return overlaps
    .filter(({ kept }) => !settled.has(kept.id))
    .map((overlap) => ({ ...overlap, overridden: overlap.overridden.filter(({ id }) => !settled.has(id)) }))
    .filter(({ overridden }) => overridden.length > 0);
}

/** Overlaps between two versions: of what only one has and what only the other has. */
export async function overlapsBetween(store: Store, ours: Antichain, theirs: Antichain): Promise<Overlap[]> {
  const { graph } = store.commits;
  const sides = [exclusive(graph, ours, theirs), exclusive(graph, theirs, ours)];
  if (sides.some((side) => side.length === 0)) return [];
  const [own, other] = await Promise.all(sides.map((side) => operationsOfCommits(store.database.pool, side)));
  return findOverlaps(own!, other!);
}
