import fc from "fast-check";
import { codePointCount, offsetAfter, textProblem } from "../../src/core/text";
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
