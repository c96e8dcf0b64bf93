import { getOperationAST, parse } from "graphql";
import { buildSchema } from "../../src/graphql/schema";
import { nodesBeyondLimits } from "../../src/server/nodeLimits";
import { DEFAULT_SERVER_LIMITS } from "../../src/server/serverLimits";

const schema = buildSchema();

function refused(query: string, variables: Record<string, unknown> = {}, nodes = DEFAULT_SERVER_LIMITS.nodes): boolean {
  const document = parse(query);
  const operation = getOperationAST(document);
  if (!operation) throw new Error("no operation");
  const error = nodesBeyondLimits(schema, document, operation, variables, { ...DEFAULT_SERVER_LIMITS, nodes });
  if (error) expect(error.extensions).toMatchObject({ code: "LIMIT_EXCEEDED", limit: "nodes", maximum: nodes });
  return error !== undefined;
}

const deep = `query ($n: Int) { commits(first: $n) { nodes { operations(first: 1000) { nodes { commit {
  operations(first: 1000) { nodes { number } } } } } } } }`;

test.each<[string, string, Record<string, unknown>, boolean]>([
  ["a page of a thousand", "{ commits(first: 1000) { nodes { id parents { id } } } }", {}, false],
  [
    "a million through a literal",
    "{ commits(first: 1000) { nodes { children(last: 1000) { nodes { id } } } } }",
    {},
    true,
  ],
  ["three thousandfold pages through a variable", deep, { n: 35 }, true],
  ["the same with one commit of one operation", deep.replaceAll("1000", "1"), { n: 35 }, false],
  ["pages that nobody gave a size", "{ commits { nodes { children { nodes { id } } } } }", {}, false],
  [
    "four of them inside each other",
    "{ commits { nodes { children { nodes { children { nodes { children { nodes { id } } } } } } } } }",
    {},
    true,
  ],
  [
    "what fragments bring, each time",
    `query { frontier { ...f view { id } } } fragment f on Frontier { log(first: 1000) { nodes { newCommits(first: 1000) { nodes { id } } } } }`,
    {},
    true,
  ],
  [
    "a list of keys",
    "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Commit { operations(first: 1000) { nodes { id } } } } }",
    { ids: Array.from({ length: 600 }, (_, index) => `Commit:${index}`) },
    true,
  ],
  [
    "sizes that no page has",
    "{ commits(first: -5) { nodes { children(first: 0) { nodes { operations(first: 100000000) { nodes { id } } } } } } }",
    {},
    false,
  ],
])("%s", (_name, query, variables, expected) => {
  expect(refused(query, variables)).toBe(expected);
});

test("the limit itself is allowed", () => {
  const query = "{ commits(first: 10) { nodes { id } } }";
  expect([19, 20, 21].map((nodes) => refused(query, {}, nodes))).toEqual([true, false, false]);
});
