/** The listening connection is lost again and again, or hears nothing although it is there, while writers go on. */
import { testDatabase, testDatabaseUrl } from "../support/database";
import { openDatabase } from "../../src/store/database";
import { startPooler } from "../live/pooler";
import { defineNotes, startOmdb } from "../server/omdbServer";
import { dice } from "./dice";
import { expectNothingLost, startFollower } from "./followers";
import { inTheEnd } from "./inTheEnd";
import { bytesHeld, expectNothingKept, warmUp } from "./memory";
import { startWriters } from "./writers";

const chance = dice();

const TIMES = 50;

test(`the listening backend is terminated ${TIMES} times under writers (seed ${chance.seed})`, async () => {
  const database = await testDatabase();
  const server = inTheEnd(await startOmdb(database, {}, {}, 0, { shortestDelay: 20, lookEvery: 600_000 }));
  await defineNotes(server.url);
  const urls = () => [server.url];
  const followers = [startFollower(urls), startFollower(urls, "SSE")].map(inTheEnd);
  const writers = inTheEnd(startWriters(urls, 3));
  await writers.until(20);
  await warmUp(urls());
  const before = await bytesHeld();
  const terminate = async () => {
    const { rows } = await database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'omdb listener' and datname = current_database()`,
    );
    return rows.length;
  };
  const hears = async () => (await fetch(new URL("/ready", server.url))).ok;
  for (let time = 0; time < TIMES; time += 1) {
    await writers.until(writers.acknowledged.length + chance.between(0, 3));
    // Now and then it is ended before it has heard anything.
    if (chance.between(1, 10) > 1) while (!(await hears()));
    while ((await terminate()) === 0);
  }
  await expectNothingLost(database, writers, followers);
  // Nobody had to come back for it, and nothing went wrong but the connection.
  expect(followers.map(({ subscribed }) => subscribed)).toEqual([1, 1]);
  expect(server.logged.filter((text) => !/the listening connection/.test(text))).toEqual([]);
  expect(server.logged.length).toBeGreaterThanOrEqual(TIMES);
  await expectNothingKept([server], before);
  const { rows } = await database.pool.query(
    `select from pg_stat_activity where application_name = 'omdb listener' and datname = current_database()`,
  );
  expect(rows).toHaveLength(1);
});

test("notifications are suppressed: a look at the log now and then brings everything", async () => {
  const pooler = inTheEnd(await startPooler(await testDatabaseUrl()));
  const database = openDatabase({ url: pooler.direct, directUrl: pooler.url });
  inTheEnd({ stop: () => database.close() });
  const server = inTheEnd(await startOmdb(database, {}, {}, 0, { lookEvery: 200 }));
  await defineNotes(server.url);
  pooler.deafen();
  const urls = () => [server.url];
  const followers = [startFollower(urls), startFollower(urls, "SSE")].map(inTheEnd);
  const writers = inTheEnd(startWriters(urls, 3));
  await writers.until(20);
  await warmUp(urls());
  const before = await bytesHeld();
  await writers.until(100);
  await expectNothingLost(database, writers, followers);
  await expectNothingKept([server], before);
  expect(followers.map(({ subscribed }) => subscribed)).toEqual([1, 1]);
  // Commits that were waiting are made in one transaction, of one writer at most one at a time.
  expect(pooler.suppressed).toBeGreaterThanOrEqual(30);
  expect(server.logged.filter((text) => !/the listening connection/.test(text))).toEqual([]);
});
