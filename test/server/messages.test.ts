/** What errors say: sentences, and of what the client sent never more than a few words, however often it is told. */
import type { RunningServer } from "../../src/server/serveSchema";
import { testDatabase } from "../support/database";
import { TRANSPORTS, type Ask } from "./clients";
import { defineNotes, startOmdb } from "./omdbServer";

let server: RunningServer;
beforeAll(async () => {
  server = await startOmdb(await testDatabase());
  await defineNotes(server.url);
});
afterAll(() => server.stop());

const LONG = "x".repeat(300_000);
const RECORD = "0190eeee-0000-7000-8000-00000000cccc";
const aliases = (field: string) => Array.from({ length: 100 }, (_, index) => `a${index}: ${field}`).join(" ");

const CASES: Record<string, Ask> = {
  "a frontier that is not there": {
    query: `query ($v: String!) { ${aliases("view(at: { frontier: $v }) { id }")} }`,
    variables: { v: LONG },
  },
  "a type that is not there": {
    query: `query ($v: String!) { frontier { ${aliases("records(type: $v) { totalCount }")} } }`,
    variables: { v: LONG },
  },
  "a cursor from elsewhere": {
    query: `query ($v: String!) { ${aliases("commits(after: $v) { totalCount }")} }`,
    variables: { v: LONG },
  },
  "a number that is none": { query: `query ($v: Int!) { commits(first: $v) { totalCount } }`, variables: { v: LONG } },
  "an enum value that is none": {
    query: `query ($v: ChangeCause!) { frontier { log(cause: $v) { totalCount } } }`,
    variables: { v: LONG },
  },
  "a moment that is none": {
    query: `query ($v: DateTime!) { commits(where: { since: $v }) { totalCount } }`,
    variables: { v: `2020-02-31T00:00:00.${"0".repeat(300_000)}Z` },
  },
  "a member that is not there": {
    query: `mutation ($v: CommitInput!) { ${aliases("commit(input: $v) { __typename }")} }`,
    variables: { v: { operations: [], [LONG]: 1 } },
  },
  "a key that cannot be stored": {
    query: `mutation ($v: JSON!) { ${aliases(
      `commit(input: { operations: [{ put: { record: "${RECORD}", path: [], value: $v } }] }) {
         ... on InvalidInput { message inputPath } }`,
    )} }`,
    variables: { v: { [`${LONG}\0`]: 1 } },
  },
  "an operation that is not there": {
    query: `mutation ($v: String!) { ${aliases(
      `commit(input: { operations: [{ apply: { record: "${RECORD}", path: [], operation: $v, parameters: {} } }] }) {
         ... on Error { message } }`,
    )} }`,
    variables: { v: LONG },
  },
  "an operation of the document that is not there": { query: "{ __typename }", operationName: LONG },
  "a field that is not there": { query: `{ ${LONG} }` },
  "a word where none may stand": { query: `{ __typename } ${LONG}` },
  "a variable that is missing": { query: `query ($${"v".repeat(300_000)}: Int!) { __typename }` },
};

/** All strings below a member of this name. */
function* membersNamed(name: string, value: unknown): Generator<string> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    if (key === name && typeof member === "string") yield member;
    yield* membersNamed(name, member);
  }
}

describe.each(Object.entries(TRANSPORTS))("over %s", (_, ask) => {
  test.each(Object.entries(CASES))("%s", async (_, request) => {
    const results = JSON.parse(JSON.stringify(await ask(server.url, request))) as unknown;
    expect(JSON.stringify(results).length).toBeLessThan(100_000);
    const messages = [...membersNamed("message", results)];
    expect(messages.length).toBeGreaterThan(0);
    for (const message of messages) {
      expect(message.length).toBeLessThanOrEqual(501);
      expect(message).toMatch(/^[A-Z].*[.…]$/s);
    }
  });
});
