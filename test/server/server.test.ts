import { randomUUID } from "node:crypto";
import { testDatabase, type TestDatabase } from "../support/database";
import { GRAPHIQL_OPTIONS } from "../../src/server/graphiql";
import { postJson, wsClient, type Result } from "./clients";
import { commitNote, data, defineNotes, startOmdb } from "./omdbServer";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

const ready = async (url: string) => {
  const response = await fetch(new URL("/ready", url));
  return [response.status, (await response.text()).trim()];
};

test("a frontier is read, then followed from the cursor that was read with it", async () => {
  const server = await startOmdb(database);
  await defineNotes(server.url);
  await commitNote(server.url, "before");
  const { frontier } = (await data(server.url, `{ frontier { cursor } }`)) as { frontier: { cursor: string } };
  const expected = [await commitNote(server.url, "one"), await commitNote(server.url, "two")];
  const client = wsClient(server.url);
  const seen: unknown[] = [];
  const query = `subscription ($after: String) {
    newCommits(after: $after) { commit { number message operations { nodes { parameters } } } frontier { sequence } }
  }`;
  for await (const result of client.iterate({ query, variables: { after: frontier.cursor } })) {
    expect(result.errors).toBeUndefined();
    seen.push((result.data as { newCommits: unknown }).newCommits);
    if (seen.length === 2) break;
  }
  expect(seen).toMatchObject([
    { commit: { number: expected[0], message: "one" }, frontier: { sequence: "3" } },
    { commit: { number: expected[1], message: "two" }, frontier: { sequence: "3" } },
  ]);
  await client.dispose();
  expect(server.logged).toEqual([]);
  await server.stop();
});

test("it is ready while the database answers and its notifications arrive", async () => {
  const server = await startOmdb(database);
  expect(await ready(server.url)).toEqual([200, "ready"]);
  await server.stop();
});

test("it is not ready without the database", async () => {
  const other = await testDatabase();
  const server = await startOmdb(other);
  await other.close();
  expect(await ready(server.url)).toEqual([503, "the database does not answer"]);
  await server.stop();
});

test("what GraphiQL shows at first works", async () => {
  const fresh = await testDatabase();
  const server = await startOmdb(fresh);
  const query = GRAPHIQL_OPTIONS.defaultQuery ?? "";
  const client = wsClient(server.url);
  const follow = client.iterate({ query, operationName: "Follow" });
  let event: Result | undefined;
  const next = follow.next().then(({ value }) => (event = value as Result));
  const run = async (operationName: string) => {
    const result = (await (await postJson(server.url, { query, operationName })).json()) as Result;
    expect(result.errors).toBeUndefined();
    expect(JSON.stringify(result.data)).not.toContain('"code"');
    return result.data;
  };
  await run("DefineType");
  // The protocol does not tell when a subscription has begun: one of the commits will come after that.
  do await run("Commit");
  while (event === undefined);
  await next;
  expect(event).toMatchObject({ data: { newCommits: { commit: { author: "you", message: "a first note" } } } });
  const notes = (await run("Notes")) as { frontier: { records: { nodes: unknown[] } } };
  expect(notes.frontier.records.nodes[0]).toMatchObject({ state: { text: "hello" } });
  await client.dispose();
  await server.stop();
});

test("its limits are those that clients can ask for", async () => {
  const server = await startOmdb(database, { pageSize: 60 }, { selectionDepth: 7 });
  const answer = await data(server.url, `{ server { limits } }`);
  expect(answer).toMatchObject({ server: { limits: { pageSize: 60, selectionDepth: 7 } } });
  await server.stop();
});

test("it does not start on operations that it does not know, and leaves nothing running", async () => {
  const other = await testDatabase();
  const record = randomUUID();
  await other.pool.query(`insert into omdb.types (id, snapshots, latest) values ('t', 's', 'l')`);
  await other.pool.query(`insert into omdb.records (id, "type") values ($1, 't')`, [record]);
  await other.pool.query(
    `insert into omdb.operations (predicates, record, "path", operation, parameters)
     select '[]', $1, '[]', kind, '{}' from unnest(array['transmogrify', 'put', 'defenestrate']) as kind`,
    [record],
  );
  await expect(startOmdb(other)).rejects.toThrow(/defenestrate, transmogrify/);
});

test("it does not start on a port that is taken, and leaves nothing running", async () => {
  const server = await startOmdb(database);
  const port = Number(new URL(server.url).port);
  await expect(startOmdb(database, {}, {}, port)).rejects.toMatchObject({ code: "EADDRINUSE" });
  await server.stop();
});
