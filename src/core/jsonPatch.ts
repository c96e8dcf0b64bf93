/**
 * RFC 6902 JSON Patch as sugar for operations. Whether a token of a pointer is an index or a name depends on what it
 * points into, so a patch is expanded step by step against the state that it is applied to.
 */
import { InvalidInput, LimitExceeded, type InputPath } from "./errors";
import { found, isList, isObject, type Found, type Json, type JsonObject, type State } from "./json";
import type { Limits } from "./limits";
import { kindOf, type Effect } from "./operation";
import { child, equalPaths, isPrefix, lookup, parentOf, type Path } from "./path";
import type { Predicate } from "./predicates";
import { jsonBytes } from "./size";
import { checkValue } from "./value";

/** An effect and what must hold before it. */
interface GuardedEffect extends Effect {
  readonly predicates: readonly Predicate[];
}

/** One operation that a patch stands for; its predicates carry what the patch tests and takes for granted. */
export interface ExpandedOperation extends GuardedEffect {
  /** Where the step that it comes from stands in the input. */
  readonly at: InputPath;
}

/**
 * Counts what the patches of one commit move and copy. A step of a few bytes writes a value that may be large, and that
 * the next step may double.
 */
export class MovedBytes {
  #count = 0;

  constructor(readonly limits: Limits) {}

