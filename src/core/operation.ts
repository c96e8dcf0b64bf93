import { equalJson } from "./equality";
import { Fold } from "./fold";
import type { RecordId } from "./ids";
import type { State } from "./json";
import { foldEffect, type Effect, type OperationKind } from "./operations/kind";
import { operationKind } from "./operations/registry";
import { equalPaths, pathsOverlap, type Path } from "./path";
import type { Predicate } from "./predicates";

export type { Effect } from "./operations/kind";

/** An operation of semantics §3. */
export interface Operation extends Effect {
  readonly record: RecordId;
  readonly predicates: readonly Predicate[];
}

/**
 * The kind of an effect.
 * @throws Error where it is not registered: what comes from outside is checked at the door, what is stored at the start
 */
export function kindOf({ operation }: { readonly operation: string }): OperationKind {
  const kind = operationKind(operation);
  if (kind === undefined) throw new Error(`No operation kind named ${operation} is registered.`);
  return kind;
}

/** The state after an operation; the very same one where it is refused, or has nothing to change. Predicates are not judged. */
export function applyOperation(state: State, effect: Effect): State {
  return kindOf(effect).apply(state, effect.path, effect.parameters);
}

/** The state after an operation that is one of many: what the fold owns of the state is changed in place. */
export function foldOperation(state: State, effect: Effect, fold: Fold): State {
  return foldEffect(kindOf(effect), state, effect, fold);
}

/** The state after operations in the order given; each container that they change is copied once. */
export function applyAll(state: State, effects: Iterable<Effect>): State {
  const fold = new Fold();
  let after = state;
  for (const effect of effects) after = foldOperation(after, effect, fold);
  return after;
}

/** Why the operation's precondition does not hold in a state, or null where it does. Predicates are not judged. */
export function refusalOf(state: State, effect: Effect): string | null {
  return kindOf(effect).refusal(state, effect.path, effect.parameters);
}

/** The paths that an operation may change. */
export function footprintOf(effect: Effect): readonly Path[] {
  return kindOf(effect).footprint(effect.path, effect.parameters);
}

/** Whether the footprints of two operations on the same record overlap. */
export function footprintsOverlap(a: Effect, b: Effect): boolean {
  const others = footprintOf(b);
  return footprintOf(a).some((own) => others.some((other) => pathsOverlap(own, other)));
}

/**
 * Whether two operations may be applied in either order: they give the same state, and where they add to and discard
 * from one list the same set of elements; increments as long as no sum leaves the safe integers. Predicates are not
 * judged.
 */
export function commute(a: Effect & { readonly record: RecordId }, b: Effect & { readonly record: RecordId }): boolean {
  return a.record !== b.record || !footprintsOverlap(a, b) || overlappingCommute(a, b) || overlappingCommute(b, a);
}

function overlappingCommute(a: Effect, b: Effect): boolean {
  const same = a.operation === b.operation && equalPaths(a.path, b.path) && equalJson(a.parameters, b.parameters);
  return same || kindOf(a).commutes(a.path, a.parameters, b);
}
