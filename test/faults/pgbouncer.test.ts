/** Several servers on one database through PgBouncer in transaction mode, with a direct connection for the listener. */
import { openDatabase } from "../../src/store/database";
import { defineNotes, startOmdb } from "../server/omdbServer";
import { testDatabaseUrl } from "../support/database";
import { expectNothingLost, startFollower } from "./followers";
import { inTheEnd } from "./inTheEnd";
import { bytesHeld, expectNothingKept, warmUp } from "./memory";
import { hasPgBouncer, startPgBouncer } from "./pgbouncer";
import { startWriters } from "./writers";

/** Skipped, and counted as such, where it is not installed: `apt-get install pgbouncer`. */
const withPgBouncer = hasPgBouncer ? test : test.skip;

function open(url: string, directUrl: string) {
  const database = openDatabase({ url, directUrl });
  inTheEnd({ stop: () => database.close() });
  return database;
}

withPgBouncer("writers and followers on two servers: nothing is lost", async () => {
  const directUrl = await testDatabaseUrl();
  const { url } = inTheEnd(await startPgBouncer(directUrl));
  const databases = [open(url, directUrl), open(url, directUrl)] as const;
  const servers = await Promise.all(
    databases.map((database) => startOmdb(database, {}, {}, 0, { lookEvery: 600_000 })),
  );
  servers.forEach(inTheEnd);
  await defineNotes(servers[0]!.url);
  const urls = () => servers.map((server) => server.url);
  const followers = [0, 1].flatMap((first) => [
    startFollower(urls, "WebSocket", first),
    startFollower(urls, "SSE", first),
  ]);
  followers.forEach(inTheEnd);
  const writers = inTheEnd(startWriters(urls, 4));
  await writers.until(20);
  await warmUp(urls());
  const before = await bytesHeld();
  await writers.until(100);
  await expectNothingLost(databases[0], writers, followers);
  await expectNothingKept(servers, before);
  expect(servers.flatMap(({ logged }) => logged)).toEqual([]);
});

withPgBouncer("a server whose listener goes through it does not start, and says what to do", async () => {
  const { url } = inTheEnd(await startPgBouncer(await testDatabaseUrl()));
  await expect(startOmdb(open(url, url))).rejects.toThrow(/DIRECT_URL/);
});
