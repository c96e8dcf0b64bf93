/** The plan of tests names files and tests that are there: docs/semantics-tests.md. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

const plan = readFileSync(path.join(__dirname, "../docs/semantics-tests.md"), "utf8");
/** Number, sentence, and what notices. */
const rows = [...plan.matchAll(/^\| (\d+\.\d+) +\| (.+?) +\| (.+?) +\|$/gm)].map(([, number, , noticed]) => ({
  number: number!,
  noticed: noticed!,
}));
/** `file`: words of a test's name */
const named = rows.flatMap(({ number, noticed }) =>
  [...noticed.matchAll(/`([\w/]+)`(?:: ([^;`(]*[^;`(,. ]))?/g)].map(([, file, words]) => ({
    number,
    file: file!,
    words,
  })),
);

test("numbers every sentence once, in order, and quotes the name of a test for each", () => {
  const numbers = rows.map(({ number }) => number);
  const inOrder = [...numbers].sort((one, other) => {
    const [a, b] = [one, other].map((number) => number.split(".").map(Number));
    return a![0]! - b![0]! || a![1]! - b![1]!;
  });
  expect(numbers).toEqual(inOrder);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(numbers.length).toBeGreaterThan(60);
  const quoting = new Set(named.filter(({ words }) => words !== undefined).map(({ number }) => number));
  expect(numbers.filter((number) => !quoting.has(number))).toEqual([]);
});

test.each(named)("$number: $file $words", ({ file, words }) => {
  const name = path.join(__dirname, `${file}.test.ts`);
  expect(existsSync(name)).toBe(true);
  // Whole, or a part of a name: it stands on the line that begins a test, or in a table of cases.
  if (words === undefined) return;
  const naming = readFileSync(name, "utf8")
    .split("\n")
    .filter((line) => /["`']/.test(line) && !/^\s*(\/\/|\*|\/\*)/.test(line));
  expect(naming.filter((line) => line.includes(words))).not.toEqual([]);
});