  /**
   * Takes a value from one place to another.
   * @param at where the step's source stands in the input
   * @returns a copy, which stays as it is whatever becomes of the state
   * @throws LimitExceeded for `valueDepth` and `valueBytes` of the value, and `movedBytes` of all
   */
  take(value: Json, at: InputPath): Json {
    const copy = checkValue(value, at, this.limits);
    this.#count += jsonBytes(copy);
    const { movedBytes } = this.limits;
    if (this.#count <= movedBytes) return copy;
    const problem = `The patches of the commit move and copy more than ${movedBytes} bytes.`;
    throw new LimitExceeded(problem, at, "movedBytes", movedBytes);
  }
}

/**
 * The operations that a patch stands for, one after the other: each is to be applied before the next is asked for. What
 * is wrong in any state is found before the first.
 * @param patch a value that has passed `checkValue`
 * @param read gives the state of the record as it is at the time
 * @param at where the patch stands in the input
 * @param moved counts on for all patches of a commit
 * @throws InvalidInput for what is no JSON Patch, for one without operations, for a `test` that no operation follows, and
 *   for a `move` into its own inside; LimitExceeded for `operationsPerCommit`, `pathLength` and `predicatesPerOperation`,
 *   and for what it moves and copies
 */
export function* expandPatch(
  patch: Json,
  read: () => State,
  at: InputPath,
  limits: Limits,
  moved = new MovedBytes(limits),
): Generator<ExpandedOperation, void, void> {
  if (!isList(patch)) throw new InvalidInput("A JSON Patch is a list of operations.", at);
  if (patch.length === 0) throw new InvalidInput("The JSON Patch has no operations.", at);
  if (patch.length > limits.operationsPerCommit) {
    const problem = `The JSON Patch has more than ${limits.operationsPerCommit} operations.`;
    throw new LimitExceeded(problem, at, "operationsPerCommit", limits.operationsPerCommit);
  }
  const steps = patch.map((entry, index) => readStep(entry, [...at, index], limits));
  const last = steps[steps.length - 1];
  if (last?.op === "test") throw new InvalidInput("A test needs an operation after it.", last.at);
  let tests: Predicate[] = [];
  for (const step of steps) {
    if (step.op === "test") {
      tests.push({ equals: { path: resolve(read(), step.path), value: step.value } });
      if (tests.length > limits.predicatesPerOperation) {
        const problem = `An operation of the JSON Patch has more than ${limits.predicatesPerOperation} tests before it.`;
        throw new LimitExceeded(problem, step.at, "predicatesPerOperation", limits.predicatesPerOperation);
      }
      continue;
    }
    for (const operation of expandStep(step, read, moved)) {
      const parameters = kindOf(operation).parse(operation.parameters, operation.path, step.at, limits);
      const predicates = [...tests, ...operation.predicates];
      tests = [];
      yield { ...operation, parameters, predicates, at: step.at };
    }
  }
}

type Pointer = readonly string[];

/** One operation of a patch, as it is read; `at` is where it stands in the input. */
type Step = { readonly at: InputPath; readonly path: Pointer } & (
  | { readonly op: "remove" }
  | { readonly op: "add"; readonly value: Json }
  | { readonly op: "replace"; readonly value: Json }
  | { readonly op: "test"; readonly value: Json }
  | { readonly op: "move" | "copy"; readonly from: Pointer }
);

function readStep(entry: Json, at: InputPath, limits: Limits): Step {
  if (!isObject(entry)) throw new InvalidInput("An operation of a JSON Patch is an object.", at);
  const op = member(entry, "op");
  const step = { at, path: readPointer(member(entry, "path"), [...at, "path"], limits) };
  switch (op) {
    case "remove":
      return { ...step, op };
    case "add":
    case "replace":
    case "test": {
      const value = member(entry, "value");
      if (value === undefined) throw new InvalidInput(`The operation ${op} needs a value.`, [...at, "value"]);
      return { ...step, op, value };
    }
    case "move":
    case "copy": {
      const from = readPointer(member(entry, "from"), [...at, "from"], limits);
      if (op === "move" && from.length < step.path.length && isPrefix(from, step.path)) {
        throw new InvalidInput("A value cannot be moved into itself.", [...at, "path"]);
      }
      return { ...step, op, from };
    }
    default:
      throw new InvalidInput("The member op is one of add, remove, replace, move, copy, test.", [...at, "op"]);
  }
}

function member(entry: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(entry, name) ? entry[name] : undefined;
}

/** The tokens of a JSON Pointer (RFC 6901). */
function readPointer(pointer: Json | undefined, at: InputPath, limits: Limits): Pointer {
  if (typeof pointer !== "string" || !POINTER.test(pointer)) {
    throw new InvalidInput(
      'A JSON Pointer is needed here: "" or tokens that each begin with "/", with ~ as ~0 and / as ~1.',
      at,
    );
  }
  const tokens = pointer.split("/").slice(1);
  if (tokens.length > limits.pathLength) {
    const problem = `The path has more than ${limits.pathLength} steps.`;
    throw new LimitExceeded(problem, at, "pathLength", limits.pathLength);
  }
  return tokens.map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

const POINTER = /^(\/([^~/]|~[01])*)*$/;
const INDEX = /^(0|[1-9][0-9]{0,14})$/;

/** The path that a pointer means in a state: a token is an index where it looks like one and points into a list. */
function resolve(state: State, pointer: Pointer): Path {
  const path: (string | number)[] = [];
  let value: Json | undefined = state;
  for (const token of pointer) {
    let step: string | number = token;
    if (isList(value) && token === "-") step = value.length;
    else if (isList(value) && INDEX.test(token)) step = Number(token);
    path.push(step);
    value = child(value, step);
  }
  return path;
}

function* expandStep(
  step: Exclude<Step, { op: "test" }>,
  read: () => State,
  moved: MovedBytes,
): Generator<GuardedEffect, void, void> {
  const state = read();
  const path = resolve(state, step.path);
  switch (step.op) {
    case "add":
      return yield insertion(path, step.value, []);
    case "remove":
      return yield { path, operation: "remove", parameters: {}, predicates: [] };
    case "replace":
      return yield put(path, step.value, [{ exists: { path } }]);
    case "copy": {
      const from = resolve(state, step.from);
      const source = sourceOf(step, from, state, moved);
      return yield insertion(path, valueOrAnything(source), [isStill(from, source)]);
    }
    case "move": {
      const from = resolve(state, step.from);
      const source = sourceOf(step, from, state, moved);
      const unchanged = isStill(from, source);
      // A remove before it would leave no record to put the root into.
      if (equalPaths(from, path)) return yield put(path, valueOrAnything(source), [unchanged]);
      yield { path: from, operation: "remove", parameters: {}, predicates: [unchanged] };
      // The pointer is about what is there once the value is gone from its old place.
      return yield insertion(resolve(read(), step.path), valueOrAnything(source), []);
    }
  }
}

function sourceOf({ at }: Step, from: Path, state: State, moved: MovedBytes): Found {
  const source = lookup(state, from);
  return source.exists ? found(moved.take(source.value, [...at, "from"])) : source;
}

function put(path: Path, value: Json, predicates: readonly Predicate[]): GuardedEffect {
  return { path, operation: "put", parameters: { value }, predicates };
}

/** What `add` means: an element goes between others, anything else is put in its place. */
function insertion(path: Path, value: Json, predicates: readonly Predicate[]): GuardedEffect {
  const index = path[path.length - 1];
  const list = parentOf(path);
  if (list === undefined || typeof index !== "number") return put(path, value, predicates);
  return { path: list, operation: "splice", parameters: { index, remove: 0, insert: [value] }, predicates };
}

/** That the source of a move or copy is what it was when the patch was expanded. */
function isStill(path: Path, source: Found): Predicate {
  return source.exists ? { equals: { path, value: source.value } } : { exists: { path } };
}

/** What is moved or copied; where there is nothing, the predicate refuses the operation, and the value never matters. */
function valueOrAnything(source: Found): Json {
  return source.exists ? source.value : {};
}
