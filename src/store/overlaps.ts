/** The overlaps that a change of a frontier settled, read from what it joined: the same whenever it is asked. */
import { maximal } from "../core/antichain";
import { exclusive, isInHistory } from "../core/graph";
import { findOverlaps, type Overlap } from "../core/overlaps";
import { newCommitsOf } from "./commitGraphCache";
import { membersBefore, type FrontierChangeRow } from "./frontierLog";
import { operationsOfCommits } from "./operationRows";
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
  return overlapsBetween(store, before, maximal(graph, came));
}

/** Overlaps between two versions: of what only one has and what only the other has. */
export async function overlapsBetween(store: Store, ours: Antichain, theirs: Antichain): Promise<Overlap[]> {
  const { graph } = store.commits;
  const sides = [exclusive(graph, ours, theirs), exclusive(graph, theirs, ours)];
  if (sides.some((side) => side.length === 0)) return [];
  const [own, other] = await Promise.all(sides.map((side) => operationsOfCommits(store.database.pool, side)));
  return findOverlaps(own!, other!);
}
