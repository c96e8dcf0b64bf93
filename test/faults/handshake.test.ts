/** The way to a stream is cut anywhere in it: in the upgrade, around the greeting, before and in the first event. */
import pg from "pg";
import { testDatabase } from "../support/database";
import { startProxy, type Link, type Proxy } from "../support/proxy";
import { wsClient } from "../server/clients";
import { commitNote, defineNotes, startOmdb } from "../server/omdbServer";
import { dice } from "./dice";
import { expectNothingLost, FOLLOW, startFollower } from "./followers";
import { inTheEnd } from "./inTheEnd";
import { bytesHeld, expectNothingKept, warmUp } from "./memory";
import { openRawSocket } from "./rawSocket";
import { startWriters } from "./writers";

const chance = dice();
/** Cuts of each follower, wherever they are. */
const CUTS = 20;

type Side = "client" | "server";
/** Bytes that each side has sent. */
type Sent = Record<Side, number>;

/** A connection is cut as soon as so many bytes of what one side sends have passed. */
interface Cut {
  readonly from: Side;
  readonly after: number;
}

interface Cutting extends Proxy {
  readonly cuts: number;
  /** Resolves when all have been made. */
  readonly spent: Promise<void>;
}

/** Cuts each new connection as the next cut says; when there is none left, all passes. */
async function startCutting(target: string, cuts: readonly Cut[]): Promise<Cutting> {
  const coming = [...cuts];
  let tell = (): void => undefined;
  const spent = new Promise<void>((resolve) => (tell = resolve));
  const proxy = await startProxy(target, (link) => {
    const cut = coming.shift();
    const pieces = (from: Side, to: Side) => {
      let rest = cut?.from === from ? cut.after : Infinity;
      return (bytes: Buffer) => {
        if (rest > bytes.length) {
          rest -= bytes.length;
          link[to].write(bytes);
          return;
        }
        link[from].pause();
        link[to].write(bytes.subarray(0, rest), () => {
          link.cut(chance.between(0, 1) === 1);
          if (coming.length === 0) tell();
        });
      };
    };
    return { fromClient: pieces("client", "server"), fromServer: pieces("server", "client") };
  });
  return { ...proxy, cuts: cuts.length, spent };
}

/** What both sides have sent when a socket is open, when it has been greeted, and when its first event is there. */
async function measure(url: string): Promise<Record<"open" | "greeted" | "begun", Sent>> {
  const sent: Sent = { client: 0, server: 0 };
  const proxy = await startProxy(url, ({ client, server }) => {
    const counted = (from: Side, to: Link[Side]) => (bytes: Buffer) => {
      sent[from] += bytes.length;
      to.write(bytes);
    };
    return { fromClient: counted("client", server), fromServer: counted("server", client) };
  });
  const marks: Partial<Record<"open" | "greeted" | "begun", Sent>> = {};
  const mark = (name: keyof typeof marks) => () => void (marks[name] = { ...sent });
  const client = wsClient(proxy.through(url), { on: { opened: mark("open"), connected: mark("greeted") } });
  await client.iterate({ query: FOLLOW, variables: { after: "0" } }).next();
  mark("begun")();
  await client.dispose();
  await proxy.stop();
  return marks as Required<typeof marks>;
}

test(`the way to a stream is cut anywhere (seed ${chance.seed})`, async () => {
  const database = await testDatabase();
  const server = inTheEnd(await startOmdb(database));
  await defineNotes(server.url);
  const writers = inTheEnd(startWriters(() => [server.url], 2));
  await writers.until(10);
  const { open, greeted, begun } = await measure(server.url);
  const CUT_FIRST: Record<string, Cut> = {
    "the upgrade arrives, and its answer does not": { from: "client", after: open.client },
    "the socket is open, and the client has not begun": { from: "server", after: open.server },
    "the client has begun, and is not greeted": { from: "client", after: greeted.client },
    "it is greeted, and has not subscribed": { from: "server", after: greeted.server },
    "it has subscribed, and has no event": { from: "client", after: begun.client },
    "in the first event": { from: "server", after: greeted.server + chance.between(1, 50) },
  };
  /** No further than what every connection sends. */
  const anyCut = (asked: number): Cut =>
    chance.between(0, 1) === 0
      ? { from: "client", after: chance.between(0, asked) }
      : { from: "server", after: chance.between(0, begun.server + 1_000) };
  const followers = [inTheEnd(startFollower(() => [server.url]))];
  const proxies: Cutting[] = [];
  await warmUp([server.url]);
  const before = await bytesHeld();
  const follow = async (transport: "WebSocket" | "SSE", first: readonly Cut[], asked: number) => {
    const cuts = [...first, ...Array.from({ length: CUTS }, () => anyCut(asked))];
    const proxy = inTheEnd(await startCutting(server.url, cuts));
    proxies.push(proxy);
    followers.push(inTheEnd(startFollower(() => [proxy.through(server.url)], transport)));
  };
  for (const cut of Object.values(CUT_FIRST)) await follow("WebSocket", [cut], begun.client);
  // A request has no less than what asks for a socket.
  await follow("SSE", [], open.client);
  await Promise.race([Promise.all(proxies.map(({ spent }) => spent)), writers.until(Infinity)]);
  await writers.until(writers.acknowledged.length + 10);
  await expectNothingLost(database, writers, followers);
  // Each came back after each cut, and the one that was left alone had no need to.
  expect(followers.map(({ subscribed }) => subscribed)).toEqual([1, ...proxies.map(({ cuts }) => cuts + 1)]);
  await expectNothingKept([server], before);
  expect(server.open()).toEqual({ sockets: 0, subscriptions: 0, followers: 0 });
  expect(server.logged).toEqual([]);
});

const SETTING_UP = 20;
const EVENTS = { "content-type": "application/json", accept: "text/event-stream" };

test("clients go while their streams are being set up", async () => {
  const database = await testDatabase();
  const server = inTheEnd(await startOmdb(database));
  await defineNotes(server.url);
  await commitNote(server.url, "one");
  const holder = new pg.Client({ connectionString: database.url });
  await holder.connect();
  inTheEnd({ stop: () => holder.end() });
  await holder.query("begin; lock table omdb.frontiers in access exclusive mode");
  const going = new AbortController();
  for (let count = 0; count < SETTING_UP; count += 1) {
    const { socket, subscribe } = await openRawSocket(server.url, () => undefined);
    subscribe(FOLLOW, { after: "0" });
    going.signal.addEventListener("abort", () => socket.terminate());
    const request = { method: "POST", headers: EVENTS, body: JSON.stringify({ query: FOLLOW }), signal: going.signal };
    fetch(server.url, request).catch(() => undefined);
  }
  while (server.open().subscriptions < 2 * SETTING_UP) await new Promise(setImmediate);
  going.abort();
  while (server.open().sockets > 0) await new Promise(setImmediate);
  await holder.query("rollback");
  while (Object.values(server.open()).some((count) => count > 0)) await new Promise(setImmediate);
  expect(server.logged).toEqual([]);
});
