import { CursorAhead, CursorInvalid, NotFound } from "../../src/core/errors";
import { encodeCursor } from "../../src/live/cursor";
import { followChanges, followCommits, type ChangeEvent, type CommitEvent } from "../../src/live/follow";
import { followFrontiers } from "../../src/live/frontierStream";
import type { Live } from "../../src/live/live";
import type { LiveStream } from "../../src/live/liveStream";
import { testDatabase, type TestDatabase } from "../support/database";
import { take, takeAll } from "./take";
import { change, commit, commitSilently, createFrontier, liveOn, sequencesInLog } from "./writer";

let database: TestDatabase;
let live: Live;
let frontier: string;
let made = 0;

beforeAll(async () => {
  database = await testDatabase();
  // Small pages and a small ring, so that ten changes are a long log.
  live = liveOn(database, { pageChanges: 3, ringChanges: 4 });
  await live.start();
});
afterAll(() => live.stop());

beforeEach(async () => {
  frontier = `frontier ${(made += 1)}`;
  await createFrontier(database, frontier);
});
afterEach(() => expect(live.followers).toBe(0));

const sequences = (events: { change: { sequence: number } }[]) => events.map((event) => event.change.sequence);
const commits = (events: { commit: number }[]) => events.map((event) => event.commit);

test("without a cursor: from now on", async () => {
  await commit(database, frontier);
  const stream = await followCommits(live, frontier, undefined);
  // Nothing has been asked of the stream yet: it counts from when it was made.
  const later = await commit(database, frontier, 2);
  expect(commits(await take(stream, 2))).toEqual(later);
  await stream.return?.();
});

test("from the beginning: the log, then live, without gap or repeat", async () => {
  const expected: number[] = [];
  for (let round = 0; round < 10; round += 1) expected.push(...(await commit(database, frontier)));
  const stream = await followCommits(live, frontier, "0");
  const first = await take(stream, 7);
  const writing = (async () => {
    for (let round = 0; round < 10; round += 1) expected.push(...(await commit(database, frontier)));
  })();
  const rest = await take(stream, 13);
  await writing;
  expect(commits([...first, ...rest])).toEqual(expected);
  await stream.return?.();
});

test("many writers, many followers of different pace: everybody sees the log", async () => {
  const followers = await Promise.all(Array.from({ length: 5 }, () => followChanges(live, frontier, "0")));
  const late = take(followers[0]!, 1);
  const writers = Array.from({ length: 4 }, async () => {
    for (let round = 0; round < 10; round += 1) await commit(database, frontier);
  });
  const seen = await Promise.all(followers.slice(1).map((follower) => take(follower, 41)));
  await Promise.all(writers);
  const expected = await sequencesInLog(database, frontier);
  expect(expected).toHaveLength(41);
  for (const events of seen) expect(sequences(events)).toEqual(expected);
  // One that stood still all the time is far behind the ring.
  expect(sequences([...(await late), ...(await take(followers[0]!, 40))])).toEqual(expected);
  await Promise.all(followers.map((follower) => follower.return?.()));
});

test("followers of one frontier share one reading of a change", async () => {
  const newest = jest.fn((row: { joined: number[] }) => Promise.resolve(row.joined));
  const counted = liveOn(database, { newCommitsOf: newest });
  await counted.start();
  const followers = await Promise.all([1, 2, 3].map(() => followCommits(counted, frontier, undefined)));
  const waiting = followers.map((follower) => take(follower, 1));
  const [added] = await commit(database, frontier);
  expect((await Promise.all(waiting)).flat().map((event) => event.commit)).toEqual([added, added, added]);
  expect(newest).toHaveBeenCalledTimes(1);
  await counted.stop();
});

