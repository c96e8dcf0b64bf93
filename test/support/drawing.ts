import { MemoryCommitGraph } from "../../src/core/graph";
import type { CommitId } from "../../src/core/ids";

/** A commit graph that was drawn, and its commits by their letters. */
export interface Drawing {
  readonly graph: MemoryCommitGraph;
  /** The ids of commits, e.g. `ids("AB")`; A is 1, B is 2 and so on. */
  ids(letters: string): CommitId[];
  /** The letters of commits, in their order. */
  letters(commits: Iterable<CommitId>): string;
}

/**
 * Reads a graph from a drawing that grows to the right. Every letter is a commit; its parents are what a line of `-`, `/`
 * or `\` leads to on its left (where two of them cross, an `x`):
 *
 *       C-D
 *      /   \
 *   A-B-E-F-G
 */
export function draw(picture: string): Drawing {
  const rows = picture.split("\n");
  const at = (row: number, column: number): string => rows[row]?.[column] ?? " ";
  const parentsOf = new Map<string, string>();
  rows.forEach((line, row) =>
    [...line].forEach((letter, column) => {
      if (!isLetter(letter)) return;
      const parents = LINES.map(([mark, down]) => follow(at, row, column, mark, down)).filter((found) => found !== "");
      parentsOf.set(letter, parents.join(""));
    }),
  );
  const graph = new MemoryCommitGraph();
  const add = (letter: string): void => {
    const parents = [...parentsOf.get(letter)!];
    parents.forEach(add);
    const logicalTime = Math.max(-1, ...parents.map((parent) => graph.logicalTime(idOf(parent)))) + 1;
    graph.add(idOf(letter), logicalTime, parents.map(idOf));
  };
  [...parentsOf.keys()].sort().forEach(add);
  return {
    graph,
    ids: (letters) => [...letters].map(idOf),
    letters: (commits) => [...commits].map((commit) => String.fromCharCode(64 + commit)).join(""),
  };
}

const LINES = [
  ["-", 0],
  ["/", 1],
  ["\\", -1],
] as const;

function follow(
  at: (row: number, column: number) => string,
  row: number,
  column: number,
  mark: string,
  down: number,
): string {
  let steps = 1;
  const goesOn = (character: string): boolean => character === mark || (character === "x" && down !== 0);
  while (goesOn(at(row + steps * down, column - steps))) steps += 1;
  const end = at(row + steps * down, column - steps);
  return steps > 1 && isLetter(end) ? end : "";
}

function isLetter(character: string): boolean {
  return character >= "A" && character <= "Z";
}

function idOf(letter: string): CommitId {
  return letter.charCodeAt(0) - 64;
}
