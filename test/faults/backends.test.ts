/** Any connection to the database is ended at any moment: in a commit, in a page of the log, in LISTEN, while it is made. */
import pg from "pg";
import { openDatabase } from "../../src/store/database";
import { defineNotes, startOmdb } from "../server/omdbServer";
import { testDatabaseUrl } from "../support/database";
import { dice } from "./dice";
import { expectNothingLost, startFollower } from "./followers";
import { inTheEnd } from "./inTheEnd";
import { startWriters } from "./writers";

const chance = dice();
const TIMES = 100;

test(`${TIMES} times a backend is terminated, whatever it is at (seed ${chance.seed})`, async () => {
  const url = await testDatabaseUrl();
  const database = openDatabase({ url });
  inTheEnd({ stop: () => database.close() });
  const server = inTheEnd(await startOmdb(database, {}, {}, 0, { shortestDelay: 20, lookEvery: 200 }));
  await defineNotes(server.url);
  const urls = () => [server.url];
  const followers = [startFollower(urls), startFollower(urls, "SSE")].map(inTheEnd);
  const writers = inTheEnd(startWriters(urls, 3));
  await writers.until(20);
  const other = new pg.Client({ connectionString: url });
  await other.connect();
  inTheEnd({ stop: () => other.end() });
  const backends = `from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
  for (let time = 0; time < TIMES;) {
    const { rowCount } = await other.query(
      `select pg_terminate_backend(pid) from (select pid ${backends} order by pid) b offset $1 limit 1`,
      [chance.between(0, 5)],
    );
    time += rowCount ?? 0;
    // Often the next one is ended before anything has been written again.
    if (chance.between(1, 3) === 1) await writers.until(writers.acknowledged.length + chance.between(1, 3));
  }
  await writers.until(writers.acknowledged.length + 20);
  await expectNothingLost(database, writers, followers);
  // Streams wait until the database answers again: nobody had to come back.
  expect(followers.map(({ subscribed }) => subscribed)).toEqual([1, 1]);
});
