/** Subscribers stop reading among others that do not: nobody waits for them, nothing piles up, and they lose nothing. */
import { testDatabase } from "../support/database";
import { defineNotes, startOmdb } from "../server/omdbServer";
import { expectNothingLost, startFollower } from "./followers";
import { inTheEnd } from "./inTheEnd";
import { bytesHeld, expectNothingKept, warmUp } from "./memory";
import { openRawSocket } from "./rawSocket";
import { startWriters } from "./writers";

const STALLED = 3;
const COMMITS = 100;
/** Each event has the 10,000 characters of its commit so many times: more than the ways to a client hold of them all. */
const TIMES = 20;

const FOLLOW = `subscription ($after: String) {
  newCommits(after: $after) { commit { number ${Array.from(
    { length: TIMES },
    (_, index) => `o${index}: operations(first: 1) { nodes { parameters } }`,
  ).join(" ")} } }
}`;

test(`${STALLED} subscribers stop reading while ${COMMITS} commits come`, async () => {
  const database = await testDatabase();
  const server = inTheEnd(await startOmdb(database));
  await defineNotes(server.url);
  const urls = () => [server.url];
  const followers = [startFollower(urls), startFollower(urls, "SSE")].map(inTheEnd);
  const writers = inTheEnd(startWriters(urls, 3, 10_000));

  let took = () => undefined as unknown;
  const stalled = await Promise.all(
    Array.from({ length: STALLED }, async () => {
      const seen: string[] = [];
      const { socket, subscribe } = await openRawSocket(
        server.url,
        (data: { newCommits: { commit: { number: string } } }) => {
          seen.push(data.newCommits.commit.number);
          if (seen.length === 1) socket.pause();
          took();
        },
      );
      inTheEnd({ stop: () => socket.terminate() });
      subscribe(FOLLOW, { after: "0" });
      return { seen, socket };
    }),
  );
  const allHave = async (count: number) => {
    while (stalled.some(({ seen }) => seen.length < count))
      await new Promise<unknown>((resolve) => (took = () => resolve(0)));
  };
  await allHave(1);
  await warmUp(urls());
  const before = await bytesHeld();
  await writers.until(COMMITS);
  // Everybody else has everything before those read on.
  await expectNothingLost(database, writers, followers);
  expect(stalled.map(({ seen }) => seen.length < COMMITS)).toEqual(Array(STALLED).fill(true));
  const grown = (await bytesHeld()) - before;
  expect(grown).toBeLessThan((STALLED * COMMITS * TIMES * 10_000) / 2);

  const { seen: expected } = followers[0]!;
  for (const { socket } of stalled) socket.resume();
  await allHave(expected.length);
  for (const { seen } of stalled) expect(seen).toEqual(expected);
  expect(server.logged).toEqual([]);
  for (const { socket } of stalled) socket.terminate();
  await expectNothingKept([server], before);
});
