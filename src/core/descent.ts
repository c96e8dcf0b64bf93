/** Which commits of a version descend from which, for many of them at once. */
import { history, type CommitGraph } from "./graph";
import type { CommitId } from "./ids";

/** The commits of a version's history from a logical time on, in canonical order. */
export function commitsFrom(graph: CommitGraph, version: Iterable<CommitId>, floor: number): CommitId[] {
  const commits: CommitId[] = [];
  for (const commit of history(graph, version)) {
    if (graph.logicalTime(commit) < floor) break;
    commits.push(commit);
  }
  return commits.reverse();
}

/** Says of any commit of a region whether it is one of some chosen commits or descends from it. */
export class Descent {
  readonly #chosen: ReadonlyMap<CommitId, number>;
  readonly #sets = new Map<CommitId, Uint32Array>();

  /**
   * @param region commits in canonical order, with all their ancestors down to the oldest of `chosen`
   * @param chosen the commits that are asked about; the memory is one bit for each of them and each of the region
   */
  constructor(graph: CommitGraph, region: readonly CommitId[], chosen: Iterable<CommitId>) {
    this.#chosen = new Map([...chosen].map((commit, index) => [commit, index]));
    const words = Math.ceil(this.#chosen.size / 32);
    for (const commit of region) {
      let set: Uint32Array | undefined;
      let shared = false;
      for (const parent of graph.parents(commit)) {
        const above = this.#sets.get(parent);
        if (above === undefined || above === set) continue;
        if (set === undefined) {
          // A commit that adds nothing shares the set of its parent.
          set = above;
          shared = true;
          continue;
        }
        if (shared) set = Uint32Array.from(set);
        shared = false;
        for (let word = 0; word < words; word++) set[word]! |= above[word]!;
      }
      const own = this.#chosen.get(commit);
      if (own !== undefined) {
        set = set === undefined ? new Uint32Array(words) : Uint32Array.from(set);
        set[own >> 5]! |= 1 << (own & 31);
      }
      if (set !== undefined) this.#sets.set(commit, set);
    }
  }

  /** Whether `commit` is `ancestor`, which is one of the chosen, or descends from it. */
  descends(commit: CommitId, ancestor: CommitId): boolean {
    const index = this.#chosen.get(ancestor);
    if (index === undefined) throw new Error(`Commit ${ancestor} is not one of those that were chosen.`);
    const set = this.#sets.get(commit);
    return set !== undefined && (set[index >> 5]! & (1 << (index & 31))) !== 0;
  }
}
