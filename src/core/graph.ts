/**
 * The commit graph, and the questions that walks over it answer. Every walk goes backwards and is pruned by logical
 * time: a commit's is greater than that of each of its ancestors.
 */
import { Heap } from "./heap";
import type { CommitId } from "./ids";

/** What the algorithms need to know of the commits. All but `has` throw for a commit that is not in the graph. */
export interface CommitGraph {
  has(commit: CommitId): boolean;
  parents(commit: CommitId): readonly CommitId[];
  logicalTime(commit: CommitId): number;
}

const NO_PARENTS: readonly CommitId[] = [];

/** A commit graph in memory. It grows, ancestors first, and never changes otherwise. */
export class MemoryCommitGraph implements CommitGraph {
  // Ids are sparse, positions dense: one map, and then only arrays.
  readonly #positions = new Map<CommitId, number>();
  readonly #logicalTimes: number[] = [];
  readonly #parents: (readonly CommitId[])[] = [];

  get size(): number {
    return this.#positions.size;
  }

  /**
   * Adds a commit; one that is there already stays as it is.
   * @throws Error where a parent is not there yet, or has no smaller logical time
   */
  add(commit: CommitId, logicalTime: number, parents: readonly CommitId[]): void {
    if (this.has(commit)) return;
    for (const parent of parents) {
      if (this.logicalTime(parent) >= logicalTime) {
        throw new Error(`Commit ${commit} has logical time ${logicalTime}, not more than its parent ${parent}.`);
      }
    }
    this.#positions.set(commit, this.#logicalTimes.length);
    this.#logicalTimes.push(logicalTime);
    this.#parents.push(parents.length === 0 ? NO_PARENTS : [...parents]);
  }

  has(commit: CommitId): boolean {
    return this.#positions.has(commit);
  }

  parents(commit: CommitId): readonly CommitId[] {
    return this.#parents[this.position(commit)]!;
  }

  logicalTime(commit: CommitId): number {
    return this.#logicalTimes[this.position(commit)]!;
  }

  /** How many commits came before it; ancestors have smaller ones. */
  position(commit: CommitId): number {
    const position = this.#positions.get(commit);
    if (position === undefined) throw new Error(`Commit ${commit} is not in the graph.`);
    return position;
  }
}

/** The canonical order of commits: by logical time, then by id. */
export function compareCommits(graph: CommitGraph): (a: CommitId, b: CommitId) => number {
  return (a, b) => graph.logicalTime(a) - graph.logicalTime(b) || a - b;
}

/** Whether `ancestor` is an ancestor of `commit` or is `commit` itself. */
export function isAncestor(graph: CommitGraph, ancestor: CommitId, commit: CommitId): boolean {
  return isInHistory(graph, ancestor, [commit]);
}

/** Whether a commit is in the history of a version: one of its commits, or an ancestor of one. */
export function isInHistory(graph: CommitGraph, commit: CommitId, version: Iterable<CommitId>): boolean {
  const floor = graph.logicalTime(commit);
  const seen = new Set<CommitId>();
  const open: CommitId[] = [];
  const meets = (commits: Iterable<CommitId>): boolean => {
    for (const reached of commits) {
      if (reached === commit) return true;
      if (seen.has(reached) || graph.logicalTime(reached) <= floor) continue;
      seen.add(reached);
      open.push(reached);
    }
    return false;
  };
  if (meets(version)) return true;
  for (let next = open.pop(); next !== undefined; next = open.pop()) if (meets(graph.parents(next))) return true;
  return false;
}

/**
 * The commits in the history of a version, newest first in canonical order. Lazy: what is not asked for is not walked.
 */
export function* history(graph: CommitGraph, version: Iterable<CommitId>): Generator<CommitId, void, undefined> {
  const compare = compareCommits(graph);
  const heap = new Heap<CommitId>((a, b) => compare(b, a));
  const queued = new Set<CommitId>();
  const visit = (commits: Iterable<CommitId>): void => {
    for (const commit of commits) {
      if (queued.has(commit)) continue;
      queued.add(commit);
      heap.push(commit);
    }
  };
  visit(version);
  for (let next = heap.pop(); next !== undefined; next = heap.pop()) {
    yield next;
    visit(graph.parents(next));
  }
}

/**
 * The commits in the history of `ours` and not in that of `theirs`, in canonical order. It pays for what lies between
 * the two, not for what they share.
 */
export function exclusive(graph: CommitGraph, ours: Iterable<CommitId>, theirs: Iterable<CommitId>): CommitId[] {
  const result: CommitId[] = [];
  paint(graph, ours, theirs, {
    // Whatever is reached from theirs takes what is below it along.
    goesOn: (counts) => counts.ours > 0,
    visit: (commit, reached) => {
      if (reached === "ours") result.push(commit);
      return reached;
    },
  });
  return result.reverse();
}

/** From which of two versions a commit was reached. `shared` may be passed on to say: of no interest any more. */
export type Reached = "ours" | "theirs" | "both" | "shared";

/**
 * Walks the histories of two versions at once, newest first, so that when a commit is visited it is settled from where
 * it can be reached.
 * @param rules `goesOn` is asked with how many queued commits were reached in which way; `visit` says what the parents
 *   of a commit are reached from
 */
export function paint(
  graph: CommitGraph,
  ours: Iterable<CommitId>,
  theirs: Iterable<CommitId>,
  rules: {
    readonly goesOn: (queued: Readonly<Record<Reached, number>>) => boolean;
    readonly visit: (commit: CommitId, reached: Reached) => Reached;
  },
): void {
  const compare = compareCommits(graph);
  const heap = new Heap<CommitId>((a, b) => compare(b, a));
  const colours = new Map<CommitId, Reached>();
  const queued: Record<Reached, number> = { ours: 0, theirs: 0, both: 0, shared: 0 };
  const reach = (commits: Iterable<CommitId>, from: Reached): void => {
    for (const commit of commits) {
      const before = colours.get(commit);
      if (before === undefined) heap.push(commit);
      else queued[before] -= 1;
      const now = before === undefined ? from : mixed(before, from);
      colours.set(commit, now);
      queued[now] += 1;
    }
  };
  reach(ours, "ours");
  reach(theirs, "theirs");
  while (rules.goesOn(queued)) {
    const commit = heap.pop();
    if (commit === undefined) return;
    const reached = colours.get(commit)!;
    colours.delete(commit);
    queued[reached] -= 1;
    reach(graph.parents(commit), rules.visit(commit, reached));
  }
}

function mixed(a: Reached, b: Reached): Reached {
  if (a === b) return a;
  return a === "shared" || b === "shared" ? "shared" : "both";
}
