import fc from "fast-check";
import { commonAncestors, maximal } from "../../src/core/antichain";
import {
  compareCommits,
  exclusive,
  exclusiveAfter,
  history,
  historySet,
  historySize,
  isAncestor,
  isInHistory,
  MemoryCommitGraph,
  type CommitGraph,
  type CommitKey,
} from "../../src/core/graph";
import type { CommitId } from "../../src/core/ids";
import { check } from "../support/arbitraries";
import { graphWithVersions, naiveHistory, naiveMaximal, plainGraph, randomGraph } from "../support/arbitrariesGraphs";
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

  it.each([-1, 0.5, NaN, 2 ** 31])("refuses the logical time %p", (time) => {
    const graph = line(1);
    expect(() => graph.add(9, time, [])).toThrow(`Commit 9 has logical time ${time}, which is no whole number up to`);
    expect([graph.has(9), graph.size]).toEqual([false, 1]);
  });

  it("answers where logical times are no depths", () => {
    const graph = new MemoryCommitGraph();
    graph.add(1, 2_000_000_000, []);
    graph.add(2, 2_000_000_005, [1]);
    graph.add(3, 7, []);
    graph.add(4, 2_000_000_006, [2, 3]);
    expect([...history(graph, [4], { logicalTime: 2_000_000_006, commit: 4 })]).toEqual([2, 1, 3]);
    expect([...exclusiveAfter(graph, [4], [3], { logicalTime: 2_000_000_000, commit: 1 })]).toEqual([2, 4]);
    expect(isAncestor(graph, 3, 2)).toBe(false);
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

describe("history before a place in canonical order, exclusive after one", () => {
  const keys = (graph: CommitGraph, commits: readonly CommitId[]): (CommitKey | undefined)[] => [
    undefined,
    ...commits.map((commit) => ({ logicalTime: graph.logicalTime(commit), commit })),
    // Where no commit stands.
    { logicalTime: 0, commit: 0 },
    { logicalTime: 1, commit: 500 },
    { logicalTime: 100, commit: 1 },
  ];
  const isBefore = (a: CommitKey, b: CommitKey): boolean =>
    a.logicalTime < b.logicalTime || (a.logicalTime === b.logicalTime && a.commit < b.commit);

  it.each(["as it is kept", "as any graph"])("is that part of the whole (%s)", (kind) => {
    check(
      fc.property(graphWithVersions(2), ({ graph: kept, commits, versions: [ours, theirs] }) => {
        const graph = kind === "as any graph" ? plainGraph(kept) : kept;
        const keyOf = (commit: CommitId): CommitKey => ({ logicalTime: graph.logicalTime(commit), commit });
        const down = [...history(graph, ours!)];
        const up = exclusive(graph, ours!, theirs!);
        for (const key of keys(graph, commits)) {
          expect([...history(graph, ours!, key)]).toEqual(
            down.filter((commit) => !key || isBefore(keyOf(commit), key)),
          );
          expect([...exclusiveAfter(graph, ours!, theirs!, key)]).toEqual(
            up.filter((commit) => !key || isBefore(key, keyOf(commit))),
          );
        }
        expect(historySet(graph, ours!)).toEqual(new Set(down));
        expect(historySize(graph, ours!)).toBe(down.length);
      }),
    );
  });

  it("starts a page deep in the past right there", () => {
    const graph = line(100_000);
    const levels = jest.spyOn(graph.nodes, "level");
    const parents = jest.spyOn(graph.nodes, "parentsInto");
    const down = history(graph, [100_000], { logicalTime: 499, commit: 500 });
    expect([down.next().value, down.next().value]).toEqual([499, 498]);
    expect(levels.mock.calls.length).toBeLessThan(6);
    const up = exclusiveAfter(graph, [100_000], [], { logicalTime: 99_989, commit: 99_990 });
    expect([up.next().value, up.next().value]).toEqual([99_991, 99_992]);
    expect(levels.mock.calls.length).toBeLessThan(12);
    expect(parents).not.toHaveBeenCalled();
  });

  it("takes a long way level by level, in the same order", () => {
    // More than are sorted: two sides of 6,000, one of them merged at the end.
    const graph = line(1);
    let [left, right] = [1, 1];
    for (let step = 1; step <= 6000; step++) {
      graph.add(2 * step, step, [left]);
      graph.add(2 * step + 1, step, [right]);
      [left, right] = [2 * step, 2 * step + 1];
    }
    graph.add(20_000, 6001, [left, right]);
    const all = exclusive(graph, [20_000], [1]);
    expect(all).toHaveLength(12_001);
    expect([...exclusiveAfter(graph, [20_000], [1])]).toEqual(all);
    expect([...exclusiveAfter(graph, [20_000], [1], { logicalTime: 5999, commit: 11_998 })]).toEqual(all.slice(-4));
    const left400 = exclusive(graph, [left], [800]);
    expect([...exclusiveAfter(graph, [20_000], [800, right], { logicalTime: 0, commit: 1 })]).toEqual([
      ...left400,
      20_000,
    ]);
  });
});

describe("a graph that grows while it is asked", () => {
  it("answers like the naive walks after every commit", () => {
    check(
      fc.property(randomGraph(40), fc.array(fc.nat({ max: 100 }), { minLength: 8, maxLength: 8 }), (random, picks) => {
        const graph = new MemoryCommitGraph();
        random.commits.forEach((commit, index) => {
          graph.add(commit, random.graph.logicalTime(commit), random.graph.parents(commit));
          const there = random.commits.slice(0, index + 1);
          const past = naiveHistory(graph, [commit]);
          for (const other of there) {
            expect(isAncestor(graph, other, commit)).toBe(past.has(other));
            expect(isAncestor(graph, commit, other)).toBe(other === commit);
          }
          const [ours, theirs] = [picks.slice(0, 4), picks.slice(4)].map((some) =>
            some.map((pick) => there[pick % there.length]!),
          );
          const [mine, yours] = [naiveHistory(graph, ours!), naiveHistory(graph, theirs!)];
          expect(new Set(exclusive(graph, ours!, theirs!))).toEqual(
            new Set([...mine].filter((one) => !yours.has(one))),
          );
          expect(maximal(graph, ours!)).toEqual(naiveMaximal(graph, ours!));
          const common = [...mine].filter((one) => yours.has(one));
          expect(commonAncestors(graph, [ours!, theirs!])).toEqual(naiveMaximal(graph, common));
        });
      }),
      0.5,
    );
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

it("answers on a ladder of 10,000 criss-crosses without walking it", () => {
  const { graph, top } = ladder(10_000);
  const parents = jest.spyOn(graph.nodes, "parentsInto");
  expect(isAncestor(graph, 1, top[1]!)).toBe(true);
  expect(isAncestor(graph, top[0]!, top[1]!)).toBe(false);
  expect(commonAncestors(graph, [[top[0]!], [top[1]!]])).toEqual([19_997, 19_998]);
  expect(commonAncestors(graph, [[3], [top[1]!]])).toEqual([3]);
  expect(exclusive(graph, [top[0]!], [top[1]!])).toEqual([top[0]]);
  expect(parents.mock.calls.length).toBeLessThan(20);
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
