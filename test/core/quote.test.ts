import fc from "fast-check";
import { InvalidInput } from "../../src/core/errors";
import { quoted, sentence, shortMessage, shortPlace } from "../../src/core/quote";
import { textProblem } from "../../src/core/text";
import { check } from "../support/arbitraries";

test("what is short is quoted as it is", () => {
  expect(quoted('a "b"\n')).toBe('"a \\"b\\"\\n"');
  expect(quoted("x".repeat(100))).toBe(`"${"x".repeat(100)}"`);
});

test("what is long is cut, with an ellipsis, and never within a character", () => {
  expect(quoted("x".repeat(101))).toBe(`"${"x".repeat(99)}…"`);
  expect(quoted(`${"x".repeat(98)}😀😀`)).toBe(`"${"x".repeat(98)}…"`);
  check(
    fc.property(fc.string({ unit: "grapheme", minLength: 60, maxLength: 300 }), (text) => {
      const told = JSON.parse(quoted(text)) as string;
      expect(told.length).toBeLessThanOrEqual(100);
      if (textProblem(text) === null) expect(textProblem(told)).toBeNull();
      if (told !== text) expect(text.startsWith(told.slice(0, -1))).toBe(true);
    }),
  );
});

test("a message of others becomes a sentence", () => {
  expect(sentence("int cannot represent that")).toBe("Int cannot represent that.");
  expect(sentence("Did you mean it?")).toBe("Did you mean it?");
  expect(sentence("x".repeat(1_000))).toBe(`X${"x".repeat(498)}…`);
  expect(shortMessage("as it is")).toBe("as it is");
});

test("an error tells neither a long message nor a long place", () => {
  const error = new InvalidInput("m".repeat(10_000), ["operations", 3, "k".repeat(10_000)]);
  expect(error.message).toBe(`${"m".repeat(499)}…`);
  expect(error.inputPath).toEqual(["operations", 3, `${"k".repeat(99)}…`]);
  expect(shortPlace(["a", 0])).toEqual(["a", 0]);
});
