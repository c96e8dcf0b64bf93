/** Walks that look for what a version's history shares with a past. */
import type { Meeting, Node, Nodes, Past } from "./commitGraph";
import type { Shortcut } from "./past";

/** From node to node; what it finds are the first nodes in the past that it meets. */
export class PlainMeeting implements Meeting {
  readonly shared = new Set<Node>();
  /** What the version has and the past has not, as far as the walk has come. */
  readonly apart = new Set<Node>();
  readonly #nodes: Nodes;
  readonly #past: Past;
  readonly #open: Node[];

  constructor(nodes: Nodes, version: readonly Node[], past: Past) {
    this.#nodes = nodes;
    this.#past = past;
    this.#open = [...version];
  }

  walk(steps: number): boolean {
    const end = this.apart.size + steps;
    for (let next = this.#open.pop(); next !== undefined; next = this.#open.pop()) {
      if (this.apart.has(next) || this.shared.has(next)) continue;
      if (this.#past.has(next)) {
        this.shared.add(next);
        continue;
      }
      this.apart.add(next);
      this.#nodes.parentsInto(next, this.#open);
      if (this.apart.size >= end) return this.#open.length === 0;
    }
    return true;
  }
}

/** The chains of a graph: paths along which every node has the one before among its parents. */
export interface Chains {
  /** The first node of a node's chain. */
  chain(node: Node): Node;
  /** The nearest node at or below on the chain that has parents on other chains, or none on its own. */
  exit(node: Node): Node;
  /** Appends the parents on other chains to a list. Returns the one on the node's own chain; -1: none. */
  leave(exit: Node, list: Node[]): Node;
  /** The parent of a node that is no exit. */
  below(node: Node): Node;
}

/** Chain by chain, from exit to exit: of what is not shared only merges and ends of chains are looked at. */
export class ChainMeeting implements Meeting {
  readonly shared = new Set<Node>();
  readonly #chains: Chains;
  readonly #past: Past;
  /** The history of what is found to be shared, as far as it is known at once. */
  readonly #found: Shortcut;
  /** The greatest node reached on each chain. */
  readonly #reached = new Map<Node, Node>();
  readonly #open: Node[];
  /** Where the walk stands on a chain, and down to where it was there before. */
  #top = -1;
  #before = -1;
  #left = 0;

  constructor(chains: Chains, version: readonly Node[], past: Past, found: Shortcut) {
    this.#chains = chains;
    this.#past = past;
    this.#found = found;
    this.#open = [...version];
  }

  walk(steps: number): boolean {
    for (this.#left = steps; this.#left > 0;) {
      if (this.#top > this.#before) {
        this.#descend();
        continue;
      }
      const next = this.#open.pop();
      if (next === undefined) return true;
      if (this.#isShared(next)) continue;
      const chain = this.#chains.chain(next);
      this.#before = this.#reached.get(chain) ?? -1;
      if (next <= this.#before) continue;
      this.#reached.set(chain, next);
      this.#top = next;
    }
    return false;
  }

  /** Down a chain to where it ends, or was before, or enters the past, or the steps are used up. */
  #descend(): void {
    const chains = this.#chains;
    let top = this.#top;
    while (top > this.#before && this.#left > 0) {
      this.#left -= 1;
      const exit = chains.exit(top);
      if (exit < top && this.#past.has(exit)) {
        // The place where the chain enters the past lies in between.
        while (!this.#isShared(top)) top = chains.below(top);
        top = -1;
      } else {
        top = chains.leave(exit, this.#open);
        if (top !== -1 && this.#isShared(top)) top = -1;
      }
    }
    this.#top = top;
  }

  #isShared(node: Node): boolean {
    if (this.#found.knows(node) === true) return true;
    if (!this.#past.has(node)) return false;
    this.shared.add(node);
    this.#found.add(node);
    return true;
  }
}
