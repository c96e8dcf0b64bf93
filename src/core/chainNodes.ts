/** The nodes of a commit graph in memory, in typed arrays: parents in compressed rows, chains, levels, trunks. */
import type { Meeting, Node, Nodes, Past } from "./commitGraph";
import { IntegerColumn } from "./growing";
import type { CommitId } from "./ids";
import { ChainMeeting, type Chains } from "./meeting";
import { WalkedPast } from "./past";
import { Positions } from "./positions";
import { Trunks, type Rows } from "./trunks";

/** Logical times are depths: a graph with greater ones would not fit into memory. */
export const GREATEST_TIME = 0x7fffffff;

/**
 * Its nodes are positions: how many came before, so that ancestors have smaller ones. A chain is a path along which every
 * node has the one before among its parents: each node goes on with the chain of a parent unless another child did
 * already, with that of the latest such parent.
 */
export class ChainNodes implements Nodes, Rows, Chains {
  readonly starts = new IntegerColumn();
  readonly parents = new IntegerColumn();
  readonly #positions = new Positions();
  readonly #logicalTimes = new IntegerColumn();
  /** The first node of each node's chain. */
  readonly #chains = new IntegerColumn();
  /** For each node the nearest at or below it on its chain that has parents on other chains, or none on its own. */
  readonly #exits = new IntegerColumn();
  /** A bit for each node: whether its chain goes on from it. */
  readonly #continued = new IntegerColumn();
  /** Nodes by logical time, as linked lists: the last of each time, and for each node the one before. */
  readonly #levels = new IntegerColumn();
  readonly #levelBefore = new IntegerColumn();
  #isDepth = true;
  #trunks: Trunks | undefined;

  get size(): number {
    return this.#positions.size;
  }

  find(commit: CommitId): Node | undefined {
    return this.#positions.find(commit);
  }

  node(commit: CommitId): Node {
    const node = this.#positions.find(commit);
    if (node === undefined) throw new Error(`Commit ${commit} is not in the graph.`);
    return node;
  }

  commit(node: Node): CommitId {
    return this.#positions.at(node);
  }

  logicalTime(node: Node): number {
    return this.#logicalTimes.values[node]!;
  }

  rank(node: Node): number {
    return node;
  }

  parentsInto(node: Node, list: Node[]): void {
    const parents = this.parents.values;
    for (let at = this.starts.values[node]!, end = this.#end(node); at < end; at++) list.push(parents[at]!);
  }

  #end(node: Node): number {
    return node + 1 < this.size ? this.starts.values[node + 1]! : this.parents.length;
  }

  /** Adds a commit that is not there; its logical time is greater than its parents', and at most GREATEST_TIME. */
  add(commit: CommitId, logicalTime: number, parents: readonly Node[]): void {
    const node = this.size;
    this.#positions.add(commit);
    this.starts.push(this.parents.length);
    this.#logicalTimes.push(logicalTime);
    let before = -1;
    for (const parent of parents) {
      this.parents.push(parent);
      if (!this.#isContinued(parent) && (before === -1 || this.logicalTime(parent) > this.logicalTime(before))) {
        before = parent;
      }
    }
    if ((node & 31) === 0) this.#continued.push(0);
    this.#chains.push(before === -1 ? node : this.#chains.values[before]!);
    if (before !== -1) this.#continued.values[before >> 5]! |= 1 << (before & 31);
    this.#exits.push(before === -1 || parents.length > 1 ? node : this.#exits.values[before]!);
    this.#addToLevel(node, logicalTime);
  }

