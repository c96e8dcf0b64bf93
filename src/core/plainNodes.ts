import type { CommitGraph, Node, Nodes, Past } from "./commitGraph";
import type { CommitId } from "./ids";
import { PlainMeeting } from "./meeting";
import { reachesByWalk, WalkedPast } from "./past";

/** The nodes of any graph: its commits, walked one by one and pruned by logical time. */
export class PlainNodes implements Nodes {
  readonly #graph: CommitGraph;

  constructor(graph: CommitGraph) {
    this.#graph = graph;
  }

  node(commit: CommitId): Node {
    this.#graph.logicalTime(commit);
    return commit;
  }

  commit(node: Node): CommitId {
    return node;
  }

  logicalTime(node: Node): number {
    return this.#graph.logicalTime(node);
  }

  rank(node: Node): number {
    return this.#graph.logicalTime(node);
  }

  parentsInto(node: Node, list: Node[]): void {
    for (const parent of this.#graph.parents(node)) list.push(parent);
  }

  reaches(node: Node, version: readonly Node[]): boolean {
    return reachesByWalk(this, node, version);
  }

  emptyPast(): Past {
    return new WalkedPast(this);
  }

  apart(version: readonly Node[], past: Past, most: number): Node[] | undefined {
    const meeting = this.meeting(version, past);
    return meeting.walk(most + 1) && meeting.apart.size <= most ? [...meeting.apart] : undefined;
  }

  meeting(version: readonly Node[], past: Past): PlainMeeting {
    return new PlainMeeting(this, version, past);
  }

  level(): undefined {
    return undefined;
  }
}

export const nodesOf = (graph: CommitGraph): Nodes => graph.nodes ?? new PlainNodes(graph);
