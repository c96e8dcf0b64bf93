/** Server processes are killed while writers and followers are at work, which go on with another one. */
import { testDatabaseUrl } from "../support/database";
import { compileProgram, type Program, type RunningProgram } from "../support/program";
import { openDatabase } from "../../src/store/database";
import { defineNotes } from "../server/omdbServer";
import { dice } from "./dice";
import { expectNothingLost, startFollower } from "./followers";
import { inTheEnd } from "./inTheEnd";
import { bytesHeldBy, expectNothingKeptBy, warmUp } from "./memory";
import { startServing } from "./serving";
import { startWriters } from "./writers";

const chance = dice();

let program: Program;
beforeAll(async () => {
  program = await compileProgram();
});
afterAll(() => program.remove());

test(`two servers of three are killed under load (seed ${chance.seed})`, async () => {
  const databaseUrl = await testDatabaseUrl();
  const start = () => startServing(program, databaseUrl);
  const servers = await Promise.all([start(), start()]);
  const urls = () => servers.map(({ url }) => url);
  await defineNotes(servers[0].url);
  const followers = [startFollower(urls), startFollower(urls, "WebSocket", 1), startFollower(urls, "SSE")].map(
    inTheEnd,
  );
  const writers = inTheEnd(startWriters(urls, 4));
  const third = start();
  const before = new Map<RunningProgram, number>();
  // One is replaced, the next is not: everybody goes over to what is left.
  for (const replacement of [third, undefined]) {
    await writers.until(writers.acknowledged.length + 20);
    // Each when it has been at work for a while: what it keeps for good, its code and its caches, is there then.
    await warmUp(urls());
    for (const server of servers) if (!before.has(server)) before.set(server, await bytesHeldBy(server));
    await writers.until(writers.acknowledged.length + chance.between(0, 60));
    const others = replacement ? [await replacement] : [];
    const [killed] = servers.splice(chance.between(0, 1), 1, ...others);
    killed?.process.kill("SIGKILL");
    await killed?.ended;
  }
  await writers.until(writers.acknowledged.length + 20);
  const database = openDatabase({ url: databaseUrl });
  inTheEnd({ stop: () => database.close() });
  await expectNothingLost(database, writers, followers);
  expect(followers.reduce((sum, { subscribed }) => sum + subscribed, 0)).toBeGreaterThan(followers.length);
  const [left] = servers;
  await expectNothingKeptBy(left, before.get(left)!);
});
