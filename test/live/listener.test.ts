import type { QueryConfig } from "pg";
import { CHANNEL } from "../../src/store/frontierLog";
import { followCommits } from "../../src/live/follow";
import { Listener, type ListenerOptions } from "../../src/live/listener";
import { readNotification, type Live } from "../../src/live/live";
import { testDatabase, type TestDatabase } from "../support/database";
import { startDeafPooler, startPooler } from "./pooler";
import { take } from "./take";
import { commit, commitSilently, liveOn } from "./writer";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

/** Ends the sessions of all listeners of this database; gives their number. */
async function terminateListeners(): Promise<number> {
  const { rows } = await database.pool.query<{ ended: boolean }>(
    `select pg_terminate_backend(pid) as ended from pg_stat_activity
     where application_name = 'omdb listener' and datname = current_database()`,
  );
  return rows.length;
}

function listenerWith(options: Partial<ListenerOptions>): Listener {
  return new Listener({
    url: database.directUrl,
    channel: CHANNEL,
    onNotification: () => undefined,
    notify: (payload) => database.pool.query("select pg_notify($1, $2)", [CHANNEL, payload]),
    onHearing: () => undefined,
    onError: () => undefined,
    random: () => 0,
    shortestDelay: 5,
    longestDelay: 20,
    patience: 5_000,
    ...options,
  });
}

describe("a listener", () => {
  test("hears, and comes back when its session is ended", async () => {
    const heard: string[] = [];
    const errors: unknown[] = [];
    let hearing!: () => void;
    const onHearing = () => hearing();
    const connected = () => new Promise<void>((resolve) => (hearing = resolve));
    const listener = listenerWith({
      onNotification: (payload) => heard.push(payload),
      onHearing,
      onError: (error) => errors.push(error),
    });
    const first = connected();
    await listener.start();
    await first;
    expect(listener.hearing).toBe(true);
    for (let round = 0; round < 3; round += 1) {
      const again = connected();
      expect(await terminateListeners()).toBe(1);
      await again;
      expect(listener.hearing).toBe(true);
    }
    expect(errors.length).toBeGreaterThanOrEqual(3);
    await listener.stop();
    expect(listener.hearing).toBe(false);
  });

  test("does not start where it does not hear itself", async () => {
    const pooler = await startDeafPooler(database.directUrl);
    const listener = listenerWith({ url: pooler.url, patience: 1_000 });
    await expect(listener.start()).rejects.toThrow(/direct connection/);
    expect(listener.hearing).toBe(false);
    await listener.stop();
    await pooler.stop();
  });

  test("does not start where it hears nobody but itself, as through a pooler, or on another database", async () => {
    const other = await testDatabase();
    const listener = listenerWith({ url: other.directUrl, patience: 1_000 });
    await expect(listener.start()).rejects.toThrow(/the same database/);
    await listener.stop();
  });

  test("does not wait for ever where LISTEN is not answered", async () => {
    const pooler = await startPooler(database.directUrl);
    pooler.hang();
    const listener = listenerWith({ url: pooler.url, patience: 500 });
    await expect(listener.start()).rejects.toThrow(/does not hear/);
    await listener.stop();
    await pooler.stop();
  });

  test("does not start without a database", async () => {
    const url = new URL(database.directUrl);
    url.pathname = "/no_such_database";
    await expect(listenerWith({ url: url.href }).start()).rejects.toThrow(/does not exist/);
  });

  test("can be stopped while it tries to come back", async () => {
    let told!: () => void;
    const lost = new Promise<void>((resolve) => (told = resolve));
    const listener = listenerWith({ onError: () => told(), shortestDelay: 60_000, longestDelay: 60_000 });
    await listener.start();
    await terminateListeners();
    await lost;
    await listener.stop();
    await listener.stop();
  });

  test("a heartbeat that is answered keeps the connection", async () => {
    const listener = listenerWith({});
    await listener.start();
    listener.beat();
    await database.pool.query("select 1");
    await listener.stop();
    listener.beat();
  });

  test("a heartbeat that is not answered ends the connection, and it comes back", async () => {
    const errors: unknown[] = [];
    let hearing = 0;
    let again!: () => void;
    const back = new Promise<void>((resolve) => (again = resolve));
    const listener = listenerWith({
      onError: (error) => errors.push(error),
      onHearing: () => {
        hearing += 1;
        if (hearing === 2) again();
      },
    });
    await listener.start();
    // The second question comes before the first can have been answered.
    listener.beat();
    listener.beat();
    await back;
    expect(errors).toContainEqual(
      expect.objectContaining({ message: expect.stringMatching(/does not answer$/) as string }),
    );
    await listener.stop();
  });
});

