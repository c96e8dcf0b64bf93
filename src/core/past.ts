/** Histories that are asked for membership. */
import type { Node, Nodes, Past } from "./commitGraph";
import { Heap } from "./heap";

/** What is known of a version's history without walking it. */
export interface Shortcut {
  /** The version has this node too. */
  add(node: Node): void;
  /** Undefined: a walk must tell. True of a node only where it is true of all its ancestors. */
  knows(node: Node): boolean | undefined;
}

/** Walks down from the version, by rank and no further than it is asked; never into what the shortcut knows. */
export class WalkedPast implements Past {
  readonly #nodes: Nodes;
  readonly #shortcut: Shortcut | undefined;
  readonly #reached = new Set<Node>();
  readonly #open: Heap<Node>;
  readonly #parents: Node[] = [];

  constructor(nodes: Nodes, shortcut?: Shortcut) {
    this.#nodes = nodes;
    this.#shortcut = shortcut;
    this.#open = new Heap((a, b) => nodes.rank(b) - nodes.rank(a));
  }

  add(node: Node): void {
    if (this.has(node)) return;
    this.#shortcut?.add(node);
    this.#reach(node);
  }

  has(node: Node): boolean {
    const known = this.#shortcut?.knows(node);
    if (known !== undefined) return known;
    const rank = this.#nodes.rank(node);
    for (;;) {
      const next = this.#open.first;
      if (next === undefined || this.#nodes.rank(next) <= rank) return this.#reached.has(node);
      this.#open.pop();
      this.#nodes.parentsInto(next, this.#parents);
      for (let parent = this.#parents.pop(); parent !== undefined; parent = this.#parents.pop()) this.#reach(parent);
    }
  }

  #reach(node: Node): void {
    if (this.#reached.has(node) || this.#shortcut?.knows(node) === true) return;
    this.#reached.add(node);
    this.#open.push(node);
  }
}

/** Whether a version reaches a node, by a walk from it that is pruned by rank. */
export function reachesByWalk(nodes: Nodes, node: Node, version: readonly Node[]): boolean {
  const floor = nodes.rank(node);
  const seen = new Set<Node>();
  const open = [...version];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === node) return true;
    if (seen.has(next) || nodes.rank(next) <= floor) continue;
    seen.add(next);
    nodes.parentsInto(next, open);
  }
  return false;
}
