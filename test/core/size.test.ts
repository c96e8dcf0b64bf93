import fc from "fast-check";
import type { Json } from "../../src/core/json";
import { jsonBytes, jsonDepth, roughBytes, jsonScalarBytes, jsonStringBytes } from "../../src/core/size";
import { check, jsonString, jsonValue } from "../support/arbitraries";

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

it("counts every character of a string as JSON writes it", () => {
  for (let code = 0; code < 0x900; code++) {
    const character = String.fromCharCode(code);
    expect([code, jsonStringBytes(character)]).toEqual([code, bytes(character)]);
  }
  for (const text of ["\ud7ff", "\ue000", "\uffff", "😀", "\u{10000}", "\u{103ff}", "\u{10ffff}", 'a"\\\n😀'])
    expect(jsonStringBytes(text)).toBe(bytes(text));
  check(fc.property(jsonString, (text) => expect(jsonStringBytes(text)).toBe(bytes(text))));
});

it("counts scalars", () => {
  for (const scalar of [null, true, false, 0, -1.5, 1e21, 5e-324]) expect(jsonScalarBytes(scalar)).toBe(bytes(scalar));
});

it("counts the bytes of compact JSON in UTF-8", () => {
  check(
    fc.property(jsonValue, (value) => expect(jsonBytes(value)).toBe(bytes(value))),
    2,
  );
});

it("tells about the memory of a value, within small factors of its JSON", () => {
  check(
    fc.property(jsonValue, (value) => {
      const counted = roughBytes(value);
      expect(counted).toBeGreaterThanOrEqual(bytes(value) / 6);
      expect(counted).toBeLessThanOrEqual(bytes(value) * 16);
    }),
    2,
  );
});

it("may stop once it has counted enough", () => {
  check(
    fc.property(jsonValue, fc.nat({ max: 60 }), (value, enough) => {
      const counted = jsonBytes(value, enough);
      expect(counted).toBeLessThanOrEqual(bytes(value));
      if (counted !== bytes(value)) expect(counted).toBeGreaterThan(enough);
    }),
    2,
  );
});

it("reads little more than it must", () => {
  let read = 0;
  const counted = (length: number): Json[] =>
    Array.from({ length }, () => ({
      get a() {
        return (read += 1);
      },
    }));
  const reads = (value: Json, enough: number): number => {
    read = 0;
    jsonBytes(value, enough);
    return read;
  };
  const long = "x".repeat(1000);
  expect(reads(counted(1000), 1100)).toBeLessThan(50);
  expect(reads({ long, members: Object.fromEntries(counted(1000).entries()) }, 2200)).toBeLessThan(300);
  expect(reads([long, counted(500)], 1600)).toBeLessThan(50);
  expect(reads({ long, list: counted(500) }, 1600)).toBeLessThan(50);
  expect(reads({ first: long, second: { get b() { return (read += 1); } } }, 500)).toBe(0); // prettier-ignore
});

it("tells how deep a value is nested, and may stop once it is deep enough", () => {
  const levels = (value: Json): number =>
    typeof value === "object" && value !== null
      ? 1 + Object.values(value).reduce<number>((most, member) => Math.max(most, levels(member)), 0)
      : 0;
  expect([jsonDepth(1), jsonDepth({}), jsonDepth([]), jsonDepth([1, { a: [] }, 2])]).toEqual([0, 1, 1, 3]);
  check(
    fc.property(jsonValue, fc.nat({ max: 4 }), (value, enough) => {
      const depth = levels(value);
      expect(jsonDepth(value)).toBe(depth);
      expect(jsonDepth(value, enough) > enough).toBe(depth > enough);
    }),
    2,
  );
});