describe("streams over a broken listener", () => {
  let live: Live;
  beforeEach(async () => {
    live = liveOn(database);
    await live.start();
  });
  afterEach(() => live.stop());

  test("what is committed while nobody listens is delivered after the reconnection, once and in order", async () => {
    const stream = await followCommits(live, "main", undefined);
    const expected: number[] = [];
    const seen = take(stream, 40);
    for (let round = 0; round < 40; round += 1) {
      if (round % 10 === 5) expect(await terminateListeners()).toBeLessThanOrEqual(1);
      expected.push(...(await commit(database, "main")));
    }
    expect((await seen).map((event) => event.commit)).toEqual(expected);
    await stream.return?.();
  });

  test("what nobody told is delivered with the next reconnection", async () => {
    const stream = await followCommits(live, "main", undefined);
    const seen = take(stream, 1);
    const expected = await commitSilently(database, "main");
    expect(await terminateListeners()).toBe(1);
    expect((await seen).map((event) => event.commit)).toEqual(expected);
    await stream.return?.();
  });

  test("what nobody told is delivered, too, when the process looks already as it hears again", async () => {
    const held: (() => void)[] = [];
    let holding = false;
    const query = async (statement: string | QueryConfig, values?: unknown[]): Promise<unknown> => {
      const result = await database.pool.query(statement, values);
      const text = typeof statement === "string" ? statement : statement.text;
      if (holding && text.includes("omdb.frontiers")) {
        holding = false;
        await new Promise<void>((release) => held.push(release));
      }
      return result;
    };
    const slow = liveOn({ ...database, pool: { query } as unknown as TestDatabase["pool"] });
    const hearingAgain = async () => {
      while (slow.hearing) await new Promise(setImmediate);
      while (!slow.hearing) await new Promise(setImmediate);
    };
    await slow.start();
    const stream = await followCommits(slow, "main", undefined);
    const seen = take(stream, 1);
    // The look after this reconnection has seen the log, and is slow to come back.
    holding = true;
    await terminateListeners();
    await hearingAgain();
    while (held.length === 0) await new Promise(setImmediate);
    const expected = await commitSilently(database, "main");
    await terminateListeners();
    await hearingAgain();
    held[0]?.();
    expect((await seen).map((event) => event.commit)).toEqual(expected);
    await stream.return?.();
    await slow.stop();
  });

  test("strange notifications do no harm", async () => {
    const stream = await followCommits(live, "main", undefined);
    const seen = take(stream, 1);
    const strange = [
      "",
      "x",
      "null",
      "[]",
      '{"frontier":1,"sequence":2}',
      '{"frontier":"main","sequence":9007199254740991}',
    ];
    for (const payload of strange) await database.pool.query("select pg_notify($1, $2)", [CHANNEL, payload]);
    const expected = await commit(database, "main");
    expect((await seen).map((event) => event.commit)).toEqual(expected);
    await stream.return?.();
  });
});

test.each([
  ['{"frontier":"main","sequence":3}', { frontier: "main", sequence: 3 }],
  ['{"probe":"3e1b"}', undefined],
  ['{"frontier":"main"}', undefined],
  ['{"frontier":"main","sequence":"3"}', undefined],
  ["{", undefined],
  ["7", undefined],
])("the notification %s says %j", (payload, told) => expect(readNotification(payload)).toEqual(told));