  #isContinued(node: Node): boolean {
    return ((this.#continued.values[node >> 5]! >> (node & 31)) & 1) === 1;
  }

  #addToLevel(node: Node, logicalTime: number): void {
    // Depths have no gaps; with times that are none, the lists could take any amount of memory.
    if (logicalTime > node + 1) this.#isDepth = false;
    if (!this.#isDepth) return;
    while (this.#levels.length <= logicalTime) this.#levels.push(-1);
    this.#levelBefore.push(this.#levels.values[logicalTime]!);
    this.#levels.values[logicalTime] = node;
  }

  level(logicalTime: number): Node[] | undefined {
    if (!this.#isDepth) return undefined;
    const nodes: Node[] = [];
    if (logicalTime >= this.#levels.length) return nodes;
    const before = this.#levelBefore.values;
    for (let node = this.#levels.values[logicalTime]!; node !== -1; node = before[node]!) nodes.push(node);
    return nodes;
  }

  /** The trunks, with labels for all nodes that are there. */
  trunks(): Trunks {
    if (!this.#trunks || this.#trunks.outgrown) this.#trunks = new Trunks(this);
    this.#trunks.extend();
    return this.#trunks;
  }

  emptyPast(): Past {
    return new WalkedPast(this, this.trunks().emptyView());
  }

  reaches(node: Node, version: readonly Node[]): boolean {
    const trunks = this.trunks();
    const chains = this.#chains.values;
    let open: Node[] | undefined;
    for (const member of version) {
      if (member < node) continue;
      if (chains[member] === chains[node]) return true;
      const known = trunks.isAncestor(node, member);
      if (known === true) return true;
      if (known === undefined) (open ??= []).push(member);
    }
    return open !== undefined && this.#reachesByChains(node, open, trunks);
  }

  /** Backwards from the open nodes, chain by chain, of each chain only what is below the greatest position reached. */
  #reachesByChains(node: Node, open: Node[], trunks: Trunks): boolean {
    const chains = this.#chains.values;
    const floor = this.logicalTime(node);
    const chain = chains[node]!;
    const reached = new Map<Node, Node>();
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const current = chains[next]!;
      const before = reached.get(current) ?? -1;
      if (next <= before) continue;
      reached.set(current, next);
      // From exit to exit down the chain; what lies between has no other parents.
      for (let at = this.#exits.values[next]!; at > before;) {
        if (at <= node || this.logicalTime(at) <= floor) break;
        const kept = open.length;
        const below = this.leave(at, open);
        for (let index = open.length; index-- > kept;) {
          const parent = open[index]!;
          if (parent >= node && chains[parent] === chain) return true;
          if (parent > node && this.logicalTime(parent) > floor && trunks.isAncestor(node, parent) !== false) continue;
          open[index] = open[open.length - 1]!;
          open.pop();
        }
        if (below === -1 || trunks.isAncestor(node, below) === false) break;
        at = this.#exits.values[below]!;
      }
    }
    return false;
  }

  apart(version: readonly Node[], past: Past, most: number): Node[] | undefined {
    const starts = this.starts.values;
    const parents = this.parents.values;
    const marks = new Marks(this.size);
    const apart: Node[] = [];
    for (const member of version) if (!past.has(member) && marks.add(member)) apart.push(member);
    for (let index = 0; index < apart.length; index++) {
      if (apart.length > most) return undefined;
      const node = apart[index]!;
      for (let place = starts[node]!, end = this.#end(node); place < end; place++) {
        const parent = parents[place]!;
        if (!past.has(parent) && marks.add(parent)) apart.push(parent);
      }
    }
    return apart;
  }

  meeting(version: readonly Node[], past: Past): Meeting {
    return new ChainMeeting(this, version, past, this.trunks().emptyView());
  }

  chain(node: Node): Node {
    return this.#chains.values[node]!;
  }

  exit(node: Node): Node {
    return this.#exits.values[node]!;
  }

  leave(exit: Node, list: Node[]): Node {
    const chains = this.#chains.values;
    const parents = this.parents.values;
    const chain = chains[exit]!;
    let below = -1;
    for (let place = this.starts.values[exit]!, end = this.#end(exit); place < end; place++) {
      const parent = parents[place]!;
      if (chains[parent] !== chain) list.push(parent);
      else if (parent > below) below = parent;
    }
    return below;
  }

  below(node: Node): Node {
    return this.parents.values[this.starts.values[node]!]!;
  }
}

/** A set of nodes: once there are some, a bit for each node of the graph, which is quicker than a hash table. */
class Marks {
  readonly #few = new Set<Node>();
  readonly #size: number;
  #bits: Uint8Array | undefined;

  constructor(size: number) {
    this.#size = size;
  }

  /** Whether it was not in it. */
  add(node: Node): boolean {
    if (!this.#bits) {
      if (this.#few.has(node)) return false;
      this.#few.add(node);
      if (this.#few.size * 256 > this.#size) this.#toBits();
      return true;
    }
    const bit = 1 << (node & 7);
    const before = this.#bits[node >> 3]!;
    this.#bits[node >> 3] = before | bit;
    return (before & bit) === 0;
  }

  #toBits(): void {
    this.#bits = new Uint8Array((this.#size + 7) >> 3);
    for (const node of this.#few) this.#bits[node >> 3]! |= 1 << (node & 7);
    this.#few.clear();
  }
}