test("a change with several commits goes on in its middle, and whole for changes", async () => {
  await commit(database, frontier, 2);
  const line = await commit(database, frontier, 5);
  const last = await commit(database, frontier);
  const all = await followCommits(live, frontier, "0");
  const events = await take(all, 8);
  await all.return?.();
  expect(commits(events).slice(2)).toEqual([...line, ...last]);
  for (const [index, event] of events.entries()) {
    const rest = await followCommits(live, frontier, event.cursor);
    expect(commits(await take(rest, 7 - index))).toEqual(commits(events).slice(index + 1));
    await rest.return?.();
    const changes = await followChanges(live, frontier, event.cursor);
    // Sequence 1 made the frontier, 2 brought two commits, 3 five, 4 one.
    const expected = [[2, 3, 4], [3, 4], [3, 4], [3, 4], [3, 4], [3, 4], [4], []][index]!;
    expect(sequences(await take(changes, expected.length))).toEqual(expected);
    await changes.return?.();
  }
});

test("changes without commits are told as changes and passed over by commits", async () => {
  await change(database, frontier, "LOCK");
  await change(database, frontier, "UNLOCK");
  const added = await commit(database, frontier);
  const changes = await followChanges(live, frontier, "0");
  expect((await take(changes, 4)).map((event) => event.change.cause)).toEqual(["CREATE", "LOCK", "UNLOCK", "COMMIT"]);
  await changes.return?.();
  const entered = await followCommits(live, frontier, "0");
  expect(commits(await take(entered, 1))).toEqual(added);
  await entered.return?.();
});

test("an event of a change tells the members", async () => {
  const [first] = await commit(database, frontier);
  const [second] = await commit(database, frontier);
  const changes = await followChanges(live, frontier, "0");
  const events = await take(changes, 3);
  expect(events.map((event) => event.change.members)).toEqual([[], [first], [second]]);
  await changes.return?.();
});

test("what is at hand may be taken at once or waited for, from any cursor: the stream is the same", async () => {
  const log: (() => Promise<unknown>)[] = [
    () => commit(database, frontier),
    () => commit(database, frontier, 3),
    () => change(database, frontier, "LOCK"),
    () => change(database, frontier, "UNLOCK"),
    () => commit(database, frontier, 2),
    ...Array.from({ length: 6 }, () => () => commit(database, frontier)),
    () => change(database, frontier, "DELETE"),
  ];
  type Follow = (...args: Parameters<typeof followChanges>) => Promise<LiveStream<ChangeEvent | CommitEvent>>;
  const whole = async (follow: Follow) => [follow, takeAll(await follow(live, frontier, "0"))] as const;
  const streams = [await whole(followChanges), await whole(followCommits)];
  for (const happen of log) await happen();
  const told = await Promise.all(streams.map(async ([follow, events]) => [follow, await events] as const));
  expect(told.map(([, events]) => events.length)).toEqual([13, 12]);
  // The same name again: nothing of it belongs to the streams of the former one.
  await createFrontier(database, frontier);
  await commit(database, frontier);
  let atOnce = 0;
  for (const [follow, events] of told) {
    for (let start = 0; start < events.length - 1; start += 1) {
      for (const waits of [[false], [true, false], [false, false, true], [true, true, false, false]]) {
        const stream = await follow(live, frontier, events[start]!.cursor);
        const seen: unknown[] = [];
        for (let step = 0; ; step += 1) {
          const taken = waits[step % waits.length] ? undefined : stream.take();
          if (taken) atOnce += 1;
          const next = taken ? { value: taken, done: false as const } : await stream.next();
          if (next.done) break;
          seen.push(next.value);
        }
        expect(texts(seen)).toEqual(texts(events.slice(start + 1)));
        expect(stream.take()).toBeUndefined();
      }
    }
  }
  expect(atOnce).toBeGreaterThan(100);
});

/** Events without what is a function. */
const texts = (events: readonly unknown[]): string[] => events.map((event) => JSON.stringify(event));

