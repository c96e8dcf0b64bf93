/** Many effects as one: an index entry that takes a record from one state to a later one without all the steps. */
import { difference } from "./difference";
import { isObject, type Json, type JsonObject, type State } from "./json";
import { Fold } from "./fold";
import { gather } from "./gather";
import { applyAll, applyOperation, foldOperation, footprintOf, refusalOf, type Effect } from "./operation";
import { coalescedParameters, effectsOf } from "./operations/coalesced";
import { byOf } from "./operations/increment";
import { composeMergePatches } from "./operations/mergePatch";
import { valueOf } from "./operations/parameters";
import { equalPaths, isPrefix, lookup, pathsOverlap, type Path } from "./path";
import { storedBytes } from "./size";

/** How far back a partner to fold with is looked for; beyond, the difference of the two states is the better answer. */
const WINDOW = 256;

/** Characters of a text that may as well be put anew. */
const SHORT = 32;

/** Steps (as of `Fold`) of copying for it at most: many effects on a wide state are not worth more. */
const COPYING = 200_000;

/**
 * One effect that does to a state exactly what the given ones do in their order, and at that state only: the difference
 * of the two states, or where that says more, what remains when what has no effect is left out and what follows on one
 * path is folded, unless the effects are too many for the state.
 * @param after the state after the effects, for those who have it
 */
export function coalesce(state: State, effects: readonly Effect[], after: State = applyAll(state, effects)): Effect {
  const changes = difference(state, after);
  const direct = coalescedParameters(gather(changes));
  const folded = changes.every(saysLittle) ? undefined : foldedParameters(state, effects);
  const parameters = folded !== undefined && storedBytes(folded) < storedBytes(direct) ? folded : direct;
  return { path: [], operation: "coalesced", parameters };
}

/** Whether no other effect that changes the same place says less to speak of. */
function saysLittle({ operation, parameters }: Effect): boolean {
  if (operation === "remove") return true;
  const value = operation === "put" ? valueOf(parameters) : undefined;
  return typeof value === "string" ? value.length <= SHORT : value !== undefined && typeof value !== "object";
}

/** What remains of effects when they are folded; undefined where that takes too long. */
function foldedParameters(state: State, effects: readonly Effect[]): Json | undefined {
  const kept: Kept[] = [];
  let copied = 0;
  const copies = new Fold((steps) => (copied += steps));
  let before = state;
  for (const whole of effects) {
    // A coalesced effect is refused as a whole where one of its parts is.
    if (refusalOf(before, whole) !== null) continue;
    for (const effect of flat(whole)) {
      // Every state on the way stays as it is.
      copies.release();
      const after = foldOperation(before, effect, copies);
      if (copied > COPYING) return undefined;
      if (after !== before) fold(kept, keep(effect, before));
      before = after;
    }
  }
  return coalescedParameters(gather(kept.map(({ effect }) => effect)));
}

/** A coalesced effect as the effects that it holds. */
function flat(effect: Effect): readonly Effect[] {
  return effect.operation === "coalesced" ? (effectsOf(effect.parameters) ?? []) : [effect];
}

/** An effect that stays for now, and the state before it (or before the first effect that was folded into it). */
interface Kept {
  readonly effect: Effect;
  readonly footprint: readonly Path[];
  readonly before: State;
}

function keep(effect: Effect, before: State): Kept {
  return { effect, footprint: footprintOf(effect), before };
}

/**
 * Puts an effect behind those that are kept. The last of them whose footprint overlaps its own is the one that it may
 * be folded with: it commutes with all behind that, so it may stand right there, as may what the two fold into.
 */
function fold(kept: Kept[], next: Kept): void {
  let { before } = next;
  for (;;) {
    const index = lastOverlapping(kept, next);
    const previous = kept[index];
    if (previous === undefined) break;
    if (isOverwritten(previous, next.effect)) {
      kept.splice(index, 1);
      ({ before } = previous);
      continue;
    }
    const folded = foldPair(previous.effect, next);
    if (folded === undefined) break;
    if (folded === NOTHING) kept.splice(index, 1);
    else kept[index] = keep(folded, previous.before);
    return;
  }
  const effect = rebased(next.effect, before);
  if (effect !== undefined) kept.push(keep(effect, before));
}

function lastOverlapping(kept: readonly Kept[], { footprint }: Kept): number {
  const oldest = Math.max(0, kept.length - WINDOW);
  for (let index = kept.length - 1; index >= oldest; index--) {
    if (footprint.some((path) => kept[index]!.footprint.some((other) => pathsOverlap(path, other)))) return index;
  }
  return -1;
}

/** Whether nothing of what the first effect does is left, or matters, after the second one, which overlaps it. */
function isOverwritten({ effect: first, footprint }: Kept, second: Effect): boolean {
  if (!within(footprint, second.path)) return false;
  switch (second.operation) {
    case "create":
    case "put":
      return true;
    case "remove":
      // Of an element: the list is what changes.
      return typeof second.path[second.path.length - 1] !== "number";
    case "max":
    case "min":
      return first.operation === second.operation && equalPaths(first.path, second.path);
    default:
      return false;
  }
}

/** Whether all paths of a footprint stand at or below a path. */
function within(footprint: readonly Path[], path: Path): boolean {
  return footprint.every((changed) => isPrefix(path, changed));
}

/** What an effect that overwrites must be at a state from before what it overwrote; undefined: nothing. */
function rebased(effect: Effect, before: State): Effect | undefined {
  if (effect.operation === "remove" && !lookup(before, effect.path).exists) return undefined;
  if (effect.path.length > 0) return effect;
  if (effect.operation === "create" && before !== undefined) return { ...effect, operation: "put" };
  if (effect.operation === "put" && before === undefined) return { ...effect, operation: "create" };
  return effect;
}

const NOTHING = Symbol("nothing");

/** One effect that does what the two do in turn, at every state where both have an effect; undefined where none is known. */
function foldPair(first: Effect, next: Kept): Effect | typeof NOTHING | undefined {
  if (first.operation === "create" || first.operation === "put") return foldIntoValue(first, next);
  const second = next.effect;
  if (first.operation !== second.operation || !equalPaths(first.path, second.path)) return undefined;
  if (first.operation === "increment") {
    const by = byOf(first.parameters) + byOf(second.parameters);
    if (by === 0) return NOTHING;
    return Number.isSafeInteger(by) ? { ...first, parameters: { by } } : undefined;
  }
  if (first.operation === "assign") {
    const patch = composeMergePatches(
      valueOf(first.parameters) as JsonObject,
      valueOf(second.parameters) as JsonObject,
    );
    return patch === undefined ? undefined : { ...first, parameters: { value: patch } };
  }
  return undefined;
}

/** A value that is put, changed by what happens inside it right after. */
function foldIntoValue(first: Effect, { effect: second, footprint }: Kept): Effect | undefined {
  if (!within(footprint, first.path) || !isPrefix(first.path, second.path)) return undefined;
  const value = valueOf(first.parameters);
  const holder = { value };
  const changed = applyOperation(holder, { ...second, path: ["value", ...second.path.slice(first.path.length)] });
  if (!isObject(changed) || changed === holder) return undefined;
  const after = (changed as { readonly value?: Json }).value;
  return after === undefined ? undefined : { ...first, parameters: { value: after } };
}
