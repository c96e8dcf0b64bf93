/** What an operation depends on: the places that its precondition and its predicates read. */
import type { RecordId } from "./ids";
import { kindOf, type Effect, type Operation } from "./operation";
import type { Path } from "./path";
import { leafOf, leavesOf, type Predicate } from "./predicates";

/** A place in a record. */
export interface Place {
  readonly record: RecordId;
  readonly path: Path;
}

/** The places that an operation reads: its own path, and those of its predicates. */
export function readsOf(operation: Operation): Place[] {
  const own = { record: operation.record, path: operation.path };
  return [own, ...operation.predicates.flatMap((predicate) => readsOfPredicate(predicate, operation.record))];
}

/** The places that a predicate of an operation on a record reads, in the order of its tests. */
export function readsOfPredicate(predicate: Predicate, own: RecordId): Place[] {
  return leavesOf(predicate).map((leaf) => {
    const { test } = leafOf(leaf);
    return { record: test.record ?? own, path: test.path };
  });
}

/**
 * The path as far as the outermost list that it goes through. What stands there depends on no operation whose footprint
 * does not overlap this, while a place inside a list depends on whatever changes the list.
 */
export function outsideLists(path: Path): Path {
  const index = path.findIndex((step) => typeof step === "number");
  return index < 0 ? path : path.slice(0, index);
}

/** The lists whose order a path means something in: those that it goes through by index. */
export function listsThrough(path: Path): Path[] {
  return path.flatMap((step, index) => (typeof step === "number" ? [path.slice(0, index)] : []));
}

/** The lists and texts whose order an effect depends on. */
export function listsOf(effect: Effect): Path[] {
  const through = listsThrough(effect.path);
  return kindOf(effect).positional === true ? [...through, effect.path] : through;
}
