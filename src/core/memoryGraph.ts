import { ChainNodes, GREATEST_TIME } from "./chainNodes";
import type { CommitGraph, Node } from "./commitGraph";
import type { CommitId } from "./ids";

const NO_PARENTS: readonly CommitId[] = [];

/** A commit graph in memory, at most 64 bytes a commit. It grows, ancestors first, and never changes otherwise. */
export class MemoryCommitGraph implements CommitGraph {
  readonly nodes = new ChainNodes();

  get size(): number {
    return this.nodes.size;
  }

  /**
   * Adds a commit; one that is there already stays as it is.
   * @throws Error where a parent is not there yet, or has no smaller logical time, or the logical time is no depth
   */
  add(commit: CommitId, logicalTime: number, parents: readonly CommitId[]): void {
    const { nodes } = this;
    if (nodes.find(commit) !== undefined) return;
    if (!(Number.isInteger(logicalTime) && logicalTime >= 0 && logicalTime <= GREATEST_TIME)) {
      throw new Error(
        `Commit ${commit} has logical time ${logicalTime}, which is no whole number up to ${GREATEST_TIME}.`,
      );
    }
    const parentNodes: Node[] = [];
    for (const parent of parents) {
      const node = nodes.node(parent);
      if (nodes.logicalTime(node) >= logicalTime) {
        throw new Error(`Commit ${commit} has logical time ${logicalTime}, not more than its parent ${parent}.`);
      }
      parentNodes.push(node);
    }
    nodes.add(commit, logicalTime, parentNodes);
  }

  has(commit: CommitId): boolean {
    return this.nodes.find(commit) !== undefined;
  }

  parents(commit: CommitId): readonly CommitId[] {
    const parents: Node[] = [];
    this.nodes.parentsInto(this.nodes.node(commit), parents);
    return parents.length === 0 ? NO_PARENTS : parents.map((parent) => this.nodes.commit(parent));
  }

  logicalTime(commit: CommitId): number {
    return this.nodes.logicalTime(this.nodes.node(commit));
  }

  /** How many commits came before it; ancestors have smaller ones. */
  position(commit: CommitId): number {
    return this.nodes.node(commit);
  }
}
