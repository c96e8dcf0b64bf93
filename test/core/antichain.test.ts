import fc from "fast-check";
import { commonAncestors, maximal, versionKey } from "../../src/core/antichain";
import { MemoryCommitGraph, type CommitGraph } from "../../src/core/graph";
import { check } from "../support/arbitraries";
import { graphWithVersions, naiveHistory, naiveMaximal, plainGraph } from "../support/arbitrariesGraphs";
import { draw } from "../support/drawing";

const crissCross = draw(String.raw`
    B---D
   / \ /
  A   x
   \ / \
    C---E
`);
const fork = draw(String.raw`
      C-D
     /   \
  A-B-E-F-G
     \
      H
`);

describe("maximal", () => {
  it("leaves out ancestors and repeats, and sorts", () => {
    const { graph, ids, letters } = fork;
    expect(letters(maximal(graph, ids("HGHA")))).toBe("GH");
    expect(letters(maximal(graph, ids("FEDB")))).toBe("DF");
    expect(letters(maximal(graph, ids("A")))).toBe("A");
    expect(letters(maximal(graph, ids("AA")))).toBe("A");
    expect(maximal(graph, [])).toEqual([]);
    expect(() => maximal(graph, [99])).toThrow("Commit 99 is not in the graph.");
  });

  it("is the naive one, and is its own antichain", () => {
    check(
      fc.property(graphWithVersions(1), ({ graph, versions: [version] }) => {
        const antichain = maximal(graph, version!);
        expect(maximal(plainGraph(graph), version!)).toEqual(antichain);
        expect(antichain).toEqual(naiveMaximal(graph, version!));
        expect(maximal(graph, antichain)).toEqual(antichain);
        expect(naiveHistory(graph, antichain)).toEqual(naiveHistory(graph, version!));
      }),
      2,
    );
  });

  it("takes a set or any other iterable", () => {
    expect(fork.letters(maximal(fork.graph, new Set(fork.ids("AB"))))).toBe("B");
  });

  it("does not walk the past of all", () => {
    const graph = new MemoryCommitGraph();
    for (let commit = 1; commit <= 1000; commit++) graph.add(commit, commit - 1, commit === 1 ? [] : [commit - 1]);
    graph.add(1001, 990, [990]);
    let asked = 0;
    const counted: CommitGraph = {
      has: (commit) => graph.has(commit),
      logicalTime: (commit) => graph.logicalTime(commit),
      parents: (commit) => (asked++, graph.parents(commit)),
    };
    expect(maximal(counted, [1000, 1001])).toEqual([1000, 1001]);
    expect(asked).toBeLessThan(20);
    asked = 0;
    expect(maximal(counted, [1000])).toEqual([1000]);
    expect(asked).toBe(0);
  });
});

describe("versionKey", () => {
  it("joins ascending numbers", () => {
    expect(versionKey(maximal(fork.graph, fork.ids("HG")))).toBe("7+8");
    expect(versionKey(maximal(fork.graph, fork.ids("C")))).toBe("3");
    expect(versionKey(maximal(fork.graph, []))).toBe("");
  });
});

describe("commonAncestors", () => {
  it("finds the best ones only", () => {
    const { graph, ids, letters } = fork;
    expect(letters(commonAncestors(graph, [ids("D"), ids("F")]))).toBe("B");
    expect(letters(commonAncestors(graph, [ids("G"), ids("F")]))).toBe("F");
    expect(letters(commonAncestors(graph, [ids("G"), ids("H")]))).toBe("B");
    expect(letters(commonAncestors(graph, [ids("GH"), ids("DH")]))).toBe("DH");
    expect(letters(commonAncestors(graph, [ids("D"), ids("F"), ids("A")]))).toBe("A");
    expect(letters(commonAncestors(graph, [ids("AD")]))).toBe("D");
    expect(commonAncestors(graph, [ids("D"), []])).toEqual([]);
    expect(commonAncestors(graph, [])).toEqual([]);
  });

  it("finds both of a criss-cross", () => {
    const { graph, ids, letters } = crissCross;
    expect(letters(graph.parents(ids("D")[0]!))).toBe("BC");
    expect(letters(commonAncestors(graph, [ids("D"), ids("E")]))).toBe("BC");
    expect(letters(commonAncestors(graph, [ids("D"), ids("E"), ids("B")]))).toBe("B");
  });

  it("is the naive one, for any number of versions", () => {
    check(
      fc.property(graphWithVersions(3), fc.integer({ min: 1, max: 3 }), ({ graph, versions }, count) => {
        const some = versions.slice(0, count);
        const histories = some.map((version) => naiveHistory(graph, version));
        const common = [...histories[0]!].filter((commit) => histories.every((one) => one.has(commit)));
        expect(commonAncestors(graph, some)).toEqual(naiveMaximal(graph, common));
        expect(commonAncestors(plainGraph(graph), some)).toEqual(naiveMaximal(graph, common));
      }),
      4,
    );
  });

  it("climbs a ladder of criss-crosses one rung", () => {
    const graph = new MemoryCommitGraph();
    graph.add(1, 0, []);
    graph.add(2, 0, []);
    for (let level = 1; level < 2000; level++) {
      for (const side of [1, 2]) graph.add(2 * level + side, level, [2 * level - 1, 2 * level]);
    }
    expect(commonAncestors(graph, [[3999], [4000]])).toEqual([3997, 3998]);
  });
});
