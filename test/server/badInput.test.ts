/** Bad input against the real server, over every transport: a typed error that names the place, and nothing stored. */
import { encodeCursor } from "../../src/live/cursor";
import { testDatabase, type TestDatabase } from "../support/database";
import { RAW_TRANSPORTS, TRANSPORTS, wsClient, wsResults, type Ask } from "./clients";
import { commitNote, data, defineNotes, startOmdb, type OmdbServer } from "./omdbServer";

let database: TestDatabase;
let server: OmdbServer;
let record: string;
beforeAll(async () => {
  database = await testDatabase();
  server = await startOmdb(database);
  await defineNotes(server.url);
  await commitNote(server.url, "first");
  const { frontier } = (await data(
    server.url,
    `{ frontier { records(type: "note") { nodes { record { uuid } } } } }`,
  )) as unknown as { frontier: { records: { nodes: { record: { uuid: string } }[] } } };
  record = frontier.records.nodes[0]!.record.uuid;
});
afterEach(async () => {
  expect(server.logged).toEqual([]);
  // As healthy as before, and nothing stored.
  const state = await data(server.url, `{ frontier { sequence records(type: "note") { nodes { state } } } }`);
  expect(state).toEqual({ frontier: { sequence: "1", records: { nodes: [{ state: { text: "first" } }] } } });
});
afterAll(() => server.stop());

const COMMIT = `mutation ($operations: [OperationInput!]!) {
  commit(input: { operations: $operations }) {
    __typename
    ... on Error { code }
    ... on InvalidInput { inputPath }
    ... on LimitExceeded { inputPath limit }
    ... on NotFound { inputPath }
  }
}`;
const nested = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth)) as unknown;

/** Mutations that give an error as data: the value of a put, what it is called, and where the fault lies. */
const values: [string, unknown, Record<string, unknown>][] = [
  ["two megabytes", "x".repeat(2_000_000), { __typename: "LimitExceeded", limit: "valueBytes", inputPath: [] }],
  ["65 levels", nested(65), { __typename: "LimitExceeded", limit: "valueDepth" }],
  ["2,000 levels", nested(2_000), { __typename: "LimitExceeded", limit: "valueDepth" }],
  ["U+0000", { a: ["b\0"] }, { __typename: "InvalidInput", inputPath: ["a", 0] }],
  ["a lone surrogate", ["\ud800"], { __typename: "InvalidInput", inputPath: [0] }],
  ["U+0000 in a name", { "a\0": 1 }, { __typename: "InvalidInput" }],
];

describe.each(Object.entries(TRANSPORTS))("over %s", (_, ask) => {
  test.each(values)("a value of %s", async (_, value, { inputPath, ...expected }) => {
    const operations = [{ put: { record, path: ["text"], value } }];
    const [result] = await ask(server.url, { query: COMMIT, variables: { operations } });
    expect(result).toMatchObject({ data: { commit: expected } });
    const place = (result!.data!.commit as { inputPath: unknown[] }).inputPath;
    expect(place.slice(0, 4)).toEqual(["operations", 0, "put", "value"]);
    if (inputPath) expect(place.slice(4)).toEqual(inputPath);
  });

  test.each<[string, () => Ask, Record<string, unknown>]>([
    [
      "a wrong uuid",
      () => ({ query: `{ record(uuid: "x") { uuid } }` }),
      { code: "INVALID_INPUT", inputPath: ["uuid"] },
    ],
    [
      "a wrong uuid in an operation",
      () => ({ query: COMMIT, variables: { operations: [{ remove: { record: "x", path: [] } }] } }),
      { code: "INVALID_INPUT", inputPath: ["operations", 0, "remove", "record"] },
    ],
    [
      "an operation that is two",
      () => ({
        query: COMMIT,
        variables: { operations: [{ remove: { record, path: [] }, put: { record, path: [] } }] },
      }),
      { code: "INVALID_INPUT", inputPath: ["operations", 0] },
    ],
    [
      "a huge number",
      () => ({ query: `{ commit(number: "99999999999999999999") { id } }` }),
      { code: "INVALID_INPUT", inputPath: ["number"] },
    ],
    [
      "first: -1",
      () => ({ query: `{ commits(first: -1) { nodes { id } } }` }),
      { code: "INVALID_INPUT", inputPath: ["first"] },
    ],
    [
      "first: 100000",
      () => ({ query: `{ commits(first: 100000) { nodes { id } } }` }),
      { code: "LIMIT_EXCEEDED", inputPath: ["first"] },
    ],
    [
      "a cursor from elsewhere",
      () => ({ query: `{ commits(after: "x") { nodes { id } } }` }),
      { code: "CURSOR_INVALID", inputPath: ["after"] },
    ],
  ])("%s", async (_, request, extensions) => {
    const [result] = await ask(server.url, request());
    expect(result?.errors).toMatchObject([{ extensions }]);
  });
});

