/** States of records out of lines of JSON. */
import { OmdbError } from "../../core/errors";
import { isObject, type JsonObject } from "../../core/json";
import { limitsOfStates, type Limits } from "../../core/limits";
import { checkValue } from "../../core/value";
import type { RecordKey } from "../../store/import/source";
import { strictUtf8 } from "../git/text";

export interface LineState {
  readonly state: JsonObject;
  /** Null where records are not found by a key. */
  readonly key: RecordKey | null;
}

/**
 * Reads a line.
 * @param keyMember the member that names the record; null: none does
 * @returns null for a blank line; in words, why a line is none of the kind
 */
export function readState(
  bytes: Buffer | null,
  keyMember: string | null,
  limits: Limits,
): LineState | { readonly wrong: string } | null {
  if (bytes === null) return { wrong: "the line is too long" };
  const text = strictUtf8(bytes);
  if (text === null) return { wrong: "the line is not valid UTF-8" };
  if (text.trim() === "") return null;
  const value = parse(text);
  if (value === undefined) return { wrong: "the line is not valid JSON" };
  try {
    const state = checkValue(value, [], limitsOfStates(limits));
    if (!isObject(state)) return { wrong: "the line is not a JSON object" };
    if (keyMember === null) return { state, key: null };
    const key = Object.hasOwn(state, keyMember) ? state[keyMember] : undefined;
    if (typeof key === "string" || typeof key === "number") return { state, key };
    return { wrong: `the object has no key ${JSON.stringify(keyMember)} (a string or a number)` };
  } catch (error) {
    if (!(error instanceof OmdbError)) throw error;
    const place = error.inputPath.length > 0 ? ` (at ${JSON.stringify(error.inputPath)})` : "";
    return { wrong: `${error.message}${place}` };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
