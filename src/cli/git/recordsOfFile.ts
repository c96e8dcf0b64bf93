/** The records that a JSON file holds. */
import type { RecordId } from "../../core/ids";
import { isObject, type Json, type JsonObject } from "../../core/json";
import type { Contents, Problem, RecordKey } from "../../store/import/source";
import { storable, strictUtf8 } from "./text";

/** What a commit holds, made step by step. Strings of problems are made storable, since they go into metadata. */
export class ReadContents implements Contents {
  readonly states = new Map<RecordId, { readonly key: RecordKey; readonly state: JsonObject | null }>();
  readonly kept = new Set<RecordId>();
  readonly problems: Problem[] = [];

  constructor(
    readonly complete: boolean,
    problems: readonly Problem[] = [],
  ) {
    for (const problem of problems) this.report(problem.what, problem.key);
  }

  report(what: string, key?: RecordKey): void {
    const text = storable(what).replaceAll(/\s+/g, " "); // one line, whatever of the file a message quotes
    this.problems.push(key === undefined ? { what: text } : { what: text, key: storableKey(key) });
  }

  reject(record: RecordId, what: string): void {
    const rejected = this.states.get(record);
    this.states.delete(record);
    this.kept.add(record);
    this.report(what, rejected?.key);
  }
}

const storableKey = (key: RecordKey): RecordKey => (typeof key === "string" ? storable(key) : key);

/**
 * Parses a file strictly: UTF-8 without a byte order mark, and JSON as JSON.parse has it.
 * @returns the value, or what is wrong with the file
 */
export function parseFile(content: Buffer): { readonly value: Json } | { readonly wrong: string } {
  const text = strictUtf8(content);
  if (text === null) return { wrong: "not valid UTF-8" };
  try {
    return { value: JSON.parse(text) as Json };
  } catch (error) {
    return { wrong: `not valid JSON: ${(error as Error).message}` };
  }
}

/**
 * The records of a file that holds many: the objects of a list, or those that are members of an object.
 * @param keyMember the member of each record that is its key; null: the name of the member of the file's object
 */
export function recordsOfFile(
  content: Buffer,
  keyMember: string | null,
  identify: (key: RecordKey) => RecordId,
): ReadContents {
  const parsed = parseFile(content);
  if ("wrong" in parsed) return new ReadContents(false, [{ what: `the file is ${parsed.wrong}` }]);
  const { value } = parsed;
  if (typeof value !== "object" || value === null) {
    return new ReadContents(false, [{ what: "the file is neither a list of objects nor an object of objects" }]);
  }
  if (!isObject(value) && keyMember === null) {
    return new ReadContents(false, [{ what: "the file holds a list, and no member names its records" }]);
  }
  const contents = new ReadContents(true);
  for (const [place, element] of Object.entries(value)) {
    const name = isObject(value) ? `member ${JSON.stringify(place)}` : `element ${place}`;
    if (!isObject(element)) {
      contents.report(`${name} is not an object and is skipped`);
      continue;
    }
    const key = keyMember === null ? place : keyOf(element, keyMember);
    if (key === undefined) {
      contents.report(`${name} has no key ${JSON.stringify(keyMember)} (a string or a number) and is skipped`);
      continue;
    }
    const record = identify(key);
    if (contents.states.has(record)) contents.report(`${name} repeats a key: the first one counts`, key);
    else contents.states.set(record, { key, state: element });
  }
  return contents;
}

function keyOf(element: JsonObject, member: string): RecordKey | undefined {
  const key = Object.hasOwn(element, member) ? element[member] : undefined;
  return typeof key === "string" || (typeof key === "number" && Number.isFinite(key)) ? key : undefined;
}