test("a hundred thousand and one operations", async () => {
  const operations = Array.from({ length: 100_001 }, () => ({ remove: { record, path: [] } }));
  const [result] = await TRANSPORTS.HTTP(server.url, { query: COMMIT, variables: { operations } });
  expect(result).toMatchObject({ data: { commit: { __typename: "LimitExceeded", inputPath: ["operations"] } } });
});

describe.each(Object.entries(RAW_TRANSPORTS))("raw over %s", (_, send) => {
  test("a value and a predicate 10,000 levels deep", async () => {
    const deep = (open: string, inside: string, close: string) => open.repeat(10_000) + inside + close.repeat(10_000);
    const body = (operation: string) => `{"query":${JSON.stringify(COMMIT)},"variables":{"operations":[${operation}]}}`;
    const put = `{"put":{"record":"${record}","path":["text"],"value":${deep("[", "", "]")}}}`;
    expect(await send(server.url, body(put))).toMatchObject({
      data: { commit: { __typename: "LimitExceeded", limit: "valueDepth" } },
    });
    const predicate = deep('{"not":', '{"exists":{"path":[]}}', "}");
    const remove = `{"remove":{"record":"${record}","path":["text"],"predicates":[${predicate}]}}`;
    const result = await send(server.url, body(remove));
    expect(result.errors).toMatchObject([{ extensions: { code: "LIMIT_EXCEEDED", limit: "variableDepth" } }]);
    const place = result.errors![0]!.extensions!.inputPath as unknown[];
    expect(place.slice(0, 6)).toEqual(["operations", 0, "remove", "predicates", 0, "not"]);
  });
});

describe("subscriptions", () => {
  const cursor = (frontier: string, sequence: number) =>
    encodeCursor({ frontier, incarnation: 0, sequence, position: 0 });
  const follow = (args: string) => `subscription { newCommits(${args}) { cursor } }`;

  const refused: [string, string, Record<string, unknown>][] = [
    ["an unknown frontier", follow(`frontier: "nobody"`), { code: "NOT_FOUND", inputPath: ["frontier"] }],
    ["a frontier named with U+0000", follow(`frontier: "a\\u0000"`), { inputPath: ["frontier"] }],
    ["garbage for a cursor", follow(`after: "garbage"`), { code: "CURSOR_INVALID", inputPath: ["after"] }],
    [
      "a cursor of another frontier",
      follow(`after: "${cursor("other", 1)}"`),
      { code: "CURSOR_INVALID", inputPath: ["after"] },
    ],
    [
      "a cursor from the future",
      follow(`after: "${cursor("main", 99)}"`),
      { code: "CURSOR_AHEAD", inputPath: ["after"] },
    ],
    ["a cursor that is a number", follow(`after: 7`), { code: "INVALID_INPUT", inputPath: ["after"] }],
  ];
  const transports = Object.entries(TRANSPORTS).filter(([name]) => name !== "HTTP");
  test.each(
    transports.flatMap(([name, ask]) =>
      refused.map(([what, query, extensions]) => ({ name, ask, what, query, extensions })),
    ),
  )("over $name: $what", async ({ ask, query, extensions }) => {
    const results = await ask(server.url, { query });
    expect(results).toMatchObject([{ errors: [{ extensions }] }]);
  });

  test("one socket takes all of it and goes on", async () => {
    const client = wsClient(server.url);
    for (const [, query, extensions] of refused) {
      expect(await wsResults(client, { query })).toMatchObject([{ errors: [{ extensions }] }]);
    }
    expect(await wsResults(client, { query: "{ frontier { name } }" })).toEqual([
      { data: { frontier: { name: "main" } } },
    ]);
    await client.dispose();
  });
});
