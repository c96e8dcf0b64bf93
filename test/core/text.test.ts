import fc from "fast-check";
import { codePointCount, containsText, offsetAfter, textProblem } from "../../src/core/text";
import { check, jsonString } from "../support/arbitraries";

it("finds what cannot be stored", () => {
  expect(textProblem("")).toBeNull();
  expect(textProblem("a😀\u0001\uffff\ue000\ud7ff")).toBeNull();
  expect(textProblem("a\0")).toBe("holds the character U+0000");
  for (const text of ["\ud800", "\udbff", "\udc00", "\udfff", "\ud83da", "\ude00\ud83d", "😀\ud83d"]) {
    expect(textProblem(text)).toBe("holds a lone surrogate");
  }
});

it("counts code points", () => {
  expect(codePointCount("a😀é")).toBe(3);
  expect(codePointCount("\u{10000}\u{10ffff}\ud7ff\ue000")).toBe(4);
  check(fc.property(jsonString, (text) => expect(codePointCount(text)).toBe([...text].length)));
});

it("finds the offset of a code point, and none past the end", () => {
  expect(offsetAfter("a😀b", 2)).toBe(3);
  expect(offsetAfter("a😀b", 1, 1)).toBe(3);
  expect(offsetAfter("a😀b", 3)).toBe(4);
  expect(offsetAfter("a😀b", 4)).toBeUndefined();
  expect(offsetAfter("a", Number.MAX_SAFE_INTEGER)).toBeUndefined();
  check(
    fc.property(jsonString, fc.nat({ max: 8 }), fc.nat({ max: 4 }), (text, count, skip) => {
      const points = [...text];
      const from = points.slice(0, skip).join("").length;
      const rest = points.slice(skip);
      const expected = count <= rest.length ? from + rest.slice(0, count).join("").length : undefined;
      expect(offsetAfter(text, count, from)).toBe(expected);
    }),
    2,
  );
});

describe("a part of a text", () => {
  const periodic = fc.tuple(fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 6 }), fc.nat({ max: 200 }));
  const repeated = fc
    .array(periodic, { maxLength: 4 })
    .map((runs) => runs.map(([run, times]) => run.repeat(times)).join(""));

  it("is found where it is, short or long", () => {
    const found = { yes: 0, no: 0 };
    check(
      fc.property(repeated, repeated, fc.boolean(), fc.nat(), fc.nat(), (text, other, cut, from, length) => {
        const part = cut ? text.slice(from % (text.length + 1)).slice(0, length % (text.length + 1)) : other;
        const expected = text.includes(part);
        expect(containsText(text, part)).toBe(expected);
        if (part.length >= 250) found[expected ? "yes" : "no"] += 1;
      }),
      4,
    );
    expect(found.yes).toBeGreaterThan(0);
    expect(found.no).toBeGreaterThan(0);
  });

  it("is looked for in a time that does not grow with the product of the lengths", () => {
    // Engines' own search takes minutes for this.
    const half = "a".repeat(250_000);
    expect(containsText("a".repeat(1_000_000), `${half}b${half}`)).toBe(false);
    expect(containsText(`${"a".repeat(1_000_000)}b${half}`, `${half}b${half}`)).toBe(true);
  });
});
