/** What a stream does when the database fails while an event is made into a result: it waits, and loses nothing. */
import pg from "pg";
import { testDatabase, type TestDatabase } from "../support/database";
import { wsClient } from "./clients";
import { commitNote, defineNotes, startOmdb, type OmdbServer } from "./omdbServer";

let database: TestDatabase;
let server: OmdbServer;
/** Holds a lock. */
let holder: pg.Client;
beforeAll(async () => {
  database = await testDatabase();
  server = await startOmdb(database);
  holder = new pg.Client({ connectionString: database.url });
  await holder.connect();
  await defineNotes(server.url);
  for (const text of ["first", "second"]) await commitNote(server.url, text);
  // A server that has none of it in memory.
  await server.stop();
  server = await startOmdb(database);
});
afterAll(async () => {
  await holder.end();
  await server.stop();
});

const FOLLOW = `subscription {
  newCommits(after: "0") { commit { message operations(first: 1) { nodes { record { type { name schema } } } } } }
}`;

const event = (message: string) => ({
  data: {
    newCommits: { commit: { message, operations: { nodes: [{ record: { type: { name: "note", schema: null } } }] } } },
  },
});

const endConnections = async (condition: string): Promise<number> => {
  const { rows } = await database.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and ${condition}`,
  );
  return rows.length;
};

test.each([
  ["what is read ahead of events", "records"],
  ["what is read when an event is made", "types"],
])("an event is whole although the connection that read it was lost: %s", async (_, table) => {
  await holder.query(`begin; lock table omdb.${table} in access exclusive mode`);
  const client = wsClient(server.url);
  const results = client.iterate({ query: FOLLOW });
  const first = results.next();
  while ((await endConnections("wait_event_type = 'Lock'")) === 0);
  // Its coming back tells the server that all is well again.
  await endConnections("application_name = 'omdb listener'");
  await holder.query("rollback");
  expect((await first).value).toEqual(event("first"));
  expect((await results.next()).value).toEqual(event("second"));
  await client.dispose();
});
