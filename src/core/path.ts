import { InvalidInput, LimitExceeded, type InputPath } from "./errors";
import { ABSENT, found, isList, isObject, type Found, type Json, type JsonObject, type State } from "./json";
import { Fold, setMember, stepsOfMove } from "./fold";
import type { Limits } from "./limits";
import { checkValue } from "./value";

/** Paths into a state (semantics §2): strings name members of objects, integers index lists; `[]` is the whole record. */
export type Path = readonly (string | number)[];

/**
 * A path as it comes from outside: a list of strings and of non-negative safe integers.
 * @throws InvalidInput with the place of the bad step; LimitExceeded for `pathLength`, and `valueBytes` in all
 */
export function checkPath(value: unknown, at: InputPath, limits: Limits): Path {
  if (!Array.isArray(value)) {
    throw new InvalidInput('A path is a list of names and indices, e.g. ["tags", 0].', at);
  }
  if (value.length > limits.pathLength) {
    const problem = `The path has more than ${limits.pathLength} steps.`;
    throw new LimitExceeded(problem, at, "pathLength", limits.pathLength);
  }
  // Element by element, so that a list inside is refused as a step and not as a value that is too deep.
  value.forEach((step: unknown, index) => {
    if (typeof step === "string") return;
    if (typeof step === "number" && Number.isSafeInteger(step) && step >= 0) return;
    throw new InvalidInput("A step of a path is a string or a non-negative integer.", [...at, index]);
  });
  return checkValue(value, at, limits) as Path;
}

/** What stands at a path. A string never indexes a list, an integer never an object. */
export function lookup(state: State, path: Path): Found {
  let value: Json | undefined = state;
  for (const step of path) {
    value = child(value, step);
    if (value === undefined) return ABSENT;
  }
  return value === undefined ? ABSENT : found(value);
}

/** The member or element of a value, or undefined where there is none. */
export function child(value: Json | undefined, step: string | number): Json | undefined {
  if (typeof step === "number") return isList(value) ? value[step] : undefined;
  return isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

/** The path of the container of what a path names; undefined for `[]`. */
export function parentOf(path: Path): Path | undefined {
  return path.length === 0 ? undefined : path.slice(0, -1);
}

/** Whether `a` is the path `b` or leads to it. */
export function isPrefix(a: Path, b: Path): boolean {
  return a.length <= b.length && a.every((step, index) => step === b[index]);
}

/** Whether one of the paths is a prefix of the other. */
export function pathsOverlap(a: Path, b: Path): boolean {
  return a.length <= b.length ? isPrefix(a, b) : isPrefix(b, a);
}

export function equalPaths(a: Path, b: Path): boolean {
  return a.length === b.length && isPrefix(a, b);
}

/**
 * The state with another value at a path. Copies the containers on the way and shares everything else. Where the path
 * has no place to put it (its container is absent, or of the other kind, or a list without that index), the very same
 * state comes back; so it does at `[]` for a value that is no object, or a state that is absent.
 * @param fold whose containers are changed in place; then the very same state may come back changed
 */
export function replaceAt(state: State, path: Path, value: Json, fold = new Fold()): State {
  if (state === undefined) return undefined;
  const replaced = replaceIn(state, path, 0, value, fold);
  return isObject(replaced) ? replaced : state;
}

function replaceIn(container: Json, path: Path, depth: number, value: Json, fold: Fold): Json {
  const step = path[depth];
  if (step === undefined) return value;
  const last = depth === path.length - 1;
  const before = child(container, step);
  if (before === undefined)
    return last && isObject(container) && typeof step === "string"
      ? withMember(container, step, value, fold)
      : container;
  const after = last ? value : replaceIn(before, path, depth + 1, value, fold);
  if (after === before) return container;
  if (typeof step === "string") return withMember(container as JsonObject, step, after, fold);
  const list = fold.list(container as readonly Json[]);
  list[step] = after;
  return list;
}

/**
 * The state without the member or element at a path (at `[]`: nothing). Where there is none, the very same state.
 * @param fold as for `replaceAt`
 */
export function removeAt(state: State, path: Path, fold = new Fold()): State {
  const step = path[path.length - 1];
  const parent = parentOf(path);
  if (parent === undefined || step === undefined) return undefined;
  const container = lookup(state, parent);
  if (!container.exists || child(container.value, step) === undefined) return state;
  const rest =
    typeof step === "number"
      ? withoutElement(container.value as readonly Json[], step, fold)
      : withoutMember(container.value as JsonObject, step, fold);
  return replaceAt(state, parent, rest, fold);
}

function withoutElement(list: readonly Json[], index: number, fold: Fold): Json {
  const rest = fold.list(list);
  fold.spend(stepsOfMove(rest.length - index));
  rest.splice(index, 1);
  return rest;
}

/** The object with this member, as an own property whatever its name is. */
export function withMember(object: JsonObject, name: string, value: Json, fold = new Fold()): JsonObject {
  const more = fold.object(object);
  setMember(more, name, value);
  return more;
}

/** The object without this member. */
export function withoutMember(object: JsonObject, name: string, fold = new Fold()): JsonObject {
  const less = fold.object(object);
  delete less[name];
  return less;
}