test("a page that was read ahead is not taken for the end of the log", async () => {
  // As long as pages are, and further back than the ring: the page after them is read while there is nothing.
  for (let round = 0; round < 8; round += 1) await commit(database, frontier);
  const stream = await followChanges(live, frontier, "0");
  expect(sequences(await take(stream, 7))).toEqual([1, 2, 3, 4, 5, 6, 7]);
  const rest = [...(await take(stream, 2))];
  for (let round = 0; round < 9; round += 1) await commit(database, frontier);
  rest.push(...(await take(stream, 9)));
  expect(sequences(rest)).toEqual(Array.from({ length: 11 }, (_, index) => index + 8));
  await stream.return?.();
});

test("what is read ahead and fails for a moment is read again, and fails the stream otherwise", async () => {
  for (let round = 0; round < 9; round += 1) await commit(database, frontier);
  let page = 0;
  const passing = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
  for (const [error, expected] of [
    [passing, 9],
    [new Error("a bug"), undefined],
  ] as const) {
    page = 0;
    const own = liveOn(database, {
      ...{ pageChanges: 3, ringChanges: 4 },
      readAhead: () => ((page += 1) === 2 ? Promise.reject(error) : Promise.resolve()),
    });
    await own.start();
    const stream = await followCommits(own, frontier, "0");
    expect(await take(stream, 2)).toHaveLength(2);
    const rest = take(stream, 7);
    rest.catch(() => undefined);
    // The database answers: what failed is read again.
    while (page < 2) await new Promise(setImmediate);
    const looked = own.look();
    if (expected === undefined) await expect(rest).rejects.toThrow("a bug");
    else expect(await rest).toHaveLength(7);
    await looked;
    await stream.return?.();
    await own.stop();
  }
});

test("what a follower waits for at the same time has its patience and its end, each its own", async () => {
  const membership = live.hub.join(frontier);
  membership.startAt(1);
  let tries = 0;
  const gone = Object.assign(new Error("gone"), { code: "ECONNRESET" });
  const reading = membership.read(() => ((tries += 1) < 2 ? Promise.reject(gone) : Promise.resolve("read")));
  await new Promise(setImmediate);
  const patient = membership.untilChanged(50);
  const other = membership.untilChanged();
  // The database answers: that ends the first wait, and none of the others.
  live.hub.answered.open();
  expect(await reading).toBe("read");
  expect(await patient).toBe(false);
  membership.leave();
  expect(await other).toBe(true);
});

test("what nobody told is delivered after a look", async () => {
  const stream = await followCommits(live, frontier, undefined);
  const waiting = take(stream, 2);
  const first = await commitSilently(database, frontier);
  const second = await commitSilently(database, frontier);
  await live.look();
  expect(commits(await waiting)).toEqual([...first, ...second]);
  await stream.return?.();
});

test("return() settles a waiting next(), and frees the place at once", async () => {
  const streams = await Promise.all([
    followCommits(live, frontier, undefined),
    followChanges(live, frontier, undefined),
  ]);
  expect(live.followers).toBe(2);
  const waiting = streams.map((stream) => stream.next());
  for (const stream of streams) void stream.return?.();
  expect(live.followers).toBe(0);
  for (const result of await Promise.all(waiting)) expect(result.done).toBe(true);
});

test("deleting ends a stream that waits: changes tell it, commits just complete", async () => {
  const [changes, entered] = await Promise.all([
    followChanges(live, frontier, undefined),
    followCommits(live, frontier, undefined),
  ]);
  const told = Promise.all([takeAll(changes), takeAll(entered)]);
  const added = await commit(database, frontier);
  await change(database, frontier, "DELETE");
  const [changeEvents, commitEvents] = await told;
  expect(changeEvents.map((event) => event.change.cause)).toEqual(["COMMIT", "DELETE"]);
  expect(commits(commitEvents)).toEqual(added);
  await expect(followChanges(live, frontier, undefined)).rejects.toThrow(NotFound);
  await expect(followChanges(live, frontier, "0")).rejects.toThrow(NotFound);
});

