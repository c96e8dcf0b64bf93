import { buildSchema, Kind, valueFromASTUntyped, visit, type DocumentNode } from "graphql";
import { documentReader } from "../../src/server/documents";
import { DEFAULT_SERVER_LIMITS } from "../../src/server/serverLimits";
import { bytesHeld } from "../faults/memory";

const read = documentReader(buildSchema("scalar JSON type Query { a(value: JSON): Int }"), DEFAULT_SERVER_LIMITS);

function literalsIn(text: string): unknown[] {
  const found: unknown[] = [];
  visit(read(text) as DocumentNode, {
    Argument: ({ value }) => {
      found.push(valueFromASTUntyped(value));
    },
  });
  return found;
}

test("strings are as they were written", () => {
  const strings = ["", "short", "more than thirteen characters", "ä\u{1f600} and more than thirteen"];
  for (const string of strings) {
    expect(literalsIn(`{ a(value: ${JSON.stringify(string)}) }`)).toEqual([string]);
    expect(literalsIn(`{ a(value: { in: [${JSON.stringify(string)}] }) }`)).toEqual([{ in: [string] }]);
  }
  expect(literalsIn(`{ a(value: """\n  a block of text\n    that is indented\n""") }`)).toEqual([
    "a block of text\n  that is indented",
  ]);
  expect((read(`{ a(value: "a string") }`) as DocumentNode).kind).toBe(Kind.DOCUMENT);
});

test("whoever keeps a string of a document does not keep the document", async () => {
  const kept: unknown[] = [];
  const before = await bytesHeld();
  for (let document = 0; document < 40; document += 1) {
    const rest = `# ${String(document % 10).repeat(1024 * 1024)}`;
    kept.push(literalsIn(`{ a(value: "a value that is kept of ${document}") }\n${rest}`));
  }
  expect(kept).toHaveLength(40);
  expect((await bytesHeld()) - before).toBeLessThan(8 * 1024 * 1024);
});
