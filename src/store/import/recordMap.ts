/**
 * Maps from records to something that are copied at no cost and compared by what they do not share: a trie by the digits
 * of the records' ids (Bagwell, "Ideal hash trees", 2001; ids are spread like hashes). A node belongs to the map that
 * made it, which alone changes it in place.
 */
import type { RecordId } from "../../core/ids";

interface Leaf<V> {
  readonly record: RecordId;
  readonly value: V;
}

interface Branch<V> {
  owner: object;
  /** By the digit at the branch's depth. */
  readonly below: (Node<V> | undefined)[];
}

type Node<V> = Leaf<V> | Branch<V>;

const isBranch = <V>(node: Node<V>): node is Branch<V> => "below" in node;

const WIDTH = 16;

/** The digit of an id at a depth; what is no digit counts as one too, and tells ids apart or does not. */
function digitAt(record: RecordId, depth: number): number {
  const code = record.charCodeAt(depth);
  return (code < 58 ? code : code + 9) & (WIDTH - 1);
}

export class RecordMap<V> {
  #root: Node<V> | undefined;
  #size = 0;
  #owner = {};

  get size(): number {
    return this.#size;
  }

  get(record: RecordId): V | undefined {
    let node = this.#root;
    for (let depth = 0; node !== undefined; depth++) {
      if (!isBranch(node)) return node.record === record ? node.value : undefined;
      node = node.below[digitAt(record, depth)];
    }
    return undefined;
  }

  set(record: RecordId, value: V): void {
    this.#root = this.#with(this.#root, { record, value }, 0);
  }

  /** A map with the same entries; changes of the one do not show in the other. */
  copy(): RecordMap<V> {
    const copy = new RecordMap<V>();
    copy.#root = this.#root;
    copy.#size = this.#size;
    this.#owner = {};
    return copy;
  }

  /** All entries, as they were when the walk began. */
  *[Symbol.iterator](): Generator<[RecordId, V], void, undefined> {
    const entries: [RecordId, V][] = [];
    if (this.#root !== undefined) visit(this.#root, ({ record, value }) => entries.push([record, value]));
    yield* entries;
  }

  /** Tells of the records that do not have the same value in both maps, in no order. */
  differences(other: RecordMap<V>, tell: (record: RecordId, mine: V | undefined, theirs: V | undefined) => void): void {
    compare(this.#root, other.#root, tell);
  }

  #with(node: Node<V> | undefined, leaf: Leaf<V>, depth: number): Node<V> {
    if (node === undefined) {
      this.#size += 1;
      return leaf;
    }
    if (!isBranch(node)) {
      if (node.record === leaf.record) return node.value === leaf.value ? node : leaf;
      const branch: Branch<V> = { owner: this.#owner, below: new Array<Node<V> | undefined>(WIDTH).fill(undefined) };
      branch.below[digitAt(node.record, depth)] = node;
      return this.#with(branch, leaf, depth);
    }
    const digit = digitAt(leaf.record, depth);
    const before = node.below[digit];
    const after = this.#with(before, leaf, depth + 1);
    if (before === after) return node;
    const mine = node.owner === this.#owner ? node : { owner: this.#owner, below: node.below.slice() };
    mine.below[digit] = after;
    return mine;
  }
}

function visit<V>(node: Node<V>, tell: (leaf: Leaf<V>) => void): void {
  if (!isBranch(node)) return tell(node);
  for (const below of node.below) if (below !== undefined) visit(below, tell);
}

function compare<V>(
  mine: Node<V> | undefined,
  theirs: Node<V> | undefined,
  tell: (record: RecordId, mine: V | undefined, theirs: V | undefined) => void,
): void {
  if (mine === theirs) return;
  if (mine === undefined) visit(theirs!, ({ record, value }) => tell(record, undefined, value));
  else if (theirs === undefined) visit(mine, ({ record, value }) => tell(record, value, undefined));
  else if (isBranch(mine) && isBranch(theirs)) {
    for (let digit = 0; digit < WIDTH; digit++) compare(mine.below[digit], theirs.below[digit], tell);
  } else if (isBranch(mine)) {
    compare(theirs, mine, (record, b, a) => tell(record, a, b));
  } else {
    // One entry of mine against all below theirs.
    const { record, value } = mine;
    let found = false;
    visit(theirs, (leaf) => {
      if (leaf.record !== record) return tell(leaf.record, undefined, leaf.value);
      found = true;
      if (leaf.value !== value) tell(record, value, leaf.value);
    });
    if (!found) tell(record, value, undefined);
  }
}
