/** The door for values: what passes here is JSON that PostgreSQL's `jsonb` can hold, within the limits. */
import { InvalidInput, LimitExceeded, type InputPath } from "./errors";
import type { RecordId } from "./ids";
import type { Json } from "./json";
import type { Limits } from "./limits";
import { jsonScalarBytes, jsonStringBytes } from "./size";
import { textProblem } from "./text";

/** A container whose members are being checked. */
interface Open {
  readonly source: Readonly<Record<string | number, unknown>>;
  /** The names of an object's members; null for a list. */
  readonly names: readonly string[] | null;
  readonly length: number;
  readonly checked: Json[];
}

/**
 * Checks that a value is JSON as the model has it, and copies it: every object of the result is an ordinary one with
 * own properties only, and -0 is 0. Walks without recursion, so no depth can exhaust the stack.
 * @param at where the value stands in the input
 * @throws InvalidInput for what is not JSON, U+0000 and lone surrogates, with the path of the offending value (of a
 *   name: the object's path and the name); LimitExceeded for `valueDepth` and `valueBytes`, with the path of the value
 */
export function checkValue(value: unknown, at: InputPath, limits: Limits): Json {
  // The outermost container is a list of our own that holds just the value, so that the loop knows one case only.
  const stack: Open[] = [{ source: [value] as unknown as Open["source"], names: null, length: 1, checked: [] }];
  let bytes = 0;

  const fail = (problem: string): never => {
    const steps = stack
      .slice(1)
      .map((open) => (open.names === null ? open.checked.length : open.names[open.checked.length]!));
    throw new InvalidInput(problem, [...at, ...steps]);
  };
  const spend = (count: number): void => {
    bytes += count;
    if (bytes > limits.valueBytes) {
      const problem = `The value is larger than ${limits.valueBytes} bytes as JSON.`;
      throw new LimitExceeded(problem, at, "valueBytes", limits.valueBytes);
    }
  };
  const text = (string: string, what: string): string => {
    // Every unit takes a byte at least: a string that is far too long is not even read.
    if (string.length > limits.valueBytes) spend(string.length);
    const problem = textProblem(string);
    if (problem !== null) fail(`${what} ${problem}, which cannot be stored.`);
    spend(jsonStringBytes(string));
    return string;
  };
  const scalar = (input: unknown): Json => {
    if (typeof input === "string") return text(input, "The string");
    if (input === null || typeof input === "boolean") {
      spend(jsonScalarBytes(input));
      return input;
    }
    if (typeof input !== "number") return fail(`This is ${describe(input)}, not a JSON value.`);
    if (!Number.isFinite(input)) return fail(`The number is ${input}, but only finite numbers are JSON.`);
    spend(jsonScalarBytes(input));
    return input === 0 ? 0 : input;
  };
  const enter = (input: object): void => {
    if (stack.length > limits.valueDepth) {
      const problem = `The value is nested deeper than ${limits.valueDepth}.`;
      throw new LimitExceeded(problem, at, "valueDepth", limits.valueDepth);
    }
    const names = Array.isArray(input) ? null : Object.keys(input);
    const length = names === null ? (input as readonly unknown[]).length : names.length;
    // Brackets and commas; colons come with the names.
    spend(2 + Math.max(0, length - 1));
    stack.push({ source: input as Open["source"], names, length, checked: [] });
  };

  for (;;) {
    const open = stack[stack.length - 1]!;
    if (open.checked.length === open.length) {
      stack.pop();
      const parent = stack[stack.length - 1];
      if (parent === undefined) return open.checked[0]!;
      parent.checked.push(close(open));
      continue;
    }
    const key = open.names === null ? open.checked.length : open.names[open.checked.length]!;
    if (typeof key === "string") {
      text(key, "The name of the member");
      spend(1);
    }
    const next = open.source[key];
    if (isContainer(next)) enter(next);
    else open.checked.push(scalar(next));
  }
}

function close({ names, checked }: Open): Json {
  // fromEntries defines own properties, whatever the names are.
  return names === null ? checked : Object.fromEntries(names.map((name, index) => [name, checked[index]!]));
}

/** A list, or an object that is no instance of a class: its prototype is null or, in any realm, the root of prototypes. */
function isContainer(input: unknown): input is object {
  if (typeof input !== "object" || input === null) return false;
  if (Array.isArray(input)) return true;
  const prototype: unknown = Object.getPrototypeOf(input);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function describe(input: unknown): string {
  if (input === undefined) return "undefined";
  return typeof input === "object" ? "an instance of a class" : `a ${typeof input}`;
}

/**
 * A string that can be stored.
 * @throws InvalidInput for anything else
 */
export function checkString(value: unknown, at: InputPath): string {
  if (typeof value !== "string") throw new InvalidInput("A string is needed here.", at);
  const problem = textProblem(value);
  if (problem !== null) throw new InvalidInput(`The string ${problem}, which cannot be stored.`, at);
  return value;
}

/**
 * A name of a type or frontier, an author, a key: a string that is not empty and not longer than `nameLength`.
 * @throws InvalidInput, LimitExceeded
 */
export function checkName(value: unknown, at: InputPath, limits: Limits): string {
  const name = checkString(value, at);
  if (name === "") throw new InvalidInput("The name is empty.", at);
  if (name.length > limits.nameLength) {
    const problem = `The name is longer than ${limits.nameLength} characters.`;
    throw new LimitExceeded(problem, at, "nameLength", limits.nameLength);
  }
  return name;
}

/**
 * A UUID of any version in its textual form, lower-cased.
 * @throws InvalidInput for anything else
 */
export function checkUuid(value: unknown, at: InputPath): RecordId {
  if (typeof value !== "string" || !UUID.test(value)) throw new InvalidInput("A UUID is needed here.", at);
  return value.toLowerCase();
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
