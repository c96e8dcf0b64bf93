/** A commit graph as the benchmarks hold it: nothing but arrays, commits by position, parents before children. */
export interface GraphRows {
  readonly name: string;
  /** Where each commit's parents start in `parents`, and behind the last commit where they end. */
  readonly starts: Int32Array;
  readonly parents: Int32Array;
  /** The depth of each commit; roots have 0. */
  readonly generations: Int32Array;
}

export const sizeOf = (graph: GraphRows): number => graph.generations.length;

export const parentsOf = (graph: GraphRows, commit: number): Int32Array =>
  graph.parents.subarray(graph.starts[commit], graph.starts[commit + 1]);

/** @param rows the parents of each commit, parents before children */
export function graphOf(name: string, rows: readonly (readonly number[])[]): GraphRows {
  const starts = new Int32Array(rows.length + 1);
  const parents: number[] = [];
  const generations = new Int32Array(rows.length);
  rows.forEach((row, commit) => {
    parents.push(...row);
    starts[commit + 1] = parents.length;
    for (const parent of row) generations[commit] = Math.max(generations[commit]!, generations[parent]! + 1);
  });
  return { name, starts, parents: Int32Array.from(parents), generations };
}

export function mergesOf(graph: GraphRows): number {
  let merges = 0;
  for (let commit = 0; commit < sizeOf(graph); commit++) if (parentsOf(graph, commit).length > 1) merges += 1;
  return merges;
}
