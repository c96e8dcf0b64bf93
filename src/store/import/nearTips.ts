/** Which tips of a history lie near each other. Pure. */
import { history, type CommitGraph } from "../../core/graph";
import type { CommitId } from "../../core/ids";

/**
 * Pairs of tips between whose surroundings a step of the history leads: among them are those of a minimum spanning tree
 * by the steps between tips (Mehlhorn, "A faster approximation algorithm for the Steiner problem in graphs", 1988). No
 * more than the history has steps.
 * @param tips in the graph, without repeats
 * @returns each pair once, the smaller id first
 */
export function nearTips(graph: CommitGraph, tips: readonly CommitId[]): [CommitId, CommitId][] {
  const next = new Map<CommitId, CommitId[]>();
  for (const commit of history(graph, tips)) next.set(commit, []);
  const steps = [...next.keys()].flatMap((child) =>
    graph.parents(child).map((parent): [CommitId, CommitId] => [parent, child]),
  );
  for (const [parent, child] of steps) {
    next.get(parent)!.push(child);
    next.get(child)!.push(parent);
  }
  const nearest = new Map(tips.map((tip) => [tip, tip]));
  // From all tips at once, step by step: a map may grow while it is gone through.
  for (const [commit, tip] of nearest) {
    for (const other of next.get(commit)!) if (!nearest.has(other)) nearest.set(other, tip);
  }
  const pairs = new Map<string, [CommitId, CommitId]>();
  for (const [parent, child] of steps) {
    const [a, b] = [nearest.get(parent)!, nearest.get(child)!].sort((one, other) => one - other) as [
      CommitId,
      CommitId,
    ];
    if (a !== b) pairs.set(`${a} ${b}`, [a, b]);
  }
  return [...pairs.values()];
}
