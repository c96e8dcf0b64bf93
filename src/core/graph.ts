/**
 * The questions that walks over the commit graph answer. Every walk goes backwards, and pays for what lies between the
 * versions that it is asked about, not for the whole history.
 */
import type { CommitGraph, Node, Nodes, Past } from "./commitGraph";
import { Heap } from "./heap";
import type { CommitId } from "./ids";
import { nodesOf } from "./plainNodes";

export type { CommitGraph } from "./commitGraph";
export { MemoryCommitGraph } from "./memoryGraph";

/** The canonical order of commits: by logical time, then by id. */
export function compareCommits(graph: CommitGraph): (a: CommitId, b: CommitId) => number {
  return (a, b) => graph.logicalTime(a) - graph.logicalTime(b) || a - b;
}

/** Whether `ancestor` is an ancestor of `commit` or is `commit` itself. */
export function isAncestor(graph: CommitGraph, ancestor: CommitId, commit: CommitId): boolean {
  const nodes = nodesOf(graph);
  return nodes.reaches(nodes.node(ancestor), [nodes.node(commit)]);
}

/** Whether a commit is in the history of a version: one of its commits, or an ancestor of one. */
export function isInHistory(graph: CommitGraph, commit: CommitId, version: Iterable<CommitId>): boolean {
  const nodes = nodesOf(graph);
  return nodes.reaches(nodes.node(commit), nodesIn(nodes, version));
}

function nodesIn(nodes: Nodes, version: Iterable<CommitId>): Node[] {
  return Array.from(version, (commit) => nodes.node(commit));
}

/** The history of a version, for asking whether nodes are in it. */
export function pastOf(nodes: Nodes, version: readonly Node[]): Past {
  const past = nodes.emptyPast();
  // What is added later is the cheaper, the older it is: the past is walked from the top.
  for (const node of [...version].sort((a, b) => nodes.rank(b) - nodes.rank(a))) past.add(node);
  return past;
}

/** Where a commit stands in canonical order. */
export interface CommitKey {
  readonly logicalTime: number;
  readonly commit: CommitId;
}

/**
 * The commits in the history of a version, newest first in canonical order. Lazy: what is not asked for is not walked.
 * @param before only what comes before this in canonical order; in a graph with levels it starts right there
 */
export function* history(
  graph: CommitGraph,
  version: Iterable<CommitId>,
  before?: CommitKey,
): Generator<CommitId, void, undefined> {
  const nodes = nodesOf(graph);
  const members = nodesIn(nodes, version);
  if (before === undefined) {
    yield* walkDown(nodes, members);
  } else if (nodes.level(0)) {
    const past = pastOf(nodes, members);
    for (let time = Math.min(before.logicalTime, lastTime(nodes, members)); time >= 0; time--) {
      const level = levelIn(nodes, time, past).reverse();
      for (const commit of level) if (time < before.logicalTime || commit < before.commit) yield commit;
    }
  } else {
    for (const commit of walkDown(nodes, members)) {
      const time = graph.logicalTime(commit);
      if (time < before.logicalTime || (time === before.logicalTime && commit < before.commit)) yield commit;
    }
  }
}

function* walkDown(nodes: Nodes, version: readonly Node[]): Generator<CommitId, void, undefined> {
  const heap = new Heap<Node>((a, b) => compareNodes(nodes, b, a));
  const queued = new Set<Node>();
  const parents: Node[] = [];
  const visit = (node: Node): void => {
    if (queued.has(node)) return;
    queued.add(node);
    heap.push(node);
  };
  version.forEach(visit);
  for (let next = heap.pop(); next !== undefined; next = heap.pop()) {
    yield nodes.commit(next);
    nodes.parentsInto(next, parents);
    for (let parent = parents.pop(); parent !== undefined; parent = parents.pop()) visit(parent);
  }
}

function compareNodes(nodes: Nodes, a: Node, b: Node): number {
  return nodes.logicalTime(a) - nodes.logicalTime(b) || nodes.commit(a) - nodes.commit(b);
}

const lastTime = (nodes: Nodes, version: readonly Node[]): number =>
  version.reduce((last, node) => Math.max(last, nodes.logicalTime(node)), -1);

/** The commits of one logical time that are in a past, and not in another, ascending. */
function levelIn(nodes: Nodes, time: number, past: Past, not?: Past): CommitId[] {
  const commits: CommitId[] = [];
  for (const node of nodes.level(time) ?? [])
    if (past.has(node) && not?.has(node) !== true) commits.push(nodes.commit(node));
  return commits.length > 1 ? commits.sort((a, b) => a - b) : commits;
}

/** All commits in the history of a version. */
export function historySet(graph: CommitGraph, version: Iterable<CommitId>): Set<CommitId> {
  const nodes = nodesOf(graph);
  const set = new Set<CommitId>();
  for (const node of nodes.apart(nodesIn(nodes, version), nodes.emptyPast(), Infinity) ?? [])
    set.add(nodes.commit(node));
  return set;
}

/** How many commits are in the history of a version. */
export function historySize(graph: CommitGraph, version: Iterable<CommitId>): number {
  const nodes = nodesOf(graph);
  return nodes.apart(nodesIn(nodes, version), nodes.emptyPast(), Infinity)?.length ?? 0;
}

/** The commits in the history of `ours` and not in that of `theirs`, in canonical order. */
export function exclusive(graph: CommitGraph, ours: Iterable<CommitId>, theirs: Iterable<CommitId>): CommitId[] {
  const nodes = nodesOf(graph);
  const past = pastOf(nodes, nodesIn(nodes, theirs));
  return inOrder(nodes, nodes.apart(nodesIn(nodes, ours), past, Infinity) ?? []);
}

function inOrder(nodes: Nodes, list: Node[]): CommitId[] {
  return list.sort((a, b) => compareNodes(nodes, a, b)).map((node) => nodes.commit(node));
}

/** Up to so many commits are sorted rather than looked for level by level. */
const SORTED = 10_000;

/**
 * The same, lazily.
 * @param after only what comes after this in canonical order; where there is much and the graph has levels, it starts
 *   right there
 */
export function* exclusiveAfter(
  graph: CommitGraph,
  ours: Iterable<CommitId>,
  theirs: Iterable<CommitId>,
  after?: CommitKey,
): Generator<CommitId, void, undefined> {
  const nodes = nodesOf(graph);
  const [mine, yours] = [nodesIn(nodes, ours), nodesIn(nodes, theirs)];
  const past = pastOf(nodes, yours);
  const hasLevels = nodes.level(0) !== undefined;
  const few = nodes.apart(mine, past, hasLevels ? SORTED : Infinity);
  const start = after ?? { logicalTime: -1, commit: 0 };
  if (few) {
    const isAfter = (node: Node): boolean =>
      nodes.logicalTime(node) > start.logicalTime ||
      (nodes.logicalTime(node) === start.logicalTime && nodes.commit(node) > start.commit);
    yield* inOrder(nodes, few.filter(isAfter));
    return;
  }
  const top = lastTime(nodes, mine);
  const pastOfMine = pastOf(nodes, mine);
  for (let time = Math.max(0, start.logicalTime); time <= top; time++) {
    for (const commit of levelIn(nodes, time, pastOfMine, past)) {
      if (time > start.logicalTime || commit > start.commit) yield commit;
    }
  }
}
