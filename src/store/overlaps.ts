/** The overlaps that a change of a frontier settled, read from what it joined: the same whenever it is asked. */
import { maximal, type Antichain } from "../core/antichain";
import { exclusive } from "../core/graph";
import type { CommitId } from "../core/ids";
import { findOverlaps, withoutConflicts, type Overlap } from "../core/overlaps";
import { newCommitsOf } from "./commitGraphCache";
import { membersBefore, type FrontierChangeRow } from "./frontierLog";
import { judgeMerge } from "./mergeJudgement";
import { operationsOfCommits, settlesAnything } from "./operationRows";
import type { Store } from "./store";

/**
 * Overlaps between what a frontier held before a change and what entered with it.
 * @param made the commit that the change made itself, if it made one
 */
export async function overlapsOfChange(
  store: Store,
  change: FrontierChangeRow,
  made: CommitId | null,
): Promise<Overlap[]> {
  const entered = await newCommitsOf(store.commits, change);
  const { graph } = store.commits;
  const before = maximal(graph, membersBefore(change));
  const joining = joinsOfChange(store, change, made, before);
  const came = maximal(
    graph,
    entered.filter((commit) => !joining.has(commit)),
  );
  const overlaps = await overlapsBetween(store, before, came);
  const isSettling = made !== null && joining.has(made) && overlaps.length > 0;
  if (!isSettling || !(await settlesAnything(store.database.pool, made))) return overlaps;
  // What it settled is what did not hold in the version that both sides formed, which is judged as it was then.
  const sides = [{ commits: before, isFrontier: true as const }, { commits: came }];
  const { judgement } = await judgeMerge(store, store.database.pool, sides);
  return withoutConflicts(overlaps, judgement.breaches);
}

/**
 * The merge commits that a change made itself, which came of what it joined: that of a merge, and that of the server for
 * too many heads. A merge commit that was there before is not one of them, and is concurrent with what it has not seen.
 */
function joinsOfChange(
  store: Store,
  { cause, members }: FrontierChangeRow,
  made: CommitId | null,
  before: Antichain,
): ReadonlySet<CommitId> {
  if (made !== null && members.includes(made)) return new Set(cause === "MERGE" ? [made] : []);
  // What was made is no head any more where the heads were joined.
  if (made !== null) return new Set(members);
  const [only] = members;
  if (only === undefined || members.length > 1) return new Set();
  // A merge without a commit: the log does not tell whether the server joined the heads then. It joins what was there,
  // directly, and what it makes writes nothing.
  const parents = new Set(store.commits.graph.parents(only));
  const isJoin = parents.size > store.limits.heads && before.every((member) => parents.has(member));
  return new Set(isJoin ? [only] : []);
}

/** Overlaps between two versions: of what only one has and what only the other has. */
export async function overlapsBetween(store: Store, ours: Antichain, theirs: Antichain): Promise<Overlap[]> {
  const { graph } = store.commits;
  const sides = [exclusive(graph, ours, theirs), exclusive(graph, theirs, ours)];
  if (sides.some((side) => side.length === 0)) return [];
  const [own, other] = await Promise.all(sides.map((side) => operationsOfCommits(store.database.pool, side)));
  return findOverlaps(own!, other!);
}
