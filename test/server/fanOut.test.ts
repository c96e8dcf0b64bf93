/** Many subscribers over real sockets: each sees every commit once, and the database is asked no more than for one. */
import type { Client } from "graphql-ws";
import { openDatabase } from "../../src/store/database";
import { readChanges } from "../../src/store/frontierLog";
import { testDatabase, type TestDatabase } from "../support/database";
import { wsClient } from "./clients";
import { follow, type Events } from "./following";
import { commitNote, data, defineNotes, startOmdb, type OmdbServer } from "./omdbServer";

let database: TestDatabase;
let server: OmdbServer;
let clients: Client[];
beforeAll(async () => {
  database = await testDatabase();
  server = await startOmdb(database);
  clients = Array.from({ length: 10 }, () => wsClient(server.url));
  await defineNotes(server.url);
});
afterAll(async () => {
  expect(server.logged).toEqual([]);
  for (const client of clients) await client.dispose();
  await server.stop();
});

const FOLLOW = `subscription ($after: String) { newCommits(after: $after) { cursor
  commit { number message parents { number } operations { nodes { operation path parameters record { uuid type { name } } } } } } }`;

const cursor = async (): Promise<string> =>
  ((await data(server.url, "{ frontier { cursor } }")) as { frontier: { cursor: string } }).frontier.cursor;

/** Followers that have caught up, since each of them has been given the newest commit. */
async function followers(count: number): Promise<Events[]> {
  const after = await cursor();
  const all = Array.from({ length: count }, (_, index) => follow(clients[index % 10]!, FOLLOW, { after }));
  await commitNote(server.url, "first");
  for (const events of all) await events.next();
  return all;
}

/** Statements that the database gets while commits are made one by one and seen by all. */
async function statementsFor(count: number): Promise<number> {
  const all = await followers(count);
  const spy = jest.spyOn(database.pool, "query");
  const connections = jest.spyOn(database.pool, "connect");
  try {
    for (let round = 0; round < 5; round += 1) {
      const number = await commitNote(server.url, `note ${round}`);
      for (const events of all) expect(await events.next()).toMatchObject({ commit: { number } });
    }
    return spy.mock.calls.length + connections.mock.calls.length;
  } finally {
    jest.restoreAllMocks();
    for (const events of all) events.stop();
  }
}

test("a hundred cost the database what one does", async () => {
  await statementsFor(1);
  const alone = await statementsFor(1);
  expect(alone).toBeGreaterThan(5);
  // Which keys meet in one batch depends on which answer comes first: a few more or less are possible.
  expect(Math.abs((await statementsFor(100)) - alone)).toBeLessThan(10);
});

test("who begins in the past, and who comes later, sees the log", async () => {
  const numbers: string[] = [];
  const starts = ["0"];
  for (let round = 0; round < 12; round += 1) {
    numbers.push(await commitNote(server.url, `past ${round}`));
    starts.push(await cursor());
  }
  const all = starts.map((after, index) => follow(clients[index % 10]!, FOLLOW, { after }));
  for (let round = 0; round < 12; round += 1) numbers.push(await commitNote(server.url, `live ${round}`));
  const late = follow(clients[0]!, FOLLOW, { after: starts[5] });
  const last = numbers.at(-1);
  const seen = async (events: Events) =>
    (await events.until(({ commit }) => commit.number === last)).map(({ commit }) => commit.number as string);
  const log = (await readChanges(database.pool, "main", 0, 1_000_000)).flatMap(({ joined }) => joined.map(String));
  for (const [index, events] of all.entries()) {
    expect(await seen(events)).toEqual(index === 0 ? log : numbers.slice(index));
    events.stop();
  }
  expect(await seen(late)).toEqual(numbers.slice(5));
  late.stop();
});

test("the past is read many commits at a time", async () => {
  for (let round = 0; round < 30; round += 1) await commitNote(server.url, `long past ${round}`);
  const log = (await readChanges(database.pool, "main", 0, 1_000_000)).flatMap(({ joined }) => joined.map(String));
  // Another process, which has nothing in memory yet.
  const other = openDatabase({ url: database.url });
  const fresh = await startOmdb(other);
  const spies = [jest.spyOn(other.pool, "query"), jest.spyOn(other.pool, "connect")];
  const client = wsClient(fresh.url);
  try {
    for (const query of [
      `subscription { newCommits(after: "0") { cursor commit { number message } } }`,
      `subscription { frontierChanges(after: "0") { cursor sequence cause } }`,
    ]) {
      const events = follow(client, query);
      await events.take(log.length);
      events.stop();
    }
    expect(spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0)).toBeLessThan(log.length / 2);
  } finally {
    jest.restoreAllMocks();
    await client.dispose();
    await fresh.stop();
    await other.close();
  }
});
