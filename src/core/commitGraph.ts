/** What the algorithms on commits need to know of them. */
import type { CommitId } from "./ids";

/** The commits of a graph. All but `has` throw for a commit that is not in it. */
export interface CommitGraph {
  has(commit: CommitId): boolean;
  parents(commit: CommitId): readonly CommitId[];
  /** Greater than that of each of its ancestors. */
  logicalTime(commit: CommitId): number;
  /** The graph by nodes, where it has a faster way to walk than from commit to commit. */
  readonly nodes?: Nodes;
}

/** A commit as a walk names it: whatever number is quickest for the graph. */
export type Node = number;

/** A commit graph for walks. */
export interface Nodes {
  /** @throws Error for a commit that is not in the graph */
  node(commit: CommitId): Node;
  commit(node: Node): CommitId;
  logicalTime(node: Node): number;
  /** A number that is greater than that of each ancestor; what is walked first. */
  rank(node: Node): number;
  /** Appends the parents to a list. */
  parentsInto(node: Node, list: Node[]): void;
  /** Whether a node is one of a version, or an ancestor of one. */
  reaches(node: Node, version: readonly Node[]): boolean;
  /** The history of no commit yet. */
  emptyPast(): Past;
  /**
   * The nodes in the history of a version that are not in a past, each once, in no order; undefined where they are more
   * than so many.
   */
  apart(version: readonly Node[], past: Past, most: number): Node[] | undefined;
  /** A walk from a version down to what it shares with a past. */
  meeting(version: readonly Node[], past: Past): Meeting;
  /**
   * All nodes with a logical time, in no order; undefined where the graph has no list of them, which does not change
   * while it stays as it is.
   */
  level(logicalTime: number): Node[] | undefined;
}

/** The history of a version, to be asked again and again whether something is in it. */
export interface Past {
  /** Makes the version greater by a node. */
  add(node: Node): void;
  /** Pays for a walk from the version down to the node at most, and for all questions together for one such walk. */
  has(node: Node): boolean;
}

/** A walk that looks for what a version's history shares with a past. */
export interface Meeting {
  /** When the walk is done: nodes that both have, among them all maximal ones. */
  readonly shared: ReadonlySet<Node>;
  /** Goes on for so many steps; true when it is done. */
  walk(steps: number): boolean;
}
