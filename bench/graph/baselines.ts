/**
 * What a careful engineer writes without an index: git's own walks over plain arrays, in memory, with marks in typed
 * arrays, pruned by generation and by date order (the order of the rows, in which commits were made).
 */
import { sizeOf, type GraphRows } from "./rows";

export class Walks {
  readonly #graph: GraphRows;
  /** The number of the question in which a commit was last seen: nothing has to be wiped. */
  readonly #seen: Uint32Array;
  readonly #flags: Uint8Array;
  readonly #open: Int32Array;
  #question = 0;

  constructor(graph: GraphRows) {
    this.#graph = graph;
    this.#seen = new Uint32Array(sizeOf(graph));
    this.#flags = new Uint8Array(sizeOf(graph));
    this.#open = new Int32Array(sizeOf(graph) + 1);
  }

  /** Backwards from the commit, into nothing that is too old for the ancestor by generation or by date order. */
  isAncestor(ancestor: number, commit: number): boolean {
    const { starts, parents, generations } = this.#graph;
    const [seen, open] = [this.#seen, this.#open];
    const question = ++this.#question;
    const floor = generations[ancestor]!;
    if (ancestor === commit) return true;
    if (generations[commit]! <= floor || commit < ancestor) return false;
    let length = 0;
    open[length++] = commit;
    while (length > 0) {
      const next = open[--length]!;
      for (let at = starts[next]!, end = starts[next + 1]!; at < end; at++) {
        const parent = parents[at]!;
        if (parent === ancestor) return true;
        if (parent < ancestor || generations[parent]! <= floor || seen[parent] === question) continue;
        seen[parent] = question;
        open[length++] = parent;
      }
    }
    return false;
  }

  /**
   * Git's paint_down_to_common, newest first in date order, until all that is left to look at is below a common ancestor.
   * The rows are in date order, so that one mark after the other is looked at, which is many times as quick as a priority
   * queue where nearly all commits in between are reached.
   */
  mergeBases(ours: number, theirs: number): number[] {
    const { starts, parents } = this.#graph;
    const flags = this.#flags;
    const newest = Math.max(ours, theirs);
    flags[ours] = OURS;
    flags[theirs] = flags[theirs]! | THEIRS;
    let fresh = ours === theirs ? 1 : 2;
    let oldest = Math.min(ours, theirs);
    const bases: number[] = [];
    for (let next = newest; fresh > 0; next--) {
      let colour = flags[next]!;
      if (colour === 0) continue;
      if (colour < STALE) fresh -= 1;
      if (colour === (OURS | THEIRS)) {
        bases.push(next);
        colour = STALE;
      }
      for (let at = starts[next]!, end = starts[next + 1]!; at < end; at++) {
        const parent = parents[at]!;
        const before = flags[parent]!;
        const after = before | colour;
        if (before === after) continue;
        if (before > 0 && before < STALE) fresh -= 1;
        if (after < STALE) fresh += 1;
        flags[parent] = after;
        if (parent < oldest) oldest = parent;
      }
    }
    flags.fill(0, oldest, newest + 1);
    return bases.reverse();
  }
}

const OURS = 1;
const THEIRS = 2;
const STALE = 4;
