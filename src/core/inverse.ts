/**
 * Operations that undo others, for `revert`. Each is guarded by predicates that what the undone operation left is still
 * there, so that what was changed since is refused and not overwritten; an `increment` needs none, since sums commute.
 */
import { equalJson } from "./equality";
import type { RecordId } from "./ids";
import { isList, isObject, type Found, type Json, type State } from "./json";
import { applyOperation, footprintOf, type Effect, type Operation } from "./operation";
import { byOf } from "./operations/increment";
import { valueOf } from "./operations/parameters";
import { lookup, type Path } from "./path";
import type { Predicate } from "./predicates";
import { codePointCount, offsetAfter } from "./text";

/** An effect that undoes another one, and what must hold before it. */
export interface Inverse extends Effect {
  readonly predicates: readonly Predicate[];
}

/** An operation that is to be undone, and the state of its record right before it. */
export interface Done {
  readonly operation: Effect & { readonly record: RecordId };
  readonly before: State;
}

/**
 * What undoes operations, in the order in which it must be applied: the last of them comes first.
 * @param steps in the order in which they were applied
 * @returns an entry for each step; its operations are empty where the step had no effect
 */
export function inversesOf<Step extends Done>(
  steps: readonly Step[],
): { readonly undone: Step; readonly operations: readonly Operation[] }[] {
  return steps.toReversed().map((undone) => {
    const { record } = undone.operation;
    const operations = inverseOf(undone.before, undone.operation).map((inverse) => ({ record, ...inverse }));
    return { undone, operations };
  });
}

/**
 * What takes the state after an effect back to exactly the state before it; nothing where it had no effect there. Where
 * there are several, none touches what another one does.
 */
export function inverseOf(before: State, effect: Effect): Inverse[] {
  const after = applyOperation(before, effect);
  if (after === before) return [];
  const { path, operation, parameters } = effect;
  switch (operation) {
    case "increment":
      return [{ path, operation, parameters: { by: -byOf(parameters) }, predicates: [] }];
    case "add": {
      const value = valueOf(parameters);
      return [{ path, operation: "discard", parameters: { value }, predicates: [{ contains: { path, value } }] }];
    }
    case "splice":
    case "edit":
      return [backwards(before, after, effect)];
    case "remove":
      return typeof path[path.length - 1] === "number"
        ? [reinsertion(before, after, path)]
        : [restoration(before, after, path)];
    default:
      return restorations(before, after, effect);
  }
}

/** The edit of a list or text that takes back another one. */
function backwards(before: State, after: State, { path, operation, parameters }: Effect): Inverse {
  const { index, remove, insert } = parameters as unknown as Edit;
  const old = (lookup(before, path) as { readonly value: readonly Json[] | string }).value;
  return {
    path,
    operation,
    parameters: {
      index,
      remove: typeof insert === "string" ? codePointCount(insert) : insert.length,
      insert: typeof old === "string" ? codePoints(old, index, remove) : old.slice(index, index + remove),
    },
    predicates: [stillIs(path, lookup(after, path))],
  };
}

interface Edit {
  readonly index: number;
  readonly remove: number;
  readonly insert: readonly Json[] | string;
}

function codePoints(text: string, index: number, count: number): string {
  const start = offsetAfter(text, index);
  return text.slice(start, offsetAfter(text, count, start));
}

/** Puts an element that was removed back between the others. */
function reinsertion(before: State, after: State, path: Path): Inverse {
  const list = path.slice(0, -1);
  const { value } = lookup(before, path) as { readonly value: Json };
  return {
    path: list,
    operation: "splice",
    parameters: { index: path[path.length - 1] as number, remove: 0, insert: [value] },
    predicates: [stillIs(list, lookup(after, list))],
  };
}

/**
 * Puts back what stood at the places that an effect may change. Of a kind that this file does not know it may not even be
 * true that it changes nothing else: then the whole state is put back.
 */
function restorations(before: State, after: State, effect: Effect): Inverse[] {
  const places = outermost(footprintOf(effect).map((path) => restorable(before, after, path)));
  const inverses = places
    .filter((place) => !equalFound(lookup(before, place), lookup(after, place)))
    .map((place) => restoration(before, after, place));
  const restored = inverses.reduce<State>(applyOperation, after);
  return equalFound(lookup(restored, []), lookup(before, [])) ? inverses : [restoration(before, after, [])];
}

/** The path, or the nearest one above it whose value can be exchanged: that stands in the same container before and after. */
function restorable(before: State, after: State, path: Path): Path {
  for (let length = path.length; length > 0; length--) {
    const container = path.slice(0, length - 1);
    const [old, left] = [lookup(before, container), lookup(after, container)];
    if (!old.exists || !left.exists) continue;
    if (typeof path[length - 1] === "string") {
      if (isObject(old.value) && isObject(left.value)) return path.slice(0, length);
    } else if (isList(old.value) && isList(left.value) && old.value.length === left.value.length) {
      return path.slice(0, length);
    }
  }
  return [];
}

/** The paths that no other one of them leads to, without repeats. */
function outermost(paths: readonly Path[]): Path[] {
  const all = new Map(paths.map((path) => [JSON.stringify(path), path]));
  return [...all.values()].filter((path) => path.every((_, length) => !all.has(JSON.stringify(path.slice(0, length)))));
}

/** Puts back what stood at a path whose container is still there, or takes away what did not stand there. */
function restoration(before: State, after: State, path: Path): Inverse {
  const old = lookup(before, path);
  const left = lookup(after, path);
  const predicates = [stillIs(path, left)];
  if (!old.exists) return { path, operation: "remove", parameters: {}, predicates };
  const operation = path.length === 0 && !left.exists ? "create" : "put";
  return { path, operation, parameters: { value: old.value }, predicates };
}

/** That at a path there is still what was left there. */
function stillIs(path: Path, left: Found): Predicate {
  return left.exists ? { equals: { path, value: left.value } } : { absent: { path } };
}

function equalFound(a: Found, b: Found): boolean {
  return a.exists && b.exists ? equalJson(a.value, b.value) : a.exists === b.exists;
}
