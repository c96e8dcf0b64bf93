/** Which version takes which other one as its base, so that few rows are written and no path of bases gets long. Pure. */
import { Heap } from "../../core/heap";
import type { CommitId } from "../../core/ids";
import type { RecordVersion } from "../recordStates";
import { sameHeads } from "./recordHistory";
import { RecordMap } from "./recordMap";
import type { View } from "./views";

/** A version on top of its base. */
export interface BasedVersion {
  readonly commit: CommitId;
  readonly view: View;
  /** Whose rows it inherits; undefined: all its rows are its own, or it is the first one of all. */
  readonly base: BasedVersion | undefined;
  /** Records that it does not have alike. */
  readonly apart: number;
}

/** Rows that a version needs on top of its base; a record that it does not know, unlike the base, has no heads. */
export function rowsApart({ view, base }: Pick<BasedVersion, "view" | "base">): RecordVersion[] {
  const rows: RecordVersion[] = [];
  view.differences(base?.view ?? new RecordMap(), (record, version, before) => {
    if (version && before && sameHeads(version.heads, before.heads)) return;
    const heads = (version?.heads ?? []).map(({ commit }) => commit).sort((a, b) => a - b);
    rows.push({ record, heads, state: version?.state });
  });
  return rows;
}

function countApart(a: View, b: View): number {
  let count = 0;
  a.differences(b, (_, mine, theirs) => {
    if (!mine || !theirs || !sameHeads(mine.heads, theirs.heads)) count += 1;
  });
  return count;
}

/** Where a version differs in as many of its records from its base, it is better off without one: reading is faster. */
const isWorth = (apart: number, view: View): boolean => apart === 0 || 2 * apart < view.size;

interface TreeNode {
  readonly commit: CommitId;
  readonly parent: TreeNode | undefined;
  /** Versions with rows of their own from here to the beginning of the tree. */
  readonly depth: number;
  readonly apart: number;
}

/**
 * Joins versions into trees with as few records apart as can be (Prim), and shortens the paths in them.
 * @param views by commit
 * @param pairs of those that may be near to each other
 * @param first has its rows already
 * @param most versions with rows of their own on a path, the first one not counted; at least 1
 * @returns all versions, bases first
 */
export function baseTree(
  views: ReadonlyMap<CommitId, View>,
  pairs: readonly (readonly [CommitId, CommitId])[],
  first: CommitId | undefined,
  most: number,
): BasedVersion[] {
  const nodes = treeOf(views, pairs, first);
  const deepest = nodes.reduce((depth, node) => Math.max(depth, node.depth), 0);
  const baseDepth = shortPaths(most, deepest);
  const made = new Map<TreeNode, BasedVersion>();
  for (const node of nodes) {
    const view = views.get(node.commit)!;
    let above = node.parent;
    if (node.apart > 0 && above) {
      const depth = baseDepth(node.depth);
      while (above.depth > depth) above = above.parent!;
    }
    const base = above && made.get(above)!;
    const apart = base ? (above === node.parent ? node.apart : countApart(view, base.view)) : view.size;
    const worth = base !== undefined && isWorth(apart, view);
    made.set(node, { commit: node.commit, view, ...(worth ? { base, apart } : { base: undefined, apart: view.size }) });
  }
  return [...made.values()];
}

/** @returns parents first */
function treeOf(
  views: ReadonlyMap<CommitId, View>,
  pairs: readonly (readonly [CommitId, CommitId])[],
  first: CommitId | undefined,
): TreeNode[] {
  const near = new Map<CommitId, { readonly other: CommitId; readonly apart: number }[]>();
  for (const commit of views.keys()) near.set(commit, []);
  for (const [a, b] of pairs) {
    const apart = countApart(views.get(a)!, views.get(b)!);
    near.get(a)!.push({ other: b, apart });
    near.get(b)!.push({ other: a, apart });
  }
  // Of two that cost the same, the one that was found first.
  const waiting = new Heap<TreeNode & { readonly order: number }>((a, b) => a.apart - b.apart || a.order - b.order);
  let order = 0;
  for (const [commit, view] of views) {
    waiting.push({ commit, parent: undefined, depth: 0, apart: commit === first ? -1 : view.size, order: order++ });
  }
  const nodes = new Map<CommitId, TreeNode>();
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (nodes.has(node.commit)) continue;
    nodes.set(node.commit, node);
    for (const { other, apart } of near.get(node.commit)!) {
      if (nodes.has(other) || !isWorth(apart, views.get(other)!)) continue;
      const depth = node.depth + (apart > 0 ? 1 : 0);
      waiting.push({ commit: other, parent: node, depth, apart, order: order++ });
    }
  }
  return [...nodes.values()];
}

/**
 * How far up in a tree each depth takes its base, so that no path has more than `most` steps: depths are written as
 * digits, and the base is where the last digit that is not zero is one less, so that the greatest sum of digits is the
 * longest path. With few depths there is one digit, and everything has its parent as its base; with too many for that, a
 * step goes to where that digit is zero, and there are as many steps as digits.
 * @returns gives the depth of the base for depths from 1 to `deepest`
 */
export function shortPaths(most: number, deepest: number): (depth: number) => number {
  const numbers = (digits: readonly number[]) => digits.reduce((product, digit) => product * digit, 1);
  let digits: number[] = [];
  for (let count = 1; count <= most && numbers(digits) <= deepest; count++) {
    digits = Array.from({ length: count }, (_, place) => Math.floor((most + count - 1 - place) / count) + 1);
  }
  const byOne = numbers(digits) > deepest;
  for (let digit = 3; numbers(digits) <= deepest; digit++) digits = digits.map(() => digit);
  return (depth) => {
    let unit = 1;
    for (const digit of digits) {
      const value = Math.floor(depth / unit) % digit;
      if (value !== 0) return depth - unit * (byOne ? 1 : value);
      unit *= digit;
    }
    return 0;
  };
}
