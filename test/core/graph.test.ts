import fc from "fast-check";
import {
  compareCommits,
  exclusive,
  history,
  isAncestor,
  isInHistory,
  MemoryCommitGraph,
  type CommitGraph,
} from "../../src/core/graph";
import type { CommitId } from "../../src/core/ids";
import { check } from "../support/arbitraries";
import { graphWithVersions, naiveHistory, randomGraph } from "../support/arbitrariesGraphs";
import { draw } from "../support/drawing";

/** Counts how often a commit's parents are asked for. */
function counting(graph: CommitGraph): CommitGraph & { asked: number } {
  return {
    asked: 0,
    has: (commit) => graph.has(commit),
    logicalTime: (commit) => graph.logicalTime(commit),
    parents(commit) {
      this.asked += 1;
      return graph.parents(commit);
    },
  };
}

/** A ladder of merges: two commits at every height, each with both of those below as parents. The two on top are last. */
export function ladder(height: number): { graph: MemoryCommitGraph; top: CommitId[] } {
  const graph = new MemoryCommitGraph();
  graph.add(1, 0, []);
  graph.add(2, 0, []);
  for (let level = 1; level < height; level++) {
    const below = [2 * level - 1, 2 * level];
    graph.add(2 * level + 1, level, below);
    graph.add(2 * level + 2, level, below);
  }
  return { graph, top: [2 * height - 1, 2 * height] };
}

/** A line of commits 1, 2, ... with logical times 0, 1, ... */
function line(length: number): MemoryCommitGraph {
  const graph = new MemoryCommitGraph();
  for (let commit = 1; commit <= length; commit++) graph.add(commit, commit - 1, commit === 1 ? [] : [commit - 1]);
  return graph;
}

const diamond = draw(String.raw`
      C-D
     /   \
  A-B-E-F-G
`);

describe("MemoryCommitGraph", () => {
  it("keeps parents and logical times", () => {
    const graph = new MemoryCommitGraph();
    const parents = [7];
    graph.add(7, 0, []);
    graph.add(3, 1, parents);
    parents.push(9);
    expect(graph.parents(7)).toEqual([]);
    expect(graph.parents(3)).toEqual([7]);
    expect(graph.logicalTime(3)).toBe(1);
    expect(graph.has(3)).toBe(true);
    expect(graph.has(9)).toBe(false);
    expect(graph.size).toBe(2);
  });

  it("leaves a commit that is there already as it is", () => {
    const graph = line(2);
    graph.add(2, 5, []);
    expect([graph.size, graph.logicalTime(2), graph.parents(2)]).toEqual([2, 1, [1]]);
  });

  it("refuses what comes before its parents, in either sense", () => {
    const graph = line(2);
    expect(() => graph.add(3, 2, [9])).toThrow("Commit 9 is not in the graph.");
    expect(() => graph.add(3, 1, [2])).toThrow("Commit 3 has logical time 1, not more than its parent 2.");
    expect(() => graph.add(3, 0, [1, 2])).toThrow("Commit 3 has logical time 0, not more than its parent 1.");
    expect(graph.has(3)).toBe(false);
    expect(() => graph.parents(3)).toThrow("Commit 3 is not in the graph.");
    expect(() => graph.logicalTime(3)).toThrow("Commit 3 is not in the graph.");
  });

  it("is drawn by tests as it is meant", () => {
    const { graph, ids, letters } = diamond;
    expect(ids("AG")).toEqual([1, 7]);
    expect(letters(graph.parents(7)).split("").sort().join("")).toBe("DF");
    expect(letters(graph.parents(3))).toBe("B");
    expect(graph.parents(1)).toEqual([]);
    expect(ids("ABCDEFG").map((commit) => graph.logicalTime(commit))).toEqual([0, 1, 2, 3, 2, 3, 4]);
  });
});

describe("compareCommits", () => {
  it("is the canonical order: logical time, then id", () => {
    const { graph, ids, letters } = diamond;
    expect(letters(ids("GFEDCBA").sort(compareCommits(graph)))).toBe("ABCEDFG");
  });
});

