import fc from "fast-check";
import { equalJson } from "../../src/core/equality";
import { canonicalJson } from "../../src/core/canonical";
import type { Json, JsonObject } from "../../src/core/json";
import { check, jsonValue, resembling } from "../support/arbitraries";

const json = (text: string): Json => JSON.parse(text) as Json;

it.each<[Json, Json]>([
  [1, 1.0],
  [0, -0],
  [
    { a: 1, b: 2 },
    { b: 2, a: 1 },
  ],
  [
    [1, [2, {}]],
    [1, [2, {}]],
  ],
  [json('{"__proto__": [1]}'), json('{"__proto__": [1]}')],
  [{ constructor: { a: 1 } }, { constructor: { a: 1 } }],
])("%j equals %j", (a, b) => {
  expect(equalJson(a, b)).toBe(true);
  expect(equalJson(b, a)).toBe(true);
});

it.each<[Json, Json]>([
  [1, "1"],
  [null, false],
  [null, {}],
  [{}, []],
  [[], {}],
  [
    [1, 2],
    [2, 1],
  ],
  [[1], [1, 2]],
  [{ a: 1 }, { a: 1, b: 1 }],
  [
    { a: 1, b: 1 },
    { a: 1, c: 1 },
  ],
  [{ 0: 1 }, [1]],
  [{}, json('{"__proto__": {}}')],
  [{ toString: null }, { valueOf: null }],
])("%j differs from %j", (a, b) => {
  expect(equalJson(a, b)).toBe(false);
  expect(equalJson(b, a)).toBe(false);
});

it("is what canonical JSON says", () => {
  check(
    fc.property(
      jsonValue.chain((value) => fc.tuple(fc.constant(value), resembling(value))),
      ([a, b]) => {
        expect(equalJson(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
        expect(equalJson(b, a)).toBe(equalJson(a, b));
      },
    ),
    2,
  );
});

it("does not see the order of members, at any depth", () => {
  const shuffled = (value: Json): Json => {
    if (Array.isArray(value)) return (value as Json[]).map(shuffled);
    if (typeof value !== "object" || value === null) return value;
    const members = Object.entries(value as JsonObject).reverse();
    return Object.fromEntries(members.map(([name, member]) => [name, shuffled(member)]));
  };
  check(fc.property(jsonValue, (value) => expect(equalJson(value, shuffled(value))).toBe(true)));
});
