import type { CommitId } from "./ids";
import type { CommitGraph, Meeting, Node, Nodes } from "./commitGraph";
import { pastOf } from "./graph";
import { nodesOf } from "./plainNodes";

declare const antichain: unique symbol;

/** Commits of which none is an ancestor of another, ascending and without repeats. Only `maximal` makes one. */
export type Antichain = readonly CommitId[] & { readonly [antichain]: true };

/** The maximal ones of some commits: those that no other one of them descends from. They have the same history. */
export function maximal(graph: CommitGraph, commits: Iterable<CommitId>): Antichain {
  const nodes = nodesOf(graph);
  return asAntichain(nodes, maximalNodes(nodes, new Set(Array.from(commits, (commit) => nodes.node(commit)))));
}

function asAntichain(nodes: Nodes, maximalOnes: readonly Node[]): Antichain {
  const commits: readonly CommitId[] = maximalOnes.map((node) => nodes.commit(node)).sort((a, b) => a - b);
  return commits as Antichain;
}

function maximalNodes(nodes: Nodes, candidates: ReadonlySet<Node>): Node[] {
  const past = nodes.emptyPast();
  // Nothing descends from what is not older, so one that comes later takes none away that was kept.
  return [...candidates]
    .sort((a, b) => nodes.rank(b) - nodes.rank(a))
    .filter((node) => {
      if (past.has(node)) return false;
      past.add(node);
      return true;
    });
}

/** The text that names an antichain, e.g. `12+15`; empty for the empty one. */
export function versionKey(version: Antichain): string {
  return version.join("+");
}

/** The maximal ones of the commits that are in the history of every given version; of no version at all: none. */
export function commonAncestors(graph: CommitGraph, versions: readonly Iterable<CommitId>[]): Antichain {
  const nodes = nodesOf(graph);
  const [first = [], ...others] = versions.map((version) => Array.from(version, (commit) => nodes.node(commit)));
  // The common history of two versions is the history of their common ancestors, so more versions are met one by one.
  const common = others.reduce((met, version) => commonOfTwo(nodes, met, version), maximalNodes(nodes, new Set(first)));
  return asAntichain(nodes, common);
}

/** How many steps each side may take at first. */
const FIRST_STEPS = 32;

/**
 * Walks what one version has apart from the other, down to what they share. Which of the two has less apart shows only
 * then: both are tried in turns, with ever more steps.
 */
function commonOfTwo(nodes: Nodes, ours: readonly Node[], theirs: readonly Node[]): Node[] {
  const [older, newer] = lastRank(nodes, ours) <= lastRank(nodes, theirs) ? [ours, theirs] : [theirs, ours];
  const down = nodes.meeting(older, pastOf(nodes, newer));
  let up: Meeting | undefined;
  for (let steps = FIRST_STEPS; ; steps *= 2) {
    if (down.walk(steps)) return maximalNodes(nodes, down.shared);
    up ??= nodes.meeting(newer, pastOf(nodes, older));
    if (up.walk(steps)) return maximalNodes(nodes, up.shared);
  }
}

const lastRank = (nodes: Nodes, version: readonly Node[]): number =>
  version.reduce((last, node) => Math.max(last, nodes.rank(node)), -1);
