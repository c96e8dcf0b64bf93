/** Values at paths, found by a path that overlaps theirs without looking at the others. */
import type { RecordId } from "./ids";
import { footprintOf, type Operation } from "./operation";
import type { Path } from "./path";

interface Node<Value> {
  readonly values: Value[];
  readonly below: Map<Path[number], Node<Value>>;
}

const newNode = <Value>(): Node<Value> => ({ values: [], below: new Map() });

export class PathIndex<Value> {
  readonly #root = newNode<Value>();

  add(path: Path, value: Value): void {
    let node = this.#root;
    for (const step of path) {
      let next = node.below.get(step);
      if (next === undefined) node.below.set(step, (next = newNode()));
      node = next;
    }
    node.values.push(value);
  }

  /** Those at the path and at the paths that lead to it, the shortest path first. */
  *onTheWay(path: Path): Generator<Value, Node<Value> | undefined, undefined> {
    let node: Node<Value> | undefined = this.#root;
    yield* node.values;
    for (const step of path) {
      node = node.below.get(step);
      if (node === undefined) return undefined;
      yield* node.values;
    }
    return node;
  }

  /** Those on the way, and those below the path. What was added at several paths may come several times. */
  *overlapping(path: Path): Generator<Value, void, undefined> {
    const end = yield* this.onTheWay(path);
    // Not by recursion: paths are as long as whoever made them liked.
    const open = end === undefined ? [] : [...end.below.values()];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      yield* node.values;
      open.push(...node.below.values());
    }
  }
}

/** Whether there is a first one. */
export function isAny(values: Generator): boolean {
  return values.next().done !== true;
}

/**
 * Operations by their records and by what they may change there.
 * @param placed where in the index a path of a footprint stands; default: at itself
 */
export function footprintsByRecord<One extends Operation>(
  operations: Iterable<One>,
  placed = (path: Path): Path => path,
): ReadonlyMap<RecordId, PathIndex<One>> {
  const footprints = new Map<RecordId, PathIndex<One>>();
  for (const operation of operations) {
    const paths = footprints.get(operation.record) ?? new PathIndex();
    footprints.set(operation.record, paths);
    for (const path of footprintOf(operation)) paths.add(placed(path), operation);
  }
  return footprints;
}
