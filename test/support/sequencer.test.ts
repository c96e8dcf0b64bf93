/** The order of the test files. */
import { existsSync } from "node:fs";
import path from "node:path";
import type TestSequencer from "@jest/test-sequencer";

const Sequencer = jest.requireActual<typeof TestSequencer & { readonly longest: readonly string[] }>(
  "../../.jest.sequencer.cjs",
);

type Test = Parameters<TestSequencer["sort"]>[0][number];

const pathOf = (name: string): string => path.resolve(__dirname, "..", `${name}.test.ts`);

/** Files by name, each with the seconds that it took before. */
function sorted(files: Readonly<Record<string, number | undefined>>): string[] {
  const sequencer = new Sequencer({ contexts: [], globalConfig: {} as never });
  const seconds = new Map(Object.entries(files).map(([name, taken]) => [pathOf(name), taken]));
  // In place of what jest keeps of earlier runs.
  Object.assign(sequencer, { time: (test: Test) => seconds.get(test.path), hasFailed: () => false });
  const context = { hasteFS: { getSize: (file: string) => file.length } };
  const tests = [...seconds.keys()].map((file) => ({ path: file, context }) as unknown as Test);
  const names = new Map(Object.keys(files).map((name) => [pathOf(name), name]));
  return (sequencer.sort(tests) as Test[]).map(({ path: file }) => names.get(file)!);
}

test("the files that are known to take long are there", () => {
  const { longest } = Sequencer;
  expect(longest.length).toBeGreaterThan(5);
  expect(longest.filter((name) => !existsSync(pathOf(name)))).toEqual([]);
});

test("they come first where nothing is known of how long files take", () => {
  const [first = "", second = ""] = Sequencer.longest;
  const nothing = { "core/a": undefined, [second]: undefined, "core/a/longer/path/than/any/other": undefined };
  expect(sorted({ ...nothing, [first]: undefined })).toEqual([
    first,
    second,
    "core/a/longer/path/than/any/other",
    "core/a",
  ]);
});

test("where it is known, those come first that took longest", () => {
  const [first = "", second = ""] = Sequencer.longest;
  expect(sorted({ [first]: 1, "core/a": 3, [second]: 2 })).toEqual(["core/a", second, first]);
});
