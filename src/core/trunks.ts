/**
 * An index of a growing graph that answers most questions of ancestry without a walk. A few long paths through the graph
 * are its trunks. For every node and trunk it knows how far up the trunk the node's history reaches (`sees`), and from
 * where on the trunk's history holds the node (`joins`). Then a is in the history of c where c sees the trunk at least
 * at the place where a joins it; and it is not where a sees more of a trunk than c does, or joins it later. What is left
 * are pairs that both left the trunks and have not come back: few in histories with long lines, which a walk settles.
 *
 * Descends from the reachability indexes by chain cover (Jagadish, A compression technique to materialize transitive
 * closure, 1990), cut down to a few chains so that it takes a constant number of bytes a node, and grows with the graph.
 */
import type { IntegerColumn } from "./growing";
import type { Node } from "./commitGraph";
import type { Shortcut } from "./past";

/** The graph as the index reads it: parents in compressed rows, every node after its parents. */
export interface Rows {
  readonly size: number;
  /** Where each node's parents start in `parents`; those of the last end with the list. */
  readonly starts: IntegerColumn;
  readonly parents: IntegerColumn;
}

const NEVER = 0x7fffffff;
/** More of them settle more pairs and take 8 bytes a node each. */
const MOST_TRUNKS = 2;
/** A further trunk must leave at least this share of the graph less undecided, in commits. */
const WORTHWHILE = 1 / 256;

export class Trunks {
  /** How many trunks there are. */
  readonly count: number;
  /** For each node and trunk: joins, sees. */
  labels: Int32Array;
  readonly #rows: Rows;
  readonly #tips: Int32Array;
  readonly #lengths: Int32Array;
  /** Nodes with labels. */
  #labelled = 0;
  /** Nodes that have not joined the first trunk: now, and when the trunks were chosen. */
  #apart = 0;
  readonly #apartAtFirst: number;
  readonly #sizeAtFirst: number;
  readonly #open: Node[] = [];

  /** Chooses the trunks for the graph as it is. */
  constructor(rows: Rows) {
    this.#rows = rows;
    this.#sizeAtFirst = rows.size;
    const chosen = choose(rows);
    this.count = chosen.length;
    this.#tips = Int32Array.from(chosen, (trunk) => trunk.path.at(-1)!);
    this.#lengths = Int32Array.from(chosen, (trunk) => trunk.path.length);
    this.labels = new Int32Array(rows.size * 2 * this.count);
    for (const [index, { joins, sees }] of chosen.entries()) {
      for (let node = 0; node < rows.size; node++) {
        this.labels[2 * (node * this.count + index)] = joins[node]!;
        this.labels[2 * (node * this.count + index) + 1] = sees[node]!;
        if (index === 0 && joins[node] === NEVER) this.#apart += 1;
      }
    }
    this.#labelled = rows.size;
    this.#apartAtFirst = this.#apart;
  }

  /** Whether the graph has outgrown the choice. The cost of a new one is shared by the nodes that came meanwhile. */
  get outgrown(): boolean {
    const { size } = this.#rows;
    return size >= 2 * this.#sizeAtFirst || this.#apart - this.#apartAtFirst > 64 + size / 8;
  }

