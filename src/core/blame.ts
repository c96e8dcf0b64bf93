/**
 * Blame: which operation gave every leaf of a record's state its value, in a version.
 *
 * The state of a version is the fold of its operations in canonical order, and a trace is carried along with it. What a
 * merge commit writes and one of its parents held already is that parent's: so the traces of the parents are needed,
 * each the fold of another history. Folds share what they can. The last commit of a version in canonical order is one of
 * its heads, so a version is what the commits before that one form, and then that commit; histories that are joined over
 * and over have most of these earlier versions in common. Each is made once, and forgotten after its last use.
 */
import { maximal } from "./antichain";
import { compareCanonical, type PlacedOperation } from "./canonicalOrder";
import { compareCommits, isInHistory, type CommitGraph } from "./graph";
import { Heap } from "./heap";
import type { CommitId, OperationId } from "./ids";
import { applyOperation } from "./operation";
import { NOTHING_TRACED, traceElsewhere, traceOn, type Traced } from "./trace";

/** What must be known of a record. */
export interface BlamedRecord {
  /** Its operations, those in the history of the version at least, in any order. */
  readonly operations: readonly PlacedOperation[];
  /** Its own DAG: all commits of that history that touch it, each with the latest ones before it that do. */
  readonly graph: CommitGraph;
}

/**
 * The state of a record in a version, and the operation that gave each leaf its value. It is never one of a commit with
 * several parents where one of these parents has the same value at the same path: then it is what blame says there, of
 * the first such parent by number.
 * @param commits the graph of all commits
 * @param heads the record's own version: its latest commits, of which none is an ancestor of another
 * @param narrow earlier versions of more heads than this are not kept: their names would grow with their number
 */
export function blame(commits: CommitGraph, record: BlamedRecord, heads: readonly CommitId[], narrow = 8): Traced {
  return new Blame(commits, record, narrow).at([...heads].sort((a, b) => a - b));
}

/** A version of the record, by its heads in ascending order. */
type Version = readonly CommitId[];

/** How a version is made: of an earlier one, by commits in canonical order. */
interface Making {
  readonly before: Version;
  readonly commits: readonly CommitId[];
}

class Blame {
  readonly #operations = new Map<CommitId, PlacedOperation[]>();
  readonly #compare: (a: CommitId, b: CommitId) => number;
  readonly #latest: LatestCommits;
  readonly #sides = new Map<CommitId, readonly Version[]>();

