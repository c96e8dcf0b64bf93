/** Judging predicates in given states. */
import { equalJson, indexOfEqual } from "./equality";
import { SPEND_FREELY, stepsOfMembers, stepsOfText, type Spend } from "./fold";
import type { RecordId } from "./ids";
import { isList, isObject, type Found, type Json, type State } from "./json";
import { compareCodePoints } from "./order";
import { lookup, type Path } from "./path";
import {
  isAboutOperations,
  leafOf,
  type JsonType,
  type PathTest,
  type Predicate,
  type SizeTest,
  type TypeTest,
  type ValuesTest,
  type ValueTest,
} from "./predicates";
import { codePointCount, containsText } from "./text";

/** Gives the state of a record; undefined names the operation's own. */
export type ReadState = (record: RecordId | undefined) => State;

/** Whether a predicate is true; those about operations (`unchanged`, `version`) are judged elsewhere and count as true. */
export function holds(predicate: Predicate, read: ReadState, spend: Spend = SPEND_FREELY): boolean {
  if ("all" in predicate) return predicate.all.every((part) => holds(part, read, spend));
  if ("any" in predicate) return predicate.any.some((part) => holds(part, read, spend));
  if ("not" in predicate) return !holds(predicate.not, read, spend);
  if (isAboutOperations(predicate)) return true;
  const { kind, test } = leafOf(predicate);
  return testHolds(kind, test, lookup(read(test.record), test.path), spend);
}

/** A predicate that is false, where it looked and what it found there. */
export interface Failure {
  readonly predicate: Predicate;
  /** Undefined: the operation's own record. */
  readonly record: RecordId | undefined;
  readonly path: Path;
  readonly actual: Found;
}

/**
 * The first of some predicates that is false, or null where all hold. Of a conjunction it is the first part that is
 * false; of an `any` or a `not` it is the whole, with the place where its first test looked.
 */
export function firstFailure(
  predicates: readonly Predicate[],
  read: ReadState,
  spend: Spend = SPEND_FREELY,
): Failure | null {
  for (const predicate of predicates) {
    if ("all" in predicate) {
      const inside = firstFailure(predicate.all, read, spend);
      if (inside !== null) return inside;
    } else if (!holds(predicate, read, spend)) {
      const { record, path } = firstTest(predicate) ?? { record: undefined, path: [] };
      return { predicate, record, path, actual: lookup(read(record), path) };
    }
  }
  return null;
}

function firstTest(predicate: Predicate): PathTest | undefined {
  if ("not" in predicate) return firstTest(predicate.not);
  const parts = "all" in predicate ? predicate.all : "any" in predicate ? predicate.any : undefined;
  if (parts === undefined) return leafOf(predicate).test;
  for (const part of parts) {
    const test = firstTest(part);
    if (test !== undefined) return test;
  }
  return undefined;
}

function testHolds(kind: string, test: PathTest, at: Found, spend: Spend): boolean {
  if (!at.exists) return kind === "absent" || kind === "notEquals";
  const { value } = at;
  switch (kind) {
    case "exists":
      return true;
    case "absent":
      return false;
    case "equals":
      return equalJson(value, (test as ValueTest).value, spend);
    case "notEquals":
      return !equalJson(value, (test as ValueTest).value, spend);
    case "lessThan":
      return isOrdered(value, (test as ValueTest).value, (order) => order < 0);
    case "atMost":
      return isOrdered(value, (test as ValueTest).value, (order) => order <= 0);
    case "greaterThan":
      return isOrdered(value, (test as ValueTest).value, (order) => order > 0);
    case "atLeast":
      return isOrdered(value, (test as ValueTest).value, (order) => order >= 0);
    case "in":
      return (test as ValuesTest).values.some((one) => equalJson(value, one, spend));
    case "contains":
      return contains(value, (test as ValueTest).value, spend);
    case "startsWith":
      return typeof value === "string" && value.startsWith((test as ValueTest).value as string);
    case "size":
      return isSized(value, test, spend);
    case "type":
      return typeOf(value) === (test as TypeTest).type;
    default:
      throw new Error(`No predicate named ${kind} is known.`);
  }
}

/** There is an order between two numbers and between two strings, and none otherwise. */
function isOrdered(a: Json, b: Json, agrees: (order: number) => boolean): boolean {
  if (typeof a === "number" && typeof b === "number") return agrees(Math.sign(a - b));
  return typeof a === "string" && typeof b === "string" && agrees(compareCodePoints(a, b));
}

function contains(value: Json, part: Json, spend: Spend): boolean {
  if (isList(value)) return indexOfEqual(value, part, spend) >= 0;
  if (typeof value !== "string" || typeof part !== "string") return false;
  // A long part is looked for unit by unit.
  spend(stepsOfText(4 * (value.length + part.length)));
  return containsText(value, part);
}

function isSized(value: Json, { atLeast = 0, atMost = Infinity }: SizeTest, spend: Spend): boolean {
  const size = sizeOf(value, spend);
  return size !== undefined && size >= atLeast && size <= atMost;
}

function sizeOf(value: Json, spend: Spend): number | undefined {
  if (isList(value)) return value.length;
  if (isObject(value)) {
    const { length } = Object.keys(value);
    spend(stepsOfMembers(length));
    return length;
  }
  if (typeof value !== "string") return undefined;
  spend(stepsOfText(value.length));
  return codePointCount(value);
}

function typeOf(value: Json): JsonType {
  if (value === null) return "NULL";
  if (isList(value)) return "LIST";
  if (isObject(value)) return "OBJECT";
  return typeof value === "boolean" ? "BOOLEAN" : typeof value === "number" ? "NUMBER" : "STRING";
}
