/** The DAG of a single record: which commits touch it, and how these follow each other. */
import { LRUCache } from "lru-cache";
import { compareCommits, MemoryCommitGraph, type CommitGraph } from "../core/graph";
import type { CommitId, RecordId } from "../core/ids";

export class RecordDag {
  constructor(
    /** How many commits the graph knew before this was read: versions of those find everything here. */
    readonly complete: number,
    private readonly commits: readonly CommitId[],
    /** Edges, as two lists of equal length. */
    private readonly parents: readonly CommitId[],
    private readonly children: readonly CommitId[],
  ) {}

  get size(): number {
    return 10 + this.commits.length + this.parents.length * 2;
  }

  /** The record's own version in a history: its latest commits there, ascending. */
  heads(history: ReadonlySet<CommitId>): CommitId[] {
    const heads = new Set(this.commits.filter((commit) => history.has(commit)));
    for (const [index, child] of this.children.entries()) {
      if (history.has(child)) heads.delete(this.parents[index] as CommitId);
    }
    return [...heads].sort((a, b) => a - b);
  }

  /** Its commits that another graph knows, as a graph of their own. */
  within(graph: CommitGraph): MemoryCommitGraph {
    const parents = new Map<CommitId, CommitId[]>();
    for (const commit of this.commits) if (graph.has(commit)) parents.set(commit, []);
    for (const [index, child] of this.children.entries()) parents.get(child)?.push(this.parents[index] as CommitId);
    const own = new MemoryCommitGraph();
    for (const commit of [...parents.keys()].sort(compareCommits(graph))) {
      own.add(commit, graph.logicalTime(commit), parents.get(commit) ?? []);
    }
    return own;
  }
}

/** Numbers that all cached DAGs hold together. */
const CACHED_NUMBERS = 10_000_000;

export const newDagCache = () =>
  new LRUCache<RecordId, RecordDag>({ maxSize: CACHED_NUMBERS, sizeCalculation: (dag) => dag.size });