  constructor(
    readonly commits: CommitGraph,
    readonly record: BlamedRecord,
    readonly narrow: number,
  ) {
    for (const operation of record.operations) {
      const own = this.#operations.get(operation.commit);
      if (own === undefined) this.#operations.set(operation.commit, [operation]);
      else own.push(operation);
    }
    for (const own of this.#operations.values()) own.sort(compareCanonical);
    this.#compare = compareCommits(record.graph);
    this.#latest = new LatestCommits(commits, record);
  }

  at(version: Version): Traced {
    if (version.length === 0) return NOTHING_TRACED;
    const uses = this.#usesOfVersions(version);
    // Whatever a version is made of has an earlier last commit.
    const order = [...uses.values()].sort((a, b) => this.#compare(this.#lastOf(a.version), this.#lastOf(b.version)));
    const made = new Map<string, Traced>();
    const use = (needed: Version): Traced => {
      if (needed.length === 0) return NOTHING_TRACED;
      const name = nameOf(needed);
      const traced = made.get(name)!;
      const entry = uses.get(name)!;
      entry.count -= 1;
      if (entry.count === 0) made.delete(name);
      return traced;
    };
    for (const { version: next } of order) {
      const { before, commits } = this.#makingOf(next);
      let traced = use(before);
      for (const commit of commits) traced = this.#commit(traced, commit, this.#sidesOf(commit).map(use));
      made.set(nameOf(next), traced);
    }
    return use(version);
  }

  /** What a commit does, with what is known at each of its parents where it has several. */
  #commit(before: Traced, commit: CommitId, sides: readonly Traced[]): Traced {
    let after = before;
    const own = new Set<OperationId>();
    for (const operation of this.#operations.get(commit) ?? []) {
      own.add(operation.id);
      after = traceOn(after, applyOperation(after.state, operation), operation.id);
    }
    return traceElsewhere(after, before, own, sides);
  }

  /** All versions that are needed for one, and how often each is used. */
  #usesOfVersions(wanted: Version): Map<string, { readonly version: Version; count: number }> {
    const uses = new Map<string, { readonly version: Version; count: number }>();
    const open: Version[] = [];
    const use = (version: Version): void => {
      if (version.length === 0) return;
      const name = nameOf(version);
      const entry = uses.get(name);
      if (entry !== undefined) entry.count += 1;
      else {
        uses.set(name, { version, count: 1 });
        open.push(version);
      }
    };
    use(wanted);
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { before, commits } = this.#makingOf(next);
      use(before);
      for (const commit of commits) this.#sidesOf(commit).forEach(use);
    }
    return uses;
  }

  #makingOf(version: Version): Making {
    const last = this.#lastOf(version);
    const rest = version.filter((commit) => commit !== last);
    const parents = this.record.graph.parents(last).filter((parent) => !isInHistory(this.record.graph, parent, rest));
    const before = [...rest, ...parents].sort((a, b) => a - b);
    if (before.length <= this.narrow) return { before, commits: [last] };
    const { reached, passed } = this.#narrow(before);
    return { before: reached, commits: [...passed, last] };
  }

  /** Walks back from a wide antichain to a narrow one. */
  #narrow(wide: Version): { readonly reached: Version; readonly passed: CommitId[] } {
    const heap = new Heap<CommitId>((a, b) => this.#compare(b, a));
    const queued = new Set<CommitId>();
    let waiting = 0;
    const visit = (commits: Iterable<CommitId>): void => {
      for (const commit of commits) {
        if (queued.has(commit)) continue;
        queued.add(commit);
        heap.push(commit);
        waiting += 1;
      }
    };
    visit(wide);
    const passed: CommitId[] = [];
    while (waiting > this.narrow) {
      const commit = heap.pop()!;
      waiting -= 1;
      passed.push(commit);
      visit(this.record.graph.parents(commit));
    }
    const left: CommitId[] = [];
    for (let commit = heap.pop(); commit !== undefined; commit = heap.pop()) left.push(commit);
    return { reached: maximal(this.record.graph, left), passed: passed.reverse() };
  }

  /** The record's versions at the parents of a commit that has several; none for others. */
  #sidesOf(commit: CommitId): readonly Version[] {
    const known = this.#sides.get(commit);
    if (known !== undefined) return known;
    const parents = this.commits.parents(commit);
    const sides = parents.length < 2 ? [] : [...parents].sort((a, b) => a - b).map((parent) => this.#latest.of(parent));
    this.#sides.set(commit, sides);
    return sides;
  }

  #lastOf(version: Version): CommitId {
    return version.reduce((a, b) => (this.#compare(a, b) > 0 ? a : b));
  }
}

function nameOf(version: Version): string {
  return version.join("+");
}

/** A record's own versions at commits that need not touch it. */
class LatestCommits {
  readonly #known = new Map<CommitId, Version>();
  /** Before this logical time the record was never touched. */
  readonly #floor: number;

  constructor(
    readonly commits: CommitGraph,
    readonly record: BlamedRecord,
  ) {
    this.#floor = record.operations.reduce((least, { logicalTime }) => Math.min(least, logicalTime), Infinity);
  }

  /** The latest commits in the history of a commit that touch the record, ascending. */
  of(commit: CommitId): Version {
    const open = [commit];
    for (let next = open[open.length - 1]; next !== undefined; next = open[open.length - 1]) {
      const missing = this.#known.has(next) ? [] : this.#settle(next);
      if (missing.length === 0) open.pop();
      else open.push(...missing);
    }
    return this.#known.get(commit)!;
  }

  /** Notes a commit's version, or tells which of its parents have to be settled before. */
  #settle(commit: CommitId): readonly CommitId[] {
    if (this.record.graph.has(commit)) this.#known.set(commit, [commit]);
    else if (this.commits.logicalTime(commit) < this.#floor) this.#known.set(commit, NO_COMMITS);
    else {
      const parents = this.commits.parents(commit);
      const missing = parents.filter((parent) => !this.#known.has(parent));
      if (missing.length > 0) return missing;
      const versions = new Set(parents.map((parent) => this.#known.get(parent)!));
      versions.delete(NO_COMMITS);
      const [only = NO_COMMITS] = versions;
      this.#known.set(commit, versions.size < 2 ? only : maximal(this.record.graph, [...versions].flat()));
    }
    return [];
  }
}

const NO_COMMITS: Version = [];