describe("isAncestor", () => {
  it("is reflexive", () => {
    const { graph, ids } = diamond;
    const [a, b, c, , e, , g] = ids("ABCDEFG") as [number, number, number, number, number, number, number];
    expect(isAncestor(graph, a, a)).toBe(true);
    expect(isAncestor(graph, a, g)).toBe(true);
    expect(isAncestor(graph, b, c)).toBe(true);
    expect(isAncestor(graph, c, e)).toBe(false);
    expect(isAncestor(graph, g, a)).toBe(false);
  });

  it("is the naive one", () => {
    check(
      fc.property(randomGraph(), ({ graph, commits }) => {
        for (const a of commits) {
          for (const c of commits) expect(isAncestor(graph, a, c)).toBe(naiveHistory(graph, [c]).has(a));
        }
      }),
      0.5,
    );
  });

  it("does not go below the ancestor, and goes nowhere where it need not", () => {
    const graph = counting(line(1000));
    expect(isAncestor(graph, 990, 1000)).toBe(true);
    expect(graph.asked).toBeLessThanOrEqual(10);
    graph.asked = 0;
    expect(isAncestor(graph, 1000, 990)).toBe(false);
    expect(graph.asked).toBe(0);
  });

  it("fails for commits that are not there", () => {
    expect(() => isAncestor(line(2), 9, 1)).toThrow("Commit 9 is not in the graph.");
    expect(() => isAncestor(line(2), 1, 9)).toThrow("Commit 9 is not in the graph.");
  });
});

describe("isInHistory", () => {
  it("is the naive one, and false of no commits", () => {
    check(
      fc.property(graphWithVersions(1), ({ graph, commits, versions: [version] }) => {
        const expected = naiveHistory(graph, version!);
        for (const commit of commits) expect(isInHistory(graph, commit, version!)).toBe(expected.has(commit));
      }),
    );
    expect(isInHistory(line(1), 1, [])).toBe(false);
  });
});

describe("history", () => {
  it("is the naive one, newest first in canonical order, each commit once", () => {
    check(
      fc.property(graphWithVersions(1), ({ graph, versions: [version] }) => {
        const compare = compareCommits(graph);
        expect([...history(graph, version!)]).toEqual([...naiveHistory(graph, version!)].sort((a, b) => compare(b, a)));
      }),
    );
  });

  it("is lazy", () => {
    const graph = counting(line(1000));
    const walk = history(graph, [1000]);
    expect([walk.next().value, walk.next().value, walk.next().value]).toEqual([1000, 999, 998]);
    expect(graph.asked).toBe(2);
  });
});

describe("exclusive", () => {
  it("gives what one version has and the other has not, oldest first", () => {
    const { graph, ids, letters } = diamond;
    expect(letters(exclusive(graph, ids("G"), ids("D")))).toBe("EFG");
    expect(letters(exclusive(graph, ids("D"), ids("F")))).toBe("CD");
    expect(letters(exclusive(graph, ids("CE"), []))).toBe("ABCE");
    expect(exclusive(graph, ids("B"), ids("G"))).toEqual([]);
    expect(exclusive(graph, [], ids("G"))).toEqual([]);
  });

  it("is the naive one, in canonical order", () => {
    check(
      fc.property(graphWithVersions(2), ({ graph, versions: [ours, theirs] }) => {
        const other = naiveHistory(graph, theirs!);
        const expected = [...naiveHistory(graph, ours!)]
          .filter((commit) => !other.has(commit))
          .sort(compareCommits(graph));
        expect(exclusive(graph, ours!, theirs!)).toEqual(expected);
      }),
      3,
    );
  });

  it("pays for what lies between, not for the past", () => {
    const graph = counting(line(10_000));
    expect(exclusive(graph, [10_000], [9_990])).toHaveLength(10);
    expect(graph.asked).toBeLessThan(20);
  });
});

it("climbs a ladder of criss-crosses in as many steps as it has rungs", () => {
  const { graph, top } = ladder(2000);
  const counted = counting(graph);
  expect(isAncestor(counted, 1, top[1]!)).toBe(true);
  expect([...history(counted, top)]).toHaveLength(4000);
  expect(exclusive(counted, [top[0]!], [top[1]!])).toEqual([top[0]]);
  expect(exclusive(counted, top, [1])).toHaveLength(3999);
  expect(counted.asked).toBeLessThan(13_000);
});
