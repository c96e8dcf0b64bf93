/** A cursor a hundred thousand commits back: everything comes once and in order, and then what is new; to clients, too. */
import { createClient as createSseClient } from "graphql-sse";
import { decodeCursor, encodeCursor, type Cursor } from "../../src/live/cursor";
import { followCommits } from "../../src/live/follow";
import { inTransaction, openDatabase, type Database } from "../../src/store/database";
import { testDatabase, testDatabaseUrl } from "../support/database";
import { commit as commitNew, liveOn } from "../live/writer";
import { wsClient } from "../server/clients";
import { compileProgram } from "../support/program";
import { commitsInLog } from "./followers";
import { inTheEnd } from "./inTheEnd";
import { bytesHeld, bytesHeldBy, expectNothingKeptBy } from "./memory";
import { startServing } from "./serving";

const COMMITS = 100_000;
/** In the graph that a process keeps in its memory. */
const BYTES_OF_COMMIT = 300;

/** A line of commits without operations on main, each of them a change of it. */
async function fill(database: Database): Promise<void> {
  await inTransaction(database, async (sql) => {
    // The rows are right: a hundred thousand foreign keys need not be looked up to know it.
    await sql.query("set local session_replication_role = replica");
    await sql.query(
      `with line as (
         select i, nextval(pg_get_serial_sequence('omdb.commits', 'id')) as id from generate_series(1, $1::int) i
       ), added as (
         insert into omdb.commits (id, logical_time) select id, i - 1 from line
       ), edges as (
         insert into omdb.commit_to_commit (parent, child)
         select l.id, r.id from line l join line r on r.i = l.i + 1
       ), member as (
         insert into omdb.frontier_commits (frontier, "commit") select 'main', id from line where i = $1
       ), moved as (
         update omdb.frontiers set sequence = $1 where id = 'main'
       )
       insert into omdb.frontier_log (frontier, sequence, cause, "time", members, joined, "left")
       select 'main', r.i, 'COMMIT', now(), array[r.id], array[r.id], array_remove(array[l.id], null)
       from line r left join line l on l.i = r.i - 1`,
      [COMMITS],
    );
  });
  await database.pool.query("analyze omdb.frontier_log, omdb.commits, omdb.commit_to_commit");
}

test(`resuming ${COMMITS} commits back`, async () => {
  const database = await testDatabase();
  await fill(database);
  const live = liveOn(database);
  inTheEnd(live);
  await live.start();
  const after = encodeCursor({ frontier: "main", incarnation: 1, sequence: 0, position: 0 });
  const expected = (await commitsInLog(database)).map(Number);
  const stream = await followCommits(live, "main", after);
  const held: number[] = [];
  let seen = 0;
  for await (const { cursor, commit } of stream) {
    const { sequence, position } = decodeCursor(cursor, "main") as Cursor;
    seen += 1;
    if (sequence !== seen || position !== 0 || commit !== expected[seen - 1]) {
      throw new Error(`after ${seen - 1} commits came commit ${commit} with the cursor of ${sequence}, ${position}`);
    }
    if (seen % (COMMITS / 4) === 0) held.push(await bytesHeld());
    // While it reads the past, something new comes.
    if (seen === COMMITS / 2) expected.push(...(await commitNew(database, "main")));
    if (seen > COMMITS) break;
  }
  expect(seen).toBe(COMMITS + 1);
  expect(live.followers).toBe(0);
  // The graph of the commits is kept, some hundred bytes for each of them; no events are.
  expect((held[3]! - held[0]!) / COMMITS).toBeLessThan(BYTES_OF_COMMIT);
});

const FOLLOW = "subscription ($after: String) { newCommits(after: $after) { cursor commit { number } } }";

test(`clients resume ${COMMITS} commits back, over WebSocket and as a stream of events`, async () => {
  const databaseUrl = await testDatabaseUrl();
  const database = openDatabase({ url: databaseUrl });
  inTheEnd({ stop: () => database.close() });
  await fill(database);
  const program = await compileProgram();
  inTheEnd({ stop: () => program.remove() });
  const server = await startServing(program, databaseUrl);
  const { url } = server;
  const expected = await commitsInLog(database);
  const held: Promise<number>[] = [];
  let halfway: Promise<string> | undefined;
  /** Resolves with the last commit when everything has come that there is. */
  const follow = (client: Pick<ReturnType<typeof wsClient>, "subscribe">, measures: boolean) =>
    new Promise<string>((resolve, reject) => {
      let seen = 0;
      const see = (data: unknown) => {
        const { cursor, commit } = (data as { newCommits: { cursor: string; commit: { number: string } } }).newCommits;
        const { sequence, position } = decodeCursor(cursor, "main") as Cursor;
        seen += 1;
        if (sequence !== seen || position !== 0 || (seen <= COMMITS && commit.number !== expected[seen - 1])) {
          reject(new Error(`after ${seen - 1} commits came commit ${commit.number} with the cursor of ${sequence}`));
        }
        if (measures && seen % (COMMITS / 4) === 0) held.push(bytesHeldBy(server));
        // While they read the past, something new comes.
        if (seen === COMMITS / 2) halfway ??= commitNew(database, "main").then(String);
        if (seen > COMMITS) resolve(commit.number);
      };
      client.subscribe(
        { query: FOLLOW, variables: { after: "0" } },
        {
          next: ({ data, errors }) => (data ? see(data) : reject(new Error(JSON.stringify(errors)))),
          error: reject,
          complete: () => reject(new Error("the stream completed")),
        },
      );
    });
  const [socket, stream] = [wsClient(url), createSseClient({ url, retryAttempts: 0 })];
  for (const client of [socket, stream]) inTheEnd({ stop: () => client.dispose() });
  const newest = await Promise.all([follow(socket, true), follow(stream as unknown as typeof socket, false)]);
  expect(newest).toEqual([await halfway, await halfway]);
  const [first, , , last] = await Promise.all(held);
  expect((last! - first!) / COMMITS).toBeLessThan(BYTES_OF_COMMIT);
  await socket.dispose();
  stream.dispose();
  await expectNothingKeptBy(server, last!);
}, 300_000);
