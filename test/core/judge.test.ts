import fc from "fast-check";
import { firstFailure, holds } from "../../src/core/judge";
import type { Json, State } from "../../src/core/json";
import { lookup } from "../../src/core/path";
import type { Predicate } from "../../src/core/predicates";
import { check, PROPERTY_RUNS } from "../support/arbitraries";
import { judged, RECORDS } from "../support/arbitrariesPredicates";

const state = {
  n: 5,
  s: "a😀b",
  list: [1, { x: 1 }, "1"],
  object: { a: 1, b: 2 },
  yes: true,
  nothing: null,
  empty: "",
};
const read = (record: string | undefined): State => (record === undefined ? state : { other: 1 });

describe("holds", () => {
  const path = (...steps: (string | number)[]) => ({ path: steps });
  it.each<[Predicate, boolean]>([
    [{ exists: path("n") }, true],
    [{ exists: path("nothing") }, true],
    [{ exists: path("toString") }, false],
    [{ absent: path("n") }, false],
    [{ absent: path("list", 3) }, true],
    [{ equals: { ...path("object"), value: { b: 2, a: 1 } } }, true],
    [{ equals: { ...path("n"), value: "5" } }, false],
    [{ equals: { ...path("nothing"), value: null } }, true],
    [{ equals: { ...path("missing"), value: null } }, false],
    [{ notEquals: { ...path("n"), value: 5 } }, false],
    [{ notEquals: { ...path("n"), value: 6 } }, true],
    [{ notEquals: { ...path("missing"), value: null } }, true],
    [{ lessThan: { ...path("n"), value: 5 } }, false],
    [{ lessThan: { ...path("n"), value: 5.5 } }, true],
    [{ atMost: { ...path("n"), value: 5 } }, true],
    [{ atMost: { ...path("n"), value: 4 } }, false],
    [{ greaterThan: { ...path("n"), value: 5 } }, false],
    [{ greaterThan: { ...path("n"), value: -5 } }, true],
    [{ atLeast: { ...path("n"), value: 5 } }, true],
    [{ atLeast: { ...path("n"), value: 6 } }, false],
    [{ lessThan: { ...path("s"), value: "b" } }, true],
    [{ greaterThan: { ...path("s"), value: "a\uffff" } }, true],
    [{ atLeast: { ...path("s"), value: "a😀b" } }, true],
    [{ atMost: { ...path("n"), value: "9" } }, false],
    [{ greaterThan: { ...path("yes"), value: false } }, false],
    [{ atLeast: { ...path("nothing"), value: null } }, false],
    [{ atMost: { ...path("list"), value: [1, { x: 1 }, "1"] } }, false],
    [{ lessThan: { ...path("missing"), value: 1 } }, false],
    [{ in: { ...path("n"), values: [4, 5] } }, true],
    [{ in: { ...path("n"), values: [4, "5"] } }, false],
    [{ in: { ...path("n"), values: [] } }, false],
    [{ in: { ...path("missing"), values: [null] } }, false],
    [{ contains: { ...path("list"), value: { x: 1 } } }, true],
    [{ contains: { ...path("list"), value: { x: 2 } } }, false],
    [{ contains: { ...path("s"), value: "😀" } }, true],
    [{ contains: { ...path("s"), value: "" } }, true],
    [{ contains: { ...path("s"), value: "ba" } }, false],
    [{ contains: { ...path("s"), value: 1 } }, false],
    [{ contains: { ...path("n"), value: 5 } }, false],
    [{ contains: { ...path("object"), value: 1 } }, false],
    [{ startsWith: { ...path("s"), value: "a😀" } }, true],
    [{ startsWith: { ...path("s"), value: "😀" } }, false],
    [{ startsWith: { ...path("n"), value: "5" } }, false],
    [{ startsWith: { ...path("list"), value: "" } }, false],
    [{ size: { ...path("s"), atLeast: 3, atMost: 3 } }, true],
    [{ size: { ...path("s"), atLeast: 4 } }, false],
    [{ size: { ...path("list"), atMost: 2 } }, false],
    [{ size: { ...path("list"), atLeast: 3 } }, true],
    [{ size: { ...path("object"), atLeast: 2, atMost: 2 } }, true],
    [{ size: { ...path("empty"), atMost: 0 } }, true],
    [{ size: { ...path("n"), atLeast: 0 } }, false],
    [{ size: { ...path("nothing"), atMost: 5 } }, false],
    [{ type: { ...path("n"), type: "NUMBER" } }, true],
    [{ type: { ...path("s"), type: "STRING" } }, true],
    [{ type: { ...path("list"), type: "LIST" } }, true],
    [{ type: { ...path("list"), type: "OBJECT" } }, false],
    [{ type: { ...path("object"), type: "OBJECT" } }, true],
    [{ type: { ...path("yes"), type: "BOOLEAN" } }, true],
    [{ type: { ...path("nothing"), type: "NULL" } }, true],
    [{ type: { ...path("missing"), type: "NULL" } }, false],
    [{ all: [] }, true],
    [{ any: [] }, false],
    [{ not: { any: [] } }, true],
    [{ all: [{ exists: path("n") }, { exists: path("x") }] }, false],
    [{ any: [{ exists: path("x") }, { exists: path("n") }] }, true],
    [{ exists: { ...path("other"), record: RECORDS[0] } }, true],
    [{ exists: { ...path("n"), record: RECORDS[0] } }, false],
  ])("%j: %p", (predicate, expected) => {
    expect(holds(predicate, read)).toBe(expected);
    expect(firstFailure([predicate], read) === null).toBe(expected);
  });

  it("is never silent about a test that it does not know", () => {
    expect(() => holds({ like: { path: ["n"] } } as unknown as Predicate, read)).toThrow(
      "No predicate named like is known.",
    );
  });
});

