/** Settling conflicts (semantics §7): what a merge commit's operations must touch, and operations made from choices. */
import type { ProposedOperation } from "./admission";
import type { Breach } from "./consistency";
import type { InputPath } from "./errors";
import type { RecordId } from "./ids";
import { isObject, type Found, type State } from "./json";
import { applyOperation, footprintOf, type Effect } from "./operation";
import { lookup, pathsOverlap, type Path } from "./path";
import { outsideLists, type Place } from "./reads";

/** Whether some operations touch the place of a conflict: of the operation that breaks, or of what was tested. */
export function isTouched(
  conflict: Place & { readonly operation?: Place },
  operations: readonly (Effect & { readonly record: RecordId })[],
): boolean {
  return operations.some((operation) =>
    footprintOf(operation).some((path) => isAt(conflict, { record: operation.record, path })),
  );
}

/** Whether a place overlaps that of a conflict: of the operation that breaks, or of what was tested. */
export function isAt(conflict: Place & { readonly operation?: Place }, place: Place): boolean {
  const places = conflict.operation === undefined ? [conflict] : [conflict, conflict.operation];
  return places.some(({ record, path }) => record === place.record && pathsOverlap(path, place.path));
}

/** The places of conflicts, each once. */
export function placesOf(breaches: readonly Pick<Breach, "record" | "path">[]): Place[] {
  const places = new Map(breaches.map(({ record, path }) => [JSON.stringify([record, path]), { record, path }]));
  return [...places.values()];
}

/** A value that is chosen for a place. */
export interface Choice extends Place {
  /** What the version that was chosen holds of the record. */
  readonly state: State;
  /** Where the choice stands in the input. */
  readonly at: InputPath;
}

/**
 * Operations that bring places to the values that were chosen for them, each with the predicate that nobody else changes
 * the place at the same time. A place inside a list means the list; one below a container that vanished means the
 * highest path on the way that differs.
 * @param merged the state of each record in the merged view
 * @param typeOf the type of a record, for one that has to be made again
 */
export function operationsForChoices(
  choices: readonly Choice[],
  merged: (record: RecordId) => State,
  typeOf: (record: RecordId) => string | undefined,
): ProposedOperation[] {
  const states = new Map<RecordId, State>();
  return choices.map(({ record, path, state, at }) => {
    const before = states.has(record) ? states.get(record) : merged(record);
    const effect = effectOf(before, state, placeIn(before, state, outsideLists(path)));
    states.set(record, applyOperation(before, effect));
    const type = effect.operation === "create" ? typeOf(record) : undefined;
    return {
      kind: "operation",
      record,
      ...effect,
      predicates: [{ unchanged: { path: effect.path } }],
      ...(type === undefined ? {} : { type }),
      at,
    };
  });
}

/** The path itself where its container is there, else the highest one on the way that differs. */
function placeIn(before: State, chosen: State, path: Path): Path {
  if (before === undefined || chosen === undefined) return [];
  for (let length = 1; length < path.length; length++) {
    const place = path.slice(0, length);
    const [own, other] = [lookup(before, place), lookup(chosen, place)];
    if (!own.exists || !isObject(own.value) || !other.exists || !isObject(other.value)) return place;
  }
  return path;
}

function effectOf(before: State, chosen: State, path: Path): Effect {
  const value: Found = lookup(chosen, path);
  if (!value.exists) return { path, operation: "remove", parameters: {} };
  const operation = path.length === 0 && before === undefined ? "create" : "put";
  return { path, operation, parameters: { value: value.value } };
}
