/** All kinds of operations that this process knows: those of the model, and those that an embedding application adds. */
import { add } from "./add";
import { assign } from "./assign";
import { coalescedKind } from "./coalesced";
import { create } from "./create";
import { discard } from "./discard";
import { edit } from "./edit";
import { increment } from "./increment";
import type { OperationKind } from "./kind";
import { max } from "./max";
import { min } from "./min";
import { put } from "./put";
import { remove } from "./remove";
import { splice } from "./splice";

const kinds = new Map<string, OperationKind>(
  [
    create,
    put,
    assign,
    remove,
    increment,
    max,
    min,
    add,
    discard,
    splice,
    edit,
    coalescedKind((name) => operationKind(name)),
  ].map((kind) => [kind.name, kind]),
);

/** The kind of a name, or undefined where no such kind is registered. */
export function operationKind(name: string): OperationKind | undefined {
  return kinds.get(name);
}

/** All kinds, internal ones included, in the order in which they were registered. */
export function operationKinds(): readonly OperationKind[] {
  return [...kinds.values()];
}

/**
 * Adds a kind of an embedding application, before anything that uses it is read or proposed.
 * @throws Error where the name is taken
 */
export function registerOperationKind(kind: OperationKind): void {
  if (kinds.has(kind.name)) throw new Error(`An operation kind named ${kind.name} is registered already.`);
  kinds.set(kind.name, kind);
}