test("cursors of a deleted frontier go on to its deletion and complete, also when it was made again", async () => {
  await commit(database, frontier);
  const stream = await followChanges(live, frontier, "0");
  const cursors = ["0", ...(await take(stream, 2)).map((event) => event.cursor)];
  await change(database, frontier, "DELETE");
  const [deletion] = await takeAll(stream);
  cursors.push(deletion!.cursor);
  const causes = async (cursor: string) =>
    (await takeAll(await followChanges(live, frontier, cursor))).map((event) => event.change.cause);
  const expected = [["COMMIT", "DELETE"], ["DELETE"], []];
  expect(await Promise.all(cursors.slice(1).map(causes))).toEqual(expected);

  await createFrontier(database, frontier);
  const [again] = await commit(database, frontier);
  expect(await Promise.all(cursors.slice(1).map(causes))).toEqual(expected);
  // The beginning is that of the frontier that is there now.
  const anew = await followChanges(live, frontier, "0");
  expect((await take(anew, 2)).map((event) => event.change.cause)).toEqual(["CREATE", "COMMIT"]);
  await anew.return?.();
  const entered = await followCommits(live, frontier, "0");
  expect(commits(await take(entered, 1))).toEqual([again]);
  await entered.return?.();

  // A third one: cursors of the first still end with the first.
  await change(database, frontier, "DELETE");
  await createFrontier(database, frontier);
  expect(await Promise.all(cursors.slice(1).map(causes))).toEqual(expected);
});

test("a stream that waits at the end of a deleted frontier is not taken over by its heir", async () => {
  const stream = await followChanges(live, frontier, "0");
  await take(stream, 1);
  await change(database, frontier, "DELETE");
  await createFrontier(database, frontier);
  expect((await takeAll(stream)).map((event) => event.change.cause)).toEqual(["DELETE"]);
});

test.each(["no such frontier", "a\0b", "lone \ud800 surrogate"])("there is no frontier %j", async (name) => {
  await expect(followCommits(live, name, undefined)).rejects.toThrow(NotFound);
  await expect(followChanges(live, name, "0")).rejects.toMatchObject({ inputPath: ["frontier"] });
});

test("cursors of garbage, of another frontier and from the future are refused", async () => {
  const at = (sequence: number, position = 0) => encodeCursor({ frontier, incarnation: 1, sequence, position });
  await expect(followCommits(live, frontier, "garbage")).rejects.toThrow(CursorInvalid);
  await expect(followCommits(live, "main", at(1))).rejects.toThrow(CursorInvalid);
  await expect(followCommits(live, frontier, at(2))).rejects.toThrow(CursorAhead);
  await expect(followCommits(live, frontier, at(1, 1))).rejects.toThrow(CursorAhead);
});

test("a cursor beyond the commits of its change is refused, and nothing is passed over", async () => {
  await commit(database, frontier, 2);
  await commit(database, frontier);
  const at = (sequence: number, position: number) => encodeCursor({ frontier, incarnation: 1, sequence, position });
  for (const cursor of [at(1, 2), at(1, 7), at(2, 1), at(0, 1)]) {
    const stream = await followCommits(live, frontier, cursor);
    await expect(stream.next()).rejects.toThrow(CursorInvalid);
  }
});

test("main is followed from before its first change", async () => {
  const stream = await followChanges(live, "main", "0");
  const [fresh] = await Promise.all([take(stream, 1), commit(database, "main")]);
  expect(sequences(fresh)).toEqual([1]);
  await stream.return?.();
  const resumed = await followChanges(live, "main", fresh[0]!.cursor);
  const [next] = await Promise.all([take(resumed, 1), commit(database, "main")]);
  expect(sequences(next)).toEqual([2]);
  await resumed.return?.();
});

