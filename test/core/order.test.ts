import fc from "fast-check";
import { ABSENT, found, type Found, type Json } from "../../src/core/json";
import { compareCodePoints, compareFound } from "../../src/core/order";
import { check, jsonString, jsonValue } from "../support/arbitraries";

const anything: fc.Arbitrary<Found> = fc.option(jsonValue.map(found), { nil: ABSENT });

describe("compareCodePoints", () => {
  it("orders by code point, where UTF-16 would not", () => {
    const sorted = [
      "",
      "a",
      "ab",
      "b",
      "é",
      "\ud7ff",
      "\ue000",
      "\uffff",
      "\u{10000}",
      "\u{103fe}",
      "\u{103ff}",
      "😀",
      "😀a",
      "😁",
      "\u{10ffff}",
    ];
    expect(sorted.toReversed().sort(compareCodePoints)).toEqual(sorted);
    expect("😀" < "\uffff").toBe(true);
    expect(compareCodePoints("😀", "\uffff")).toBeGreaterThan(0);
    expect(compareCodePoints("ab", "ab")).toBe(0);
  });

  it("is the order of UTF-8 bytes", () => {
    check(
      fc.property(jsonString, jsonString, (a, b) => {
        expect(Math.sign(compareCodePoints(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      2,
    );
  });
});

describe("compareFound", () => {
  const ranks: Found[] = [
    ABSENT,
    ...([null, false, true, -1e308, -1, 0, 5e-324, 0.5, 1e308, "", "a", "😀", [], {}] as Json[]).map(found),
  ];

  it("orders everything", () => {
    for (const [index, a] of ranks.entries()) {
      for (const [other, b] of ranks.entries()) {
        expect(Math.sign(compareFound(a, b))).toBe(Math.sign(index - other));
      }
    }
  });

  it("takes two lists for equal, and two objects", () => {
    expect(compareFound(found([1]), found([2, 3]))).toBe(0);
    expect(compareFound(found({ a: 1 }), found({}))).toBe(0);
  });

  it("is antisymmetric and transitive", () => {
    check(
      fc.property(anything, anything, anything, (a, b, c) => {
        expect(Math.sign(compareFound(a, b)) + Math.sign(compareFound(b, a))).toBe(0);
        if (compareFound(a, b) <= 0 && compareFound(b, c) <= 0) expect(compareFound(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
});
