import type { CommitId } from "./ids";
import { paint, type CommitGraph } from "./graph";

declare const antichain: unique symbol;

/** Commits of which none is an ancestor of another, ascending and without repeats. Only `maximal` makes one. */
export type Antichain = readonly CommitId[] & { readonly [antichain]: true };

/** The maximal ones of some commits: those that no other one of them descends from. They have the same history. */
export function maximal(graph: CommitGraph, commits: Iterable<CommitId>): Antichain {
  const candidates = new Set(commits);
  let floor = Infinity;
  for (const commit of candidates) floor = Math.min(floor, graph.logicalTime(commit));
  const seen = new Set<CommitId>();
  const open = [...candidates];
  for (let next = open.pop(); next !== undefined && candidates.size > 1; next = open.pop()) {
    for (const parent of graph.parents(next)) {
      if (seen.has(parent) || graph.logicalTime(parent) < floor) continue;
      seen.add(parent);
      // A candidate that is reached is walked on from where it was put at the start.
      if (!candidates.delete(parent)) open.push(parent);
    }
  }
  return [...candidates].sort((a, b) => a - b) as readonly CommitId[] as Antichain;
}

/** The text that names an antichain, e.g. `12+15`; empty for the empty one. */
export function versionKey(version: Antichain): string {
  return version.join("+");
}

/** The maximal ones of the commits that are in the history of every given version; of no version at all: none. */
export function commonAncestors(graph: CommitGraph, versions: readonly Iterable<CommitId>[]): Antichain {
  const [first = [], ...others] = versions;
  // The common history of two versions is the history of their common ancestors, so more versions are met one by one.
  return others.reduce<Antichain>((common, version) => commonOfTwo(graph, common, version), maximal(graph, first));
}

function commonOfTwo(graph: CommitGraph, ours: Iterable<CommitId>, theirs: Iterable<CommitId>): Antichain {
  const common: CommitId[] = [];
  paint(graph, ours, theirs, {
    // A common commit that is found yet needs a way from each side that passes no other common commit.
    goesOn: ({ ours: mine, theirs: yours, both }) => both > 0 || (mine > 0 && yours > 0),
    visit: (commit, reached) => {
      if (reached !== "both") return reached;
      common.push(commit);
      return "shared";
    },
  });
  return maximal(graph, common);
}
