import type { CommitGraph } from "./graph";
import type { CommitId } from "./ids";

/** A graph with one commit more than another one has: a commit that is being proposed. */
export class ProposedGraph implements CommitGraph {
  readonly #logicalTime: number;

  /** @param parents maximal, all in the graph */
  constructor(
    readonly graph: CommitGraph,
    readonly commit: CommitId,
    readonly proposedParents: readonly CommitId[],
  ) {
    this.#logicalTime = Math.max(-1, ...proposedParents.map((parent) => graph.logicalTime(parent))) + 1;
  }

  has(commit: CommitId): boolean {
    return commit === this.commit || this.graph.has(commit);
  }

  parents(commit: CommitId): readonly CommitId[] {
    return commit === this.commit ? this.proposedParents : this.graph.parents(commit);
  }

  logicalTime(commit: CommitId): number {
    return commit === this.commit ? this.#logicalTime : this.graph.logicalTime(commit);
  }
}
