/**
 * A server process is killed at the moments between which something is told: a commit by the database, by its
 * notification, by its answer and as an event, and what a client and a server say before a stream begins.
 */
import { testDatabaseUrl } from "../support/database";
import { byPort } from "../support/databaseUrl";
import { compileProgram, type Program } from "../support/program";
import { startProxy } from "../support/proxy";
import { openDatabase } from "../../src/store/database";
import { messagesOf, NOTIFICATION_RESPONSE } from "../live/pooler";
import { defineNotes, startOmdb } from "../server/omdbServer";
import { dice } from "./dice";
import { commitsInLog, expectNothingLost, startFollower } from "./followers";
import { inTheEnd } from "./inTheEnd";
import { bytesHeld, expectNothingKept, warmUp } from "./memory";
import { startServing } from "./serving";
import { startWriters } from "./writers";

const chance = dice();

/** What is on its way to or from the server: a message of the database, or what one read of a client's connection gave. */
interface Sight {
  readonly from: "database" | "server" | "client";
  readonly bytes: Buffer;
  /** Set where the connection is a socket that has been greeted. */
  readonly greeted?: boolean;
}

interface Moment {
  readonly is: (sight: Sight) => boolean;
  /** Whether what is seen then still arrives. */
  readonly arrives: boolean;
  /** Set where the log has a commit then that its writer was not told of. */
  readonly untold?: true;
}

const has = (from: Sight["from"], text: string) => (sight: Sight) => sight.from === from && sight.bytes.includes(text);
const isCommitted = ({ from, bytes }: Sight) => from === "database" && /^C....COMMIT\0/s.test(bytes.toString("latin1"));
const isNotification = ({ from, bytes }: Sight) => from === "database" && bytes[0] === NOTIFICATION_RESPONSE;
const isAnswer = ({ from, bytes }: Sight) => from === "server" && /^HTTP.1.1 200[^]*application.json/.test(`${bytes}`);

/** Each is tried. */
const MOMENTS: Record<string, Moment> = {
  "committed, and the server does not hear of it": { is: isCommitted, arrives: false, untold: true },
  "the notification is on its way": { is: isNotification, arrives: false },
  "the answer is on its way": { is: isAnswer, arrives: false, untold: true },
  "a socket is open, and the client has not begun": { is: has("server", "HTTP/1.1 101"), arrives: true },
  "the client has begun, and is not greeted": { is: has("server", '"connection_ack"'), arrives: false },
  "the client has subscribed, and has no event": {
    is: ({ from, greeted }) => from === "client" && greeted === true,
    arrives: true,
  },
};

let rest = chance.between(1, 60);
/** One of them is. */
const OTHERS: Record<string, Moment> = {
  "committed, and the server has just heard of it": { is: isCommitted, arrives: true },
  "an event is on its way": { is: has("server", '"type":"next"'), arrives: false },
  any: { is: () => (rest -= 1) === 0, arrives: chance.between(0, 1) === 1 },
};
const anyOf = (moments: typeof OTHERS) => Object.entries(moments)[chance.between(0, Object.keys(moments).length - 1)]!;

let program: Program;
beforeAll(async () => {
  program = await compileProgram();
});
afterAll(() => program.remove());

/** One server after the other, between proxies that see what it is told and tells, and can kill it at any of it. */
async function placeForServers(databaseUrl: string) {
  let server: Awaited<ReturnType<typeof startServing>> | undefined;
  let [open, dead] = [false, false];
  let kill: { readonly moment: Moment; readonly done: () => void } | undefined;
  const see = (sight: Sight, pass: () => void) => {
    if (dead) return;
    if (!kill?.moment.is(sight)) return pass();
    const { moment, done } = kill;
    kill = undefined;
    if (moment.arrives) pass();
    [open, dead] = [false, true];
    server?.process.kill("SIGKILL");
    done();
  };
  const direct = byPort(databaseUrl).href;
  const behind = await startProxy(direct, ({ client }) => ({
    fromServer: messagesOf((bytes) => see({ from: "database", bytes }, () => client.write(bytes))),
  }));
  inTheEnd(behind);
  const before = await startProxy(
    () => server?.url ?? direct,
    (link) => {
      if (!open) link.cut();
      let greeted = false;
      return {
        fromClient: (bytes) => see({ from: "client", bytes, greeted }, () => link.server.write(bytes)),
        fromServer: (bytes) => {
          greeted ||= bytes.includes('"connection_ack"');
          see({ from: "server", bytes }, () => link.client.write(bytes));
        },
      };
    },
  );
  inTheEnd(before);
  return {
    /** Of whichever is there. */
    url: before.through("http://127.0.0.1/graphql"),
    async liveUntil(moment: Moment): Promise<void> {
      dead = false;
      server = await startServing(program, behind.through(direct));
      // From here on it has clients.
      open = true;
      await new Promise<void>((done) => (kill = { moment, done }));
      await server?.ended;
    },
    /** Connections to the database of those that were there. */
    left: () => behind.links.size,
  };
}

test(`a server is killed at the moments that matter (seed ${chance.seed})`, async () => {
  const databaseUrl = await testDatabaseUrl();
  const database = openDatabase({ url: databaseUrl });
  inTheEnd({ stop: () => database.close() });
  const survivor = inTheEnd(await startOmdb(database));
  const mortal = await placeForServers(databaseUrl);
  await defineNotes(survivor.url);

  let over = false;
  const others = [startFollower(() => [survivor.url]), startFollower(() => [survivor.url], "SSE")].map(inTheEnd);
  let addresses = [survivor.url];
  const follower = inTheEnd(startFollower(() => [over ? survivor.url : mortal.url]));
  const writers = inTheEnd(startWriters(() => addresses, 3));
  await writers.until(10);
  await warmUp([survivor.url]);
  const memory = await bytesHeld();
  for (const [name, moment] of [...Object.entries(MOMENTS), anyOf(OTHERS)]) {
    addresses = [mortal.url];
    const killed = mortal.liveUntil(moment).then(() => new Set(writers.acknowledged));
    const told = await Promise.race([killed, writers.until(Infinity)]);
    // Its writers have nobody else to ask yet: what they have not been told of, nobody has.
    const untold = (await commitsInLog(database)).filter((commit) => told?.has(commit) === false);
    if (moment.untold) expect([name, untold]).not.toEqual([name, []]);
    addresses = [survivor.url];
    await writers.until(writers.acknowledged.length + 10);
  }
  while (mortal.left() > 0) await new Promise(setImmediate);
  over = true;
  await expectNothingLost(database, writers, [...others, follower]);
  // Who followed elsewhere noticed nothing.
  expect(others.map(({ subscribed }) => subscribed)).toEqual([1, 1]);
  await expectNothingKept([survivor], memory);
  expect(survivor.logged).toEqual([]);
});
