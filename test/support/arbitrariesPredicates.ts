/** Random predicates over a few records, whose values are often those that a state holds. */
import fc from "fast-check";
import type { Json, State } from "../../src/core/json";
import { lookup, type Path } from "../../src/core/path";
import type { JsonType, Predicate } from "../../src/core/predicates";
import { jsonNumber, jsonString, jsonValue, path, pathChoice, pathFrom, state, type PathChoice } from "./arbitraries";

export const RECORDS = ["0190a000-0000-7000-8000-000000000001", "0190a000-0000-7000-8000-000000000002"] as const;

const KINDS = [
  "exists",
  "absent",
  "equals",
  "notEquals",
  "lessThan",
  "atMost",
  "greaterThan",
  "atLeast",
  "in",
  "contains",
  "startsWith",
  "size",
  "type",
] as const;

const TYPES: readonly JsonType[] = ["NULL", "BOOLEAN", "NUMBER", "STRING", "LIST", "OBJECT"];

interface Choice {
  readonly kind: (typeof KINDS)[number];
  readonly path: Path | PathChoice;
  readonly record: string | undefined;
  readonly value: Json;
  readonly present: boolean;
  readonly number: number;
  readonly text: string;
  readonly size: { readonly atLeast?: number; readonly atMost?: number };
  readonly type: JsonType;
}

function choice(path: fc.Arbitrary<Path | PathChoice>): fc.Arbitrary<Choice> {
  const bound = fc.nat({ max: 4 });
  return fc.record({
    kind: fc.constantFrom(...KINDS),
    path,
    record: fc.option(fc.constantFrom(...RECORDS), { nil: undefined }),
    value: jsonValue,
    present: fc.boolean(),
    number: jsonNumber,
    text: jsonString,
    size: fc.oneof(
      fc.record({ atLeast: bound }),
      fc.record({ atMost: bound }),
      fc.record({ atLeast: bound, atMost: bound }),
    ),
    type: fc.constantFrom(...TYPES),
  });
}

/** The predicate that is meant; with states, at a path that is likely to be in the record, and with values from there. */
function leaf(chosen: Choice, read?: (record: string | undefined) => State): Predicate {
  const among = read?.(chosen.record);
  const at = Array.isArray(chosen.path) ? (chosen.path as Path) : pathFrom(chosen.path as PathChoice, among);
  const there = lookup(among, at);
  const near = chosen.present && there.exists ? there.value : chosen.value;
  const test = { path: at, ...(chosen.record === undefined ? {} : { record: chosen.record }) };
  switch (chosen.kind) {
    case "exists":
    case "absent":
      return { [chosen.kind]: test } as unknown as Predicate;
    case "lessThan":
    case "atMost":
    case "greaterThan":
    case "atLeast": {
      const value =
        typeof near === "number" || typeof near === "string" ? near : chosen.present ? chosen.number : chosen.text;
      return { [chosen.kind]: { ...test, value } } as unknown as Predicate;
    }
    case "in":
      return { in: { ...test, values: [chosen.value, near] } };
    case "contains": {
      if (Array.isArray(near) && near.length > 0) return { contains: { ...test, value: near[0] as Json } };
      return { contains: { ...test, value: typeof near === "string" ? ([...near].at(-1) ?? "") : near } };
    }
    case "startsWith":
      return {
        startsWith: { ...test, value: typeof near === "string" ? [...near].slice(0, 1).join("") : chosen.text },
      };
    case "size":
      return { size: { ...test, ...chosen.size } };
    case "type":
      return { type: { ...test, type: chosen.type } };
    default:
      return { [chosen.kind]: { ...test, value: near } } as unknown as Predicate;
  }
}

function combined(leaves: fc.Arbitrary<Predicate>): fc.Arbitrary<Predicate> {
  return fc.letrec<{ predicate: Predicate }>((tie) => ({
    predicate: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      { weight: 4, arbitrary: leaves },
      { weight: 1, arbitrary: fc.array(tie("predicate"), { maxLength: 3 }).map((all) => ({ all })) },
      { weight: 1, arbitrary: fc.array(tie("predicate"), { maxLength: 3 }).map((any) => ({ any })) },
      { weight: 1, arbitrary: tie("predicate").map((not) => ({ not })) },
    ),
  })).predicate;
}

/** Any predicate, about nothing in particular. */
export const predicate: fc.Arbitrary<Predicate> = combined(choice(path).map((chosen) => leaf(chosen)));

/** States of the operation's own record and of the others, and predicates about them. */
export const judged: fc.Arbitrary<{ read: (record: string | undefined) => State; predicates: Predicate[] }> = fc
  .tuple(state, state, state)
  .chain(([own, first, second]) => {
    const read = (record: string | undefined): State =>
      record === undefined ? own : record === RECORDS[0] ? first : record === RECORDS[1] ? second : undefined;
    const about = combined(choice(pathChoice).map((chosen) => leaf(chosen, read)));
    return fc.array(about, { maxLength: 3 }).map((predicates) => ({ read, predicates }));
  });
