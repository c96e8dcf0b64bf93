/**
 * What can newly fail when consistent versions are joined (semantics §6). An operation holds in every one of the versions
 * that has it, and fails in what they form only if each of these gets something new that is concurrent with it.
 */
import { commonAncestors, maximal, type Antichain } from "./antichain";
import { exclusive, type CommitGraph } from "./graph";
import type { CommitId } from "./ids";

export interface Join {
  /** What the versions form together. */
  readonly version: Antichain;
  readonly parts: readonly Antichain[];
  /** For each part: the commits of the whole that are not in its history, in canonical order. */
  readonly beyond: readonly (readonly CommitId[])[];
  /** The commits whose operations can newly fail, in canonical order. */
  readonly suspects: readonly CommitId[];
  /** The least logical time of all commits named here; Infinity where there are none. */
  readonly floor: number;
}

/** @param parts versions that are consistent, each for itself */
export function joinOf(graph: CommitGraph, parts: readonly Antichain[]): Join {
  const version = maximal(graph, parts.flat());
  const beyond = parts.map((part) => exclusive(graph, version, part));
  const safe = parts.flatMap((part, index) => safeIn(graph, part, beyond[index]!));
  const suspects = exclusive(graph, version, safe);
  const times = [suspects, ...beyond].map(([first]) => (first === undefined ? Infinity : graph.logicalTime(first)));
  return { version, parts, beyond, suspects, floor: Math.min(...times) };
}

/** The commits whose operations can newly fail when any of the parts are joined, in canonical order. */
export function suspectsOfAny(graph: CommitGraph, { version, parts, beyond }: Join): CommitId[] {
  const safe = parts.map((part, index) => safeIn(graph, part, beyond[index]!));
  return exclusive(graph, version, commonAncestors(graph, safe));
}

/** A set of parts of a join: a bit for each. */
export type Parts = bigint;

export const bitOf = (part: number): Parts => 1n << BigInt(part);

/** Tells which parts of a join have a commit of it. */
export function partsHaving({ parts, beyond }: Join): (commit: CommitId) => Parts {
  const all = bitOf(parts.length) - 1n;
  const having = new Map<CommitId, Parts>();
  for (const [index, commits] of beyond.entries()) {
    for (const commit of commits) having.set(commit, (having.get(commit) ?? all) & ~bitOf(index));
  }
  return (commit) => having.get(commit) ?? all;
}

/**
 * A version whose history are the commits of a part with which nothing beyond it is concurrent: the ancestors of all that
 * is beyond, which are the ancestors of the first ones there.
 */
function safeIn(graph: CommitGraph, part: Antichain, beyond: readonly CommitId[]): readonly CommitId[] {
  if (beyond.length === 0) return part;
  const known = new Set(beyond);
  const first = beyond.filter((commit) => !graph.parents(commit).some((parent) => known.has(parent)));
  // Versions that are equal need not be met again.
  const below = new Map(first.map((commit) => [graph.parents(commit).join("+"), graph.parents(commit)]));
  return commonAncestors(graph, [...below.values()]);
}