  /** Gives labels to the nodes that came since. */
  extend(): void {
    const { size } = this.#rows;
    if (this.#labelled === size) return;
    this.#makeRoom(size);
    for (let node = this.#labelled; node < size; node++) this.#label(node);
    this.#labelled = size;
  }

  /** Whether a node is another's ancestor or itself; undefined where only a walk can tell. Both have labels. */
  isAncestor(ancestor: Node, node: Node): boolean | undefined {
    const { labels } = this;
    const stride = 2 * this.count;
    let known: false | undefined;
    for (let a = ancestor * stride, n = node * stride, end = a + stride; a < end; a += 2, n += 2) {
      if (labels[a]! <= labels[n + 1]!) return true;
      if (labels[a]! > labels[n]! || labels[a + 1]! > labels[n + 1]!) known = false;
    }
    return known;
  }

  /** What the trunks know of the history of a version, of no node yet. */
  emptyView(): Shortcut {
    const joins = new Int32Array(this.count).fill(-1);
    const sees = new Int32Array(this.count).fill(-1);
    const stride = 2 * this.count;
    return {
      add: (node) => {
        for (let trunk = 0, at = node * stride; trunk < this.count; trunk++, at += 2) {
          joins[trunk] = Math.max(joins[trunk]!, this.labels[at]!);
          sees[trunk] = Math.max(sees[trunk]!, this.labels[at + 1]!);
        }
      },
      knows: (node) => {
        const { labels } = this;
        let known: false | undefined;
        for (let trunk = 0, at = node * stride; trunk < this.count; trunk++, at += 2) {
          if (labels[at]! <= sees[trunk]!) return true;
          if (labels[at]! > joins[trunk]! || labels[at + 1]! > sees[trunk]!) known = false;
        }
        return known;
      },
    };
  }

  #makeRoom(size: number): void {
    const needed = size * 2 * this.count;
    if (needed <= this.labels.length) return;
    const larger = new Int32Array(needed + (needed >> 3));
    larger.set(this.labels);
    this.labels = larger;
  }

  #label(node: Node): void {
    const { count, labels } = this;
    const { parents, from, to } = rowOf(this.#rows, node);
    for (let trunk = 0; trunk < count; trunk++) {
      let sees = -1;
      let continues = false;
      for (let at = from; at < to; at++) {
        const parent = parents[at]!;
        sees = Math.max(sees, labels[2 * (parent * count + trunk) + 1]!);
        if (parent === this.#tips[trunk]) continues = true;
      }
      const place = 2 * (node * count + trunk);
      labels[place] = NEVER;
      labels[place + 1] = sees;
      if (trunk === 0) this.#apart += 1;
      if (!continues) continue;
      const height = this.#lengths[trunk]!;
      this.#lengths[trunk] = height + 1;
      this.#tips[trunk] = node;
      labels[place + 1] = height;
      const joined = join(this.#rows, node, height, labels, 2 * trunk, 2 * count, this.#open);
      if (trunk === 0) this.#apart -= joined;
    }
  }
}

/** Lets all that a trunk's new node brings along join it there. Returns how many. */
function join(
  rows: Rows,
  tip: Node,
  height: number,
  labels: Int32Array,
  offset: number,
  stride: number,
  open: Node[],
): number {
  let joined = 0;
  open.push(tip);
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (labels[node * stride + offset] !== NEVER) continue;
    labels[node * stride + offset] = height;
    joined += 1;
    const { parents, from, to } = rowOf(rows, node);
    for (let at = from; at < to; at++) {
      if (labels[parents[at]! * stride + offset] === NEVER) open.push(parents[at]!);
    }
  }
  return joined;
}

function rowOf(rows: Rows, node: Node): { parents: Int32Array; from: number; to: number } {
  const { values } = rows.starts;
  const to = node + 1 < rows.size ? values[node + 1]! : rows.parents.length;
  return { parents: rows.parents.values, from: values[node]!, to };
}

interface Chosen {
  /** Oldest first. */
  readonly path: Int32Array;
  readonly joins: Int32Array;
  readonly sees: Int32Array;
}

/**
 * The first trunk is a path through as many commits as possible, each further one the path that is heaviest where a
 * commit weighs what the trunks before it leave undecided: the part of the trunk between what it sees and where it joins.
 */
function choose(rows: Rows): Chosen[] {
  const chosen: Chosen[] = [];
  if (rows.size === 0) return chosen;
  let weights = new Float64Array(rows.size).fill(1);
  while (chosen.length < MOST_TRUNKS) {
    const { path, weight } = heaviestPath(rows, weights);
    if (weight < rows.size * WORTHWHILE) break;
    const trunk = { path, ...labelsOf(rows, path) };
    chosen.push(trunk);
    weights = weights.map((before, node) => {
      const until = Math.min(trunk.joins[node]!, path.length);
      return Math.min(before, (until - trunk.sees[node]!) / path.length);
    });
  }
  return chosen;
}

function heaviestPath(rows: Rows, weights: Float64Array): { path: Int32Array; weight: number } {
  const heaviest = new Float64Array(rows.size);
  const below = new Int32Array(rows.size).fill(-1);
  let top = 0;
  for (let node = 0; node < rows.size; node++) {
    const { parents, from, to } = rowOf(rows, node);
    let best = -1;
    for (let at = from; at < to; at++) {
      const parent = parents[at]!;
      if (best === -1 || heaviest[parent]! > heaviest[best]!) best = parent;
    }
    below[node] = best;
    heaviest[node] = weights[node]! + (best === -1 ? 0 : heaviest[best]!);
    if (heaviest[node]! > heaviest[top]!) top = node;
  }
  const path: number[] = [];
  for (let node = top; node !== -1; node = below[node]!) path.push(node);
  return { path: Int32Array.from(path.reverse()), weight: heaviest[top]! };
}

function labelsOf(rows: Rows, path: Int32Array): { joins: Int32Array; sees: Int32Array } {
  const joins = new Int32Array(rows.size).fill(NEVER);
  const sees = new Int32Array(rows.size).fill(-1);
  const open: Node[] = [];
  path.forEach((node, height) => {
    join(rows, node, height, joins, 0, 1, open);
    sees[node] = height;
  });
  for (let node = 0; node < rows.size; node++) {
    const { parents, from, to } = rowOf(rows, node);
    for (let at = from; at < to; at++) sees[node] = Math.max(sees[node]!, sees[parents[at]!]!);
  }
  return { joins, sees };
}
