import fc from "fast-check";
import { InvalidInput } from "../../src/core/errors";
import { linearPattern } from "../../src/core/linearPattern";
import { check } from "../support/arbitraries";
import { errorOf } from "../support/errorOf";

const at = ["schema", "pattern"];

/** What patterns are tried on: characters that engines see in different ways. */
const TEXTS = [
  ..."abzABZ09_-/.[]:^$\\ \t\n\v\f\r\b\0\x01\x1f\x7f\x80\x85\xa0éßж\u1680\u180e\u2000\u200a\u200b\u2028\u2029\u202f\u205f\u3000\ufeff\uffff",
  ..."😀𝔸\u{10ffff}",
  "",
  "ab",
  "abab",
  "a\n",
  "\na",
  "a b",
  "😀😀",
  "a.b-c_d",
];

function sameAsNative(pattern: string): void {
  const native = new RegExp(pattern, "u");
  const linear = linearPattern(pattern, at);
  for (const text of TEXTS) expect([pattern, text, linear.test(text)]).toEqual([pattern, text, native.test(text)]);
}

it.each([
  ["^.$", "^..$", ".", "^[^]$", "[]", "a[]|b", "x*"],
  ["\\s", "^\\s$", "\\S", "^\\S$", "[\\s]", "[^\\s]", "[\\S]", "[^\\S]", "[\\S\\n]", "[\\sa]", "[a\\s-]"],
  ["\\d", "\\D", "[\\d-]", "\\w", "\\W", "[^\\w]", "\\b", "\\Ba", "a\\b", "[\\b]"],
  ["\\u00e9", "\\u{1F600}", "\\ud83d\\ude00", "[\\ud83d\\ude00]", "[\\u{1F600}-\\u{1F64F}]", "\\xe9", "\\x41", "\\0"],
  ["\\cA", "\\cZ", "\\cz", "[\\cA-\\c_]".replace("\\c_", "\\cZ"), "\\t\\n?", "\\v", "\\f", "\\r"],
  ["\\/", "\\.", "\\^", "\\$", "\\\\", "\\[", "\\]", "[\\]]", "[\\[]", "[[]", "[.]", "[$^]", "[\\-a]", "[a-]", "[:a]"],
  ["[a-c]", "[^a-c]", "[^^]", "^[A-Za-z0-9_.-]+$", "[[:a]", "[[a]", "[[.a.]"],
  ["\\p{L}", "\\P{L}", "\\p{Lu}", "\\p{gc=Lu}", "\\p{General_Category=Nd}", "\\p{Script=Greek}", "\\p{sc=Cyrillic}"],
  ["[\\p{L}\\d]", "[^\\p{L}]", "a|b|", "(a)(b)", "(?:ab)+", "(?<n>a)b", "(?<$n>a)", "a{2}", "a{1,}", "(?:a|b){0,3}c?"],
  ["a??", "a*?b", "^$", "$^", "^a$", "^(?:a+)+$", "a$\\n?"],
])("finds what ECMAScript finds: %s, …", (...patterns) => {
  patterns.forEach(sameAsNative);
});

it("finds what ECMAScript finds with patterns of any parts", () => {
  const atom = fc.constantFrom(
    "a",
    ".",
    "\\s",
    "\\S",
    "\\w",
    "\\D",
    "[^a]",
    "[\\s\\d]",
    "[\\S]",
    "\\u{1F600}",
    "\\n",
    "é",
    "[[]",
  );
  const part = fc.tuple(atom, fc.constantFrom("", "*", "+?", "?", "{2}")).map((both) => both.join(""));
  const pattern = fc
    .tuple(
      fc.constantFrom("", "^"),
      fc.array(part, { maxLength: 4 }),
      fc.constantFrom("", "$"),
      fc.array(part, { maxLength: 2 }),
    )
    .map(
      ([start, first, end, second]) =>
        `${start}${first.join("")}${end}${second.length > 0 ? `|${second.join("")}` : ""}`,
    );
  check(fc.property(pattern, sameAsNative));
});

it.each([
  ["(", "Unterminated group"],
  ["\\-", "Invalid escape"],
  ["(?i)a", ""],
  ["\\pL", ""],
  ["\\Qa\\E", ""],
  ["[[:alpha:]]", ""],
  ["(?=a)", "unsupported"],
  ["(?!a)b", "unsupported"],
  ["(?<=a)b", ""],
  ["(a)\\1", "invalid escape sequence"],
  ["(?<n>a)\\k<n>", "invalid escape sequence"],
  ["a{1001}", "invalid repeat count"],
  ["(?:a{1000}){1000}", ""],
  ["\\p{RGI_Emoji}", ""],
  ["[a", ""],
])("refuses %s", (pattern, reason) => {
  const error = errorOf(InvalidInput, () => linearPattern(pattern, at));
  expect(error.inputPath).toEqual(at);
  expect(error.message).toContain(`The pattern ${JSON.stringify(pattern)} cannot be used: `);
  expect(error.message).toContain(reason);
});

it.each(["^(a+)+$", "^(a|a)*$", "^(a*)*b$", "(.*)(.*)(.*)(.*)(.*)[^a!]"])("%s takes no time without end", (pattern) => {
  expect(linearPattern(pattern, at).test(`${"a".repeat(50_000)}!`)).toBe(false);
});

it("tells how large its program is", () => {
  expect(linearPattern("a", at).size).toBeLessThan(10);
  expect(linearPattern("a{1000}", at).size).toBeGreaterThanOrEqual(1000);
});