/** Semantics §4 once more, on JSON text and spread strings. */
function naive(predicate: Predicate, read: (record: string | undefined) => State): boolean {
  const [kind, test] = Object.entries(predicate)[0] as [string, never];
  if (kind === "not") return !naive(test, read);
  if (kind === "all") return !(test as Predicate[]).map((part) => naive(part, read)).includes(false);
  if (kind === "any") return (test as Predicate[]).map((part) => naive(part, read)).includes(true);
  const { path, record, value, values, atLeast, atMost, type } = test as {
    path: (string | number)[];
    record?: string;
    value: Json;
    values: Json[];
    atLeast?: number;
    atMost?: number;
    type: string;
  };
  let at: Json | undefined = read(record);
  for (const step of path) {
    const fits: boolean =
      typeof step === "number" ? Array.isArray(at) : typeof at === "object" && at !== null && !Array.isArray(at);
    at = fits && Object.hasOwn(at as object, step) ? (at as Record<string | number, Json>)[step] : undefined;
  }
  const text = (json: Json): string =>
    JSON.stringify(json, (_name, member: Json) =>
      typeof member === "object" && member !== null && !Array.isArray(member)
        ? ["object", ...Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))]
        : Array.isArray(member)
          ? ["list", ...(member as Json[])]
          : member,
    );
  const points = (string: string): number[] => [...string].map((point) => point.codePointAt(0)!);
  const order = (a: Json, b: Json): number | undefined => {
    if (typeof a === "number" && typeof b === "number") return a < b ? -1 : a > b ? 1 : 0;
    if (typeof a !== "string" || typeof b !== "string") return undefined;
    const [left, right] = [points(a), points(b)];
    const index = left.findIndex((point, position) => point !== right[position]);
    if (index === -1) return left.length === right.length ? 0 : -1;
    return right[index] === undefined || left[index]! > right[index] ? 1 : -1;
  };
  if (at === undefined) return kind === "absent" || kind === "notEquals";
  const ordered = order(at, value ?? null);
  const list = Array.isArray(at) ? (at as Json[]) : undefined;
  const size =
    list?.length ??
    (typeof at === "string" ? [...at].length : typeof at === "object" && at ? Object.keys(at).length : -1);
  const name = at === null ? "NULL" : list ? "LIST" : (typeof at).toUpperCase();
  const results: Record<string, () => boolean> = {
    exists: () => true,
    absent: () => false,
    equals: () => text(at) === text(value),
    notEquals: () => text(at) !== text(value),
    lessThan: () => ordered === -1,
    atMost: () => ordered === -1 || ordered === 0,
    greaterThan: () => ordered === 1,
    atLeast: () => ordered === 1 || ordered === 0,
    in: () => values.map(text).includes(text(at)),
    contains: () =>
      (list
        ? list.map(text).includes(text(value))
        : typeof at === "string" && typeof value === "string" && at.split(value).length > 1) ||
      (at === "" && value === ""),
    startsWith: () => typeof at === "string" && at.slice(0, (value as string).length) === value,
    size: () => size >= 0 && size >= (atLeast ?? 0) && size <= (atMost ?? size),
    type: () => name === type,
  };
  return results[kind]!();
}

it("agrees with the naive evaluator", () => {
  const seen = { true: 0, false: 0 };
  check(
    fc.property(judged, ({ read, predicates }) => {
      for (const predicate of predicates) {
        const expected = naive(predicate, read);
        seen[`${expected}`] += 1;
        expect(holds(predicate, read)).toBe(expected);
      }
    }),
    6,
  );
  expect(Math.min(seen.true, seen.false)).toBeGreaterThan(PROPERTY_RUNS / 4);
});

describe("firstFailure", () => {
  it("is null exactly where all hold, else names a false predicate and what stands where it looked", () => {
    check(
      fc.property(judged, ({ read, predicates }) => {
        const failure = firstFailure(predicates, read);
        expect(failure === null).toBe(predicates.every((predicate) => holds(predicate, read)));
        if (failure === null) return;
        expect(holds(failure.predicate, read)).toBe(false);
        expect(failure.actual).toEqual(lookup(read(failure.record), failure.path));
      }),
      3,
    );
  });

  const no = (name: string): Predicate => ({ exists: { path: [name] } });
  const yes: Predicate = { exists: { path: ["n"] } };

  it("names the first one that is false", () => {
    expect(firstFailure([yes, no("x"), no("y")], read)).toEqual({
      predicate: no("x"),
      record: undefined,
      path: ["x"],
      actual: { exists: false },
    });
  });

  it("goes into conjunctions", () => {
    expect(firstFailure([{ all: [yes, { all: [no("x")] }] }], read)?.predicate).toEqual(no("x"));
  });

  it("takes an any or a not as a whole, with the place of its first test", () => {
    const any: Predicate = { any: [{ all: [], ...{} }, no("x")] };
    expect(firstFailure([{ not: any }], read)).toEqual({
      predicate: { not: any },
      record: undefined,
      path: ["x"],
      actual: { exists: false },
    });
    const record = RECORDS[0];
    const not: Predicate = { not: { any: [{ equals: { path: ["other"], value: 1, record } }, yes] } };
    expect(firstFailure([not], read)).toEqual({
      predicate: not,
      record,
      path: ["other"],
      actual: { exists: true, value: 1 },
    });
    expect(firstFailure([{ not: { all: [yes] } }], read)).toMatchObject({
      path: ["n"],
      actual: { exists: true, value: 5 },
    });
  });

  it("looks at the whole record where there is no test at all", () => {
    expect(firstFailure([{ any: [] }], read)).toEqual({
      predicate: { any: [] },
      record: undefined,
      path: [],
      actual: { exists: true, value: state },
    });
  });
});
