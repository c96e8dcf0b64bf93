/** A thousand sockets come and are cut, wherever they are: nothing of them stays. */
import { testDatabase } from "../support/database";
import { commitNote, defineNotes, startOmdb } from "../server/omdbServer";
import { dice } from "./dice";
import { inTheEnd } from "./inTheEnd";
import { bytesHeld } from "./memory";
import { openRawSocket } from "./rawSocket";

const chance = dice();
const SOCKETS = 1_000;
const AT_A_TIME = 100;

const FOLLOW = `subscription ($after: String) {
  newCommits(after: $after) { cursor commit { number message operations(first: 1) { nodes { path } } } }
}`;

test(`${SOCKETS} sockets are opened and dropped (seed ${chance.seed})`, async () => {
  const server = inTheEnd(await startOmdb(await testDatabase()));
  await defineNotes(server.url);
  for (const text of ["one", "two", "three"]) await commitNote(server.url, text);

  let events = 0;
  /** Cut before it subscribes, while it does, after some of the events, or while it waits for more. */
  const openAndDrop = async () => {
    const rest = chance.between(0, 4);
    let seen = 0;
    let enough!: () => void;
    const all = new Promise<void>((resolve) => (enough = resolve));
    const { socket, subscribe } = await openRawSocket(server.url, () => {
      events += 1;
      seen += 1;
      if (seen === rest - 1) enough();
    });
    if (rest > 0) subscribe(FOLLOW, { after: "0" });
    if (rest > 1) await all;
    socket.terminate();
  };
  const crowd = async (sockets: number) => {
    for (let opened = 0; opened < sockets; opened += AT_A_TIME) {
      await Promise.all(Array.from({ length: AT_A_TIME }, openAndDrop));
    }
    // The server notices the cutting in its own time.
    while (Object.values(server.open()).some((count) => count > 0)) await new Promise(setImmediate);
  };
  // What is kept for good, such as documents and commits, is there after the first.
  await crowd(2 * AT_A_TIME);
  const before = await bytesHeld();
  await crowd(SOCKETS);
  const grown = (await bytesHeld()) - before;
  // A socket with its stream takes some tens of thousands of bytes.
  expect(grown / SOCKETS).toBeLessThan(4_000);
  expect(events).toBeGreaterThan(SOCKETS);
  expect(server.open()).toEqual({ sockets: 0, subscriptions: 0, followers: 0 });
  expect(server.logged).toEqual([]);
  // It goes on to serve.
  await commitNote(server.url, "four");
});
