/** Random commit graphs: several roots, merges of two and three, criss-crosses; ids in no order. */
import fc from "fast-check";
import { MemoryCommitGraph, type CommitGraph } from "../../src/core/graph";
import type { CommitId } from "../../src/core/ids";

export interface RandomGraph {
  readonly graph: MemoryCommitGraph;
  /** All commits, ancestors first. */
  readonly commits: readonly CommitId[];
}

const node = fc.record({
  /** How far back each parent stands; 0: none. Equal ones count once. */
  back: fc.array(
    fc.oneof({ weight: 4, arbitrary: fc.nat({ max: 3 }) }, { weight: 1, arbitrary: fc.nat({ max: 20 }) }),
    {
      maxLength: 4,
      size: "max",
    },
  ),
});

export function randomGraph(maxCommits = 14): fc.Arbitrary<RandomGraph> {
  return fc
    .tuple(fc.array(node, { minLength: 1, maxLength: maxCommits }), fc.nat({ max: 1000 }))
    .map(([nodes, shuffle]) => {
      const graph = new MemoryCommitGraph();
      const commits: CommitId[] = [];
      nodes.forEach(({ back }, index) => {
        const distances = [...new Set(back)].filter((distance) => distance > 0 && distance <= index);
        const parents = distances.map((distance) => commits[index - distance]!);
        const logicalTime = Math.max(-1, ...parents.map((parent) => graph.logicalTime(parent))) + 1;
        // A bijection on 1..1008: ids without repeats, in no order (1009 is prime).
        const id = ((index + 1) * (shuffle + 1)) % 1009;
        graph.add(id, logicalTime, parents);
        commits.push(id);
      });
      return { graph, commits };
    });
}

/** A graph and a few versions: sets of its commits, perhaps empty, perhaps not antichains. */
export function graphWithVersions(count: number): fc.Arbitrary<RandomGraph & { versions: CommitId[][] }> {
  const picks = fc.array(fc.nat({ max: 100 }), { maxLength: 4 });
  return fc.tuple(randomGraph(), fc.array(picks, { minLength: count, maxLength: count })).map(([random, versions]) => ({
    ...random,
    versions: versions.map((version) => version.map((pick) => random.commits[pick % random.commits.length]!)),
  }));
}

/** The commits of a version and all their ancestors, by the plainest walk there is. */
export function naiveHistory(graph: CommitGraph, version: Iterable<CommitId>): Set<CommitId> {
  const seen = new Set<CommitId>();
  const open = [...version];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...graph.parents(next));
  }
  return seen;
}

/** The maximal ones of a set, by comparing all pairs. */
export function naiveMaximal(graph: CommitGraph, commits: Iterable<CommitId>): CommitId[] {
  const all = [...new Set(commits)];
  return all
    .filter((commit) => !all.some((other) => other !== commit && naiveHistory(graph, [other]).has(commit)))
    .sort((a, b) => a - b);
}

/** The same graph with nothing but what any graph has. */
export const plainGraph = (graph: CommitGraph): CommitGraph => ({
  has: (commit) => graph.has(commit),
  parents: (commit) => graph.parents(commit),
  logicalTime: (commit) => graph.logicalTime(commit),
});