test("a reading of the log that fails for good is told to the consumer, and frees its place", async () => {
  await commit(database, frontier);
  const broken = liveOn(database, { newCommitsOf: () => Promise.reject(new Error("a bug")) });
  const stream = await followCommits(broken, frontier, "0");
  await expect(stream.next()).rejects.toThrow("a bug");
  expect(await stream.next()).toEqual({ done: true, value: undefined });
  expect(broken.followers).toBe(0);
});

test("a failure of the database that passes is got over at the next look", async () => {
  const [added] = await commit(database, frontier);
  let fails = 2;
  const errors: unknown[] = [];
  let told!: () => void;
  const failing = liveOn(database, {
    newCommitsOf: (row) => {
      fails -= 1;
      return fails < 0
        ? Promise.resolve(row.joined)
        : Promise.reject(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
    },
    onError: (error) => {
      errors.push(error);
      told();
    },
  });
  const stream = await followCommits(failing, frontier, "0");
  const seen = take(stream, 1);
  while (fails > 0) {
    await new Promise<void>((resolve) => (told = resolve));
    await failing.look();
  }
  expect(commits(await seen)).toEqual([added]);
  expect(errors).toHaveLength(2);
  await stream.return?.();
});

test("a reading that fails is not waited for by whoever goes away", async () => {
  await commit(database, frontier);
  let told!: () => void;
  const failed = new Promise<void>((resolve) => (told = resolve));
  const failing = liveOn(database, {
    newCommitsOf: () => Promise.reject(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" })),
    onError: () => told(),
  });
  const stream = await followCommits(failing, frontier, "0");
  const waiting = stream.next();
  await failed;
  await stream.return?.();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(failing.followers).toBe(0);
});

test("stopping completes every stream", async () => {
  const stopped = liveOn(database);
  await stopped.start();
  const stream = await followCommits(stopped, frontier, undefined);
  const waiting = stream.next();
  await stopped.stop();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(stopped.followers).toBe(0);
});

describe("while the database cannot be reached, who begins to follow", () => {
  /** A live part whose database does not answer before it is told to. */
  function liveWithoutDatabase(): { live: Live; asked: Promise<void>; comeBack(): void } {
    let away = true;
    let told!: () => void;
    const asked = new Promise<void>((resolve) => (told = resolve));
    const query = (text: string, values: unknown[]): unknown =>
      away
        ? Promise.reject(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }))
        : database.pool.query(text, values);
    const pool = { query } as unknown as TestDatabase["pool"];
    return {
      live: liveOn({ ...database, pool }, { onError: () => told() }),
      asked,
      comeBack: () => (away = false),
    };
  }

  test("waits for it, and misses nothing from then on", async () => {
    const waiting = liveWithoutDatabase();
    const following = followCommits(waiting.live, frontier, "0");
    await waiting.asked;
    const added = await commit(database, frontier, 2);
    waiting.comeBack();
    await waiting.live.look();
    const stream = await following;
    expect(commits(await take(stream, 2))).toEqual(added);
    await stream.return?.();
    expect(waiting.live.followers).toBe(0);
  });

  test("is let go when the server stops", async () => {
    const waiting = liveWithoutDatabase();
    const following = followChanges(waiting.live, frontier, undefined);
    await waiting.asked;
    await waiting.live.stop();
    expect(await takeAll(await following)).toEqual([]);
    expect(waiting.live.followers).toBe(0);
  });
  test.each<[string, (live: Live) => Promise<AsyncIterator<unknown>>]>([
    ["changes", (live) => followChanges(live, frontier, undefined)],
    ["commits", (live) => followCommits(live, frontier, "0")],
    ["frontiers", (live) => followFrontiers(live, "")],
  ])("is let go when the server stops while it asks: %s", async (_, begin) => {
    let fail!: (error: unknown) => void;
    const query = () => new Promise((_, reject) => (fail = reject));
    const live = liveOn({ ...database, pool: { query } as unknown as TestDatabase["pool"] });
    const following = begin(live);
    await live.stop();
    fail(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
    expect(await takeAll(await following)).toEqual([]);
    expect(live.followers).toBe(0);
  });
});
