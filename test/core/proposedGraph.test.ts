import { MemoryCommitGraph } from "../../src/core/graph";
import { ProposedGraph } from "../../src/core/proposedGraph";

const graph = new MemoryCommitGraph();
graph.add(1, 0, []);
graph.add(2, 1, [1]);
graph.add(3, 0, []);

test("a proposed commit is there beside those of the graph, which stays as it was", () => {
  const proposed = new ProposedGraph(graph, 9, [2, 3]);
  expect([1, 2, 3, 9, 4].map((commit) => proposed.has(commit))).toEqual([true, true, true, true, false]);
  expect([1, 2, 9].map((commit) => proposed.parents(commit))).toEqual([[], [1], [2, 3]]);
  expect([1, 2, 3, 9].map((commit) => proposed.logicalTime(commit))).toEqual([0, 1, 0, 2]);
  expect(graph.has(9)).toBe(false);
});

test("a root stands at time 0", () => {
  expect(new ProposedGraph(graph, 9, []).logicalTime(9)).toBe(0);
});
