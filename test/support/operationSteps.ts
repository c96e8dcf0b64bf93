/** Random operations on three records, such that many of them do not fit together. */
import fc from "fast-check";
import type { Antichain } from "../../src/core/antichain";
import type { RecordId } from "../../src/core/ids";
import { isList, isObject, type Json, type JsonObject, type State } from "../../src/core/json";
import { applyOperation, refusalOf, type Effect } from "../../src/core/operation";
import { lookup, type Path } from "../../src/core/path";
import type { Predicate } from "../../src/core/predicates";
import type { History } from "./histories";

export const RECORDS: readonly RecordId[] = ["r1", "r2", "r3"];

/** What a record starts with. */
export const START: JsonObject = { n: 3, list: [1, 2, 3], text: "abc", o: { a: 1, b: { c: 2 } } };

/** What to do, whatever the state turns out to be. */
export interface OperationStep {
  readonly record: number;
  readonly kind: number;
  readonly value: number;
  readonly predicates: readonly { readonly kind: number; readonly pick: number; readonly other: boolean }[];
}

export const operationStep: fc.Arbitrary<OperationStep> = fc.record({
  record: fc.nat({ max: RECORDS.length - 1 }),
  kind: fc.nat({ max: 23 }),
  value: fc.nat({ max: 5 }),
  predicates: fc.array(
    fc.record({
      kind: fc.oneof({ weight: 1, arbitrary: fc.constant(1) }, { weight: 2, arbitrary: fc.nat({ max: 8 }) }),
      // Mostly of the counter, and with some room, on which many write at once.
      pick: fc.oneof(
        { weight: 2, arbitrary: fc.constantFrom(0, 9, 18, 27) },
        { weight: 1, arbitrary: fc.nat({ max: 20 }) },
      ),
      other: fc.boolean(),
    }),
    {
      maxLength: 2,
    },
  ),
});

export type Proposed = Effect & { record: RecordId; predicates: readonly Predicate[] };

/** The operations of a step that are admitted on a version: they hold, and so do their predicates. */
export function admitted(
  history: History,
  parents: Antichain,
  steps: readonly OperationStep[],
  records: readonly RecordId[] = RECORDS,
): Proposed[] {
  const states = new Map(records.map((record) => [record, history.state(parents, record)]));
  const result: Proposed[] = [];
  for (const one of steps) {
    const record = records[one.record]!;
    const state = states.get(record);
    const effect = effectOf(one, state);
    if (refusalOf(state, effect) !== null) continue;
    const predicates = one.predicates.map(({ kind, pick, other }): Predicate => {
      const target = other ? records[(one.record + 1) % records.length]! : record;
      if (kind === 8) return withRecord({ version: { heads: history.heads(parents, target) } }, other, target);
      return withRecord(predicateOf(kind, pick, states.get(target)), other, target);
    });
    result.push({ ...effect, record, predicates });
    states.set(record, applyOperation(state, effect));
  }
  return result;
}

function withRecord(predicate: Predicate, other: boolean, record: RecordId): Predicate {
  if (!other) return predicate;
  if ("not" in predicate) return { not: withRecord(predicate.not, other, record) };
  if ("any" in predicate) return { any: predicate.any.map((part) => withRecord(part, other, record)) };
  if ("all" in predicate) return { all: predicate.all.map((part) => withRecord(part, other, record)) };
  const [[kind, test]] = Object.entries(predicate) as [[string, object]];
  return { [kind]: { ...test, record } } as unknown as Predicate;
}

const PATHS: readonly Path[] = [
  ["n"],
  ["list"],
  ["list", 0],
  ["list", 1],
  ["text"],
  ["o"],
  ["o", "a"],
  ["o", "b", "c"],
  [],
];

/** A predicate that is true in a state. */
function predicateOf(kind: number, pick: number, state: State): Predicate {
  const path = PATHS[pick % PATHS.length]!;
  const at = lookup(state, path);
  if (kind === 7) return { unchanged: { path } };
  if (!at.exists) return kind % 2 === 0 ? { absent: { path } } : { not: { exists: { path } } };
  const { value } = at;
  if (kind === 0) return { exists: { path } };
  if (kind === 1 && typeof value === "number") return { atLeast: { path, value: value - (pick % 4) } };
  if (kind === 2 && typeof value === "number") return { all: [{ atMost: { path, value: value + (pick % 4) } }] };
  if (kind === 3 && isList(value) && value.length > 0)
    return { contains: { path, value: value[pick % value.length]! } };
  if (kind === 4 && isList(value)) return { size: { path, atMost: value.length + (pick % 2) } };
  if (kind === 5) return { any: [{ equals: { path, value } }, { absent: { path } }] };
  if (kind === 6 && isObject(value)) return { type: { path, type: "OBJECT" } };
  return { equals: { path, value } };
}

function effectOf({ kind, value }: OperationStep, state: State): Effect {
  const put = (path: Path, put: Json): Effect => ({ path, operation: "put", parameters: { value: put } });
  const list = lookup(state, ["list"]);
  const length = list.exists && isList(list.value) ? list.value.length : 0;
  switch (state === undefined && kind % 2 === 0 ? 12 : kind) {
    case 0:
    case 1:
    case 2:
      return { path: ["n"], operation: "increment", parameters: { by: [-1, -1, -2, -4, 1, 2][value]! } };
    case 3:
      return put(["o", "a"], value);
    case 4:
      return put(["o", "b", "c"], value);
    case 5:
      return put(["o", "b"], { c: value });
    case 6:
      return put(["o"], { a: value, b: {} });
    case 7:
      return put(["list", value % 4], value);
    case 8:
      return { path: ["o", value % 2 === 0 ? "a" : "b"], operation: "remove", parameters: {} };
    case 9:
      return { path: ["list", value % 3], operation: "remove", parameters: {} };
    case 10:
      return value === 0 ? { path: [], operation: "remove", parameters: {} } : put(["text"], "xyz");
    case 11:
      return {
        path: ["list"],
        operation: "splice",
        parameters: { index: Math.min(value, length), remove: 0, insert: [value] },
      };
    case 12:
      return {
        path: [],
        operation: "create",
        parameters: { value: { n: value, list: [value], text: "t", o: { a: 0 } } },
      };
    case 13:
    case 14:
      return { path: ["list"], operation: "add", parameters: { value } };
    case 15:
      return { path: ["list"], operation: "discard", parameters: { value } };
    case 16:
      return { path: ["text"], operation: "edit", parameters: { index: value % 3, remove: 1, insert: "é" } };
    case 17:
      return { path: ["n"], operation: value % 2 === 0 ? "max" : "min", parameters: { value } };
    case 18:
      return { path: [], operation: "assign", parameters: { value: { n: value, text: null } } };
    case 19:
      return { path: ["o"], operation: "assign", parameters: { value: { a: value, d: { e: value } } } };
    case 20:
      return put([], { n: value, list: [], text: "", o: { b: { c: 0 } } });
    case 21:
      return put(["o", "d"], value);
    default:
      return put(["n"], value);
  }
}
