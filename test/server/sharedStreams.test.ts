/** Followers that share their results, with transports that are slow at any time: each sees the log once, in order. */
import fc from "fast-check";
import { buildSchema, parse, type ExecutionResult, type OperationDefinitionNode } from "graphql";
import { followCommits, type CommitEvent } from "../../src/live/follow";
import type { Live } from "../../src/live/live";
import { LiveStream, type Place, type PlacedEvent } from "../../src/live/liveStream";
import { END } from "../../src/live/pullIterator";
import type { EventResult } from "../../src/server/eventResult";
import { SharedStreams } from "../../src/server/sharedStreams";
import type { Sink } from "../../src/server/sink";
import { sharingKey } from "../../src/server/sharingKey";
import type { PreparedOperation } from "../../src/server/preparedOperation";
import { checkLater, timeFor } from "../support/arbitraries";
import { testDatabase, type TestDatabase } from "../support/database";
import { take } from "../live/take";
import { commit, createFrontier, change, liveOn } from "../live/writer";

jest.setTimeout(timeFor(120_000));

let database: TestDatabase;
let live: Live;
beforeAll(async () => {
  database = await testDatabase();
  // So that hardly anything is in memory.
  live = liveOn(database, { pageChanges: 3, ringChanges: 4 });
  await live.start();
});
afterAll(() => live.stop());

const schema = buildSchema(
  `type Query { a: Int } type Subscription { commits(after: String, n: Int): Int other(n: String): Int }`,
);
function prepared(text: string, variableValues: Record<string, unknown> = {}): PreparedOperation {
  const document = parse(text);
  return { schema, document, operation: document.definitions[0] as OperationDefinitionNode, variableValues };
}
const COMMITS = prepared("subscription ($after: String) { commits(after: $after) }");

let made = 0;
async function frontier(): Promise<string> {
  const name = `shared ${(made += 1)}`;
  await createFrontier(database, name);
  return name;
}

/** Shared streams that count how often each commit's event is executed. */
function counting(characters = 0, atOnce: (commit: number) => boolean = () => false) {
  const executed: number[] = [];
  /** How many were executed in one go, each time. */
  const together: number[] = [];
  const shared = new SharedStreams({
    execute: (_prepared, event) => {
      const { commit } = event as CommitEvent;
      executed.push(commit);
      // As where everything that is selected is at hand.
      if (atOnce(commit)) return { data: { commits: commit } };
      return Promise.resolve({ data: { commits: commit, text: "x".repeat(characters) } });
    },
    executeTogether: (_prepared, events) => {
      const commits = (events as CommitEvent[]).map(({ commit }) => commit);
      if (!commits.every(atOnce)) return undefined;
      executed.push(...commits);
      together.push(commits.length);
      return commits.map((commit) => ({ data: { commits: commit } }));
    },
    failed: (error) => ({ errors: [error as never] }),
  });
  return { shared, executed, together };
}

const commitOf = ({ json }: EventResult): number => (JSON.parse(json) as { data: { commits: number } }).data.commits;

/** One who subscribes: results that are pulled and results that are pushed arrive in one list. */
class Client implements Sink {
  readonly seen: number[] = [];
  readonly over: Promise<void>;
  /** How many results came with each push. */
  readonly pushes: number[] = [];
  full = false;
  closed = 0;
  private readonly results: AsyncIterableIterator<ExecutionResult>;

  constructor(
    shared: SharedStreams,
    source: Awaited<ReturnType<typeof followCommits>>,
    private readonly takes: (push: number) => boolean,
  ) {
    this.results = shared.follow(COMMITS, source, this, () => (this.closed += 1));
    this.over = this.read();
  }

  private async read(): Promise<void> {
    for await (const { data } of this.results) this.seen.push(data!["commits"] as number);
  }

  push(results: readonly EventResult[]): boolean {
    // Whoever has too much is given nothing before that has left.
    expect(this.full).toBe(false);
    this.seen.push(...results.map(commitOf));
    this.pushes.push(results.length);
    this.full = !this.takes(this.pushes.length);
    return !this.full;
  }

  async left(): Promise<void> {
    await new Promise(setImmediate);
    this.full = false;
  }

  leave(): void {
    void this.results.return?.();
  }
}

test("each event is executed once for all, and reaches everybody by one stream", async () => {
  const on = await frontier();
  const { shared, executed } = counting();
  const clients: Client[] = [];
  for (let index = 0; index < 20; index += 1) {
    clients.push(new Client(shared, await followCommits(live, on, undefined), () => true));
  }
  const commits: number[] = [];
  for (let round = 0; round < 20; round += 1) commits.push(...(await commit(database, on)));
  // All have joined by the first event: one stream is left.
  expect(live.followers).toBe(1);
  await change(database, on, "DELETE");
  await Promise.all(clients.map(({ over }) => over));
  for (const client of clients) expect(client).toMatchObject({ seen: commits, closed: 1 });
  expect(executed).toEqual(commits);
  expect(live.followers).toBe(0);
});

test.each([
  [100, 5],
  [33_000, 9],
])("who comes later is given what is kept of one follower, unless it is long: %d characters", async (long, times) => {
  const on = await frontier();
  const { shared, executed } = counting(long);
  const first = new Client(shared, await followCommits(live, on, undefined), () => true);
  const commits: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    commits.push(...(await commit(database, on)));
    while (first.seen.length <= round) await new Promise(setImmediate);
  }
  const past = await followCommits(live, on, "0");
  const [event] = await take(past, 1);
  await past.return();
  const second = new Client(shared, await followCommits(live, on, event!.cursor), () => true);
  await change(database, on, "DELETE");
  await Promise.all([first.over, second.over]);
  expect([first.seen, second.seen]).toEqual([commits, commits.slice(1)]);
  expect(executed).toHaveLength(times);
});

test("when the first one leaves, the others go on; when the last one leaves, nothing is left", async () => {
  const on = await frontier();
  const { shared } = counting();
  const [first, second] = [
    new Client(shared, await followCommits(live, on, undefined), () => true),
    new Client(shared, await followCommits(live, on, undefined), () => true),
  ];
  const [one] = await commit(database, on);
  while (second.seen.length === 0) await new Promise(setImmediate);
  first.leave();
  await first.over;
  const [two] = await commit(database, on);
  while (second.seen.length < 2) await new Promise(setImmediate);
  expect([first.seen, second.seen]).toEqual([[one], [one, two]]);
  second.leave();
  await second.over;
  expect(live.followers).toBe(0);
});

test("what comes faster than it is given is given together, and leaves together", async () => {
  const on = await frontier();
  const { shared } = counting();
  const client = new Client(shared, await followCommits(live, on, undefined), () => true);
  const [first] = await commit(database, on);
  while (client.pushes.length < 1) await new Promise(setImmediate);
  const commits = await commit(database, on, 40);
  await change(database, on, "DELETE");
  await client.over;
  expect(client.seen).toEqual([first, ...commits]);
  // At most sixteen at once, while others are made.
  const { pushes } = client;
  expect(pushes.length).toBeLessThan(10);
  expect(Math.max(...pushes)).toBeGreaterThan(1);
  expect(Math.max(...pushes)).toBeLessThanOrEqual(16);
});

test("a long past is made in one go where it is at hand, and one by one where it is not", async () => {
  const on = await frontier();
  const commits = await commit(database, on, 300);
  const awaited = new Set(commits.filter((_, index) => index % 100 === 99));
  const { shared, executed, together } = counting(0, (commit) => !awaited.has(commit));
  const client = new Client(shared, await followCommits(live, on, "0"), () => true);
  await change(database, on, "DELETE");
  await client.over;
  expect(client.seen).toEqual(commits);
  // Those that were not made in one go were made again.
  expect(new Set(executed)).toEqual(new Set(commits));
  expect(Math.max(...together)).toBe(16);
  expect(Math.max(...client.pushes)).toBe(16);
});

test("followers begin anywhere, are slow at any time, and come and go: each sees the log from there, once, in order", async () => {
  const plan = fc.record({
    /** After how many changes it comes, and which of the changes before that it has seen. */
    comes: fc.nat(10),
    seen: fc.nat(10),
    /** Of its pushes, those that are too much. */
    slow: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
    leaves: fc.option(fc.nat(10), { nil: undefined }),
  });
  await checkLater(
    fc.asyncProperty(
      fc.array(plan, { minLength: 1, maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 10, maxLength: 14 }),
      async (plans, sizes) => {
        const on = await frontier();
        const { shared } = counting(0, (commit) => commit % 3 !== 0);
        const cursors: string[] = ["0"];
        const log: number[][] = [];
        const clients: { client: Client; from: number; leaves: number | undefined }[] = [];
        const recorder = await followCommits(live, on, "0");
        for (const [round, size] of sizes.entries()) {
          for (const { comes, seen, slow, leaves } of plans) {
            if (comes !== round) continue;
            const from = Math.min(seen, log.length);
            const takes = (push: number) => slow[push % slow.length] !== true;
            clients.push({
              client: new Client(shared, await followCommits(live, on, cursors[from]), takes),
              from,
              leaves,
            });
          }
          log.push(await commit(database, on, size));
          for (let index = 0; index < size; index += 1) {
            const { value } = await recorder.next();
            if (index === size - 1) cursors.push((value as CommitEvent).cursor);
          }
          for (const { client, leaves } of clients) if (leaves === round) client.leave();
        }
        await recorder.return();
        await change(database, on, "DELETE");
        for (const { client, from, leaves } of clients) {
          await client.over;
          const expected = log.slice(from).flat();
          expect(client.seen).toEqual(leaves === undefined ? expected : expected.slice(0, client.seen.length));
          expect(client.closed).toBe(1);
        }
        expect(live.followers).toBe(0);
      },
    ),
    0.075,
  );
});

/** Events that are all at hand, at places of their own or at one place. */
class Ready extends LiveStream<PlacedEvent & { readonly number: number }> {
  private given = 0;

  constructor(
    private readonly count: number,
    private readonly momentary = false,
    private readonly closed: () => void = () => undefined,
  ) {
    super();
  }

  get place(): Place {
    return { epoch: 1, sequence: this.momentary ? this.given % 2 : this.given, position: 0 };
  }

  get atEnd(): boolean {
    return false;
  }

  reopen(): Ready {
    throw new Error("It is slow for nobody.");
  }

  protected override takeAtHand() {
    if (this.given === this.count) return undefined;
    this.given += 1;
    return { number: this.given, place: this.place, ...(this.momentary ? ({ momentary: true } as const) : {}) };
  }

  protected pull(): Promise<typeof END> {
    return Promise.resolve(END);
  }

  protected close(): void {
    this.closed();
  }
}

const numbers = (fails: (number: number) => boolean = () => false) =>
  new SharedStreams({
    execute: (_prepared, event) => {
      const { number } = event as { number: number };
      if (fails(number)) throw new Error(`${number} is damaged`);
      return { data: { commits: number } };
    },
    executeTogether: (_prepared, events) => {
      const all = (events as { number: number }[]).map(({ number }) => number);
      return all.some(fails) ? undefined : all.map((number) => ({ data: { commits: number } }));
    },
    failed: (error) => ({ errors: [error as never] }),
  });

test("those who read a long past have equal shares of each turn, however much is at hand", async () => {
  const shared = numbers();
  const seen = [0, 0, 0, 0];
  let most = 0;
  const all = seen.map((_, index) => {
    const sink: Sink = {
      push: ({ length }) => {
        seen[index]! += length;
        const lags = seen.filter((count) => count < 2_000).map((count) => seen[index]! - count);
        most = Math.max(most, ...lags);
        return true;
      },
      left: () => Promise.resolve(),
    };
    const own = prepared("subscription ($n: Int) { commits(n: $n) }", { n: index });
    return shared.follow(own, new Ready(2_000), sink, () => undefined).next();
  });
  await Promise.all(all);
  expect(seen).toEqual([2_000, 2_000, 2_000, 2_000]);
  expect(most).toBeLessThanOrEqual(64);
});

test("who leaves while it waits for its turn is given nothing more, of what has been made either", async () => {
  // Long ones: a turn is over before all that were made in one go have been given.
  const text = "x".repeat(5_000);
  const made = (number: number) => ({ data: { commits: number, text } });
  const shared = new SharedStreams({
    execute: (_prepared, event) => made((event as { number: number }).number),
    executeTogether: (_prepared, events) => (events as { number: number }[]).map(({ number }) => made(number)),
    failed: (error) => ({ errors: [error as never] }),
  });
  for (let pushes = 1; pushes < 30; pushes += 1) {
    const seen: number[] = [];
    const results = shared.follow(
      COMMITS,
      new Ready(200),
      {
        push: (given) => {
          seen.push(...given.map(commitOf));
          if (seen.length >= pushes) queueMicrotask(() => void results.return?.());
          return true;
        },
        left: () => Promise.resolve(),
      },
      () => undefined,
    );
    await results.next();
    const then = [...seen];
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    expect(seen).toEqual(then);
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, index) => index + 1));
  }
});

test("who joins others and takes little is given little of what is kept", async () => {
  const on = await frontier();
  const { shared } = counting(5_000);
  const others = await Promise.all(
    Array.from({ length: 10 }, async () => new Client(shared, await followCommits(live, on, undefined), () => true)),
  );
  const commits: number[] = [];
  for (let round = 0; round < 12; round += 1) {
    commits.push(...(await commit(database, on)));
    while (others.some(({ seen }) => seen.length <= round)) await new Promise(setImmediate);
  }
  const past = await followCommits(live, on, "0");
  const [event] = await take(past, 1);
  await past.return();
  const slow = new Client(shared, await followCommits(live, on, event!.cursor), (push) => push % 2 === 0);
  await change(database, on, "DELETE");
  await Promise.all([...others, slow].map(({ over }) => over));
  expect(slow.seen).toEqual(commits.slice(1));
  // Never two of them at once.
  expect(new Set(slow.pushes)).toEqual(new Set([1]));
});

test("what is damaged among the events at hand is the last result, and everything is let go of", async () => {
  const closed = jest.fn();
  const sink: Sink = { push: () => true, left: () => Promise.resolve() };
  const results = numbers((number) => number === 3).follow(COMMITS, new Ready(5, false, closed), sink, closed);
  const { value } = (await results.next()) as { value: ExecutionResult };
  expect(value.errors?.map(({ message }) => message)).toEqual(["3 is damaged"]);
  expect(await results.next()).toEqual({ done: true, value: undefined });
  expect(closed).toHaveBeenCalledTimes(2);
});

test("events that come to the same place again have results of their own", async () => {
  const shared = numbers();
  const seen: number[][] = [[], []];
  await Promise.all(
    seen.map((own) => {
      const sink: Sink = { push: (results) => own.push(...results.map(commitOf)) > 0, left: () => Promise.resolve() };
      return shared.follow(COMMITS, new Ready(6, true), sink, () => undefined).next();
    }),
  );
  expect(seen).toEqual([
    [1, 2, 3, 4, 5, 6],
    [1, 2, 3, 4, 5, 6],
  ]);
});

describe("who shares with whom", () => {
  const document = parse("subscription ($after: String, $n: Int) { commits(after: $after, n: $n) }");
  const of = (variableValues: Record<string, unknown>): PreparedOperation => ({
    schema,
    document,
    operation: document.definitions[0] as OperationDefinitionNode,
    variableValues,
  });

  test("those whose variables differ in where to begin, and in nothing else", () => {
    expect(sharingKey(of({ after: "x", n: 1 }))).toBe(sharingKey(of({ n: 1 })));
    expect(sharingKey(of({ n: 1 }))).not.toBe(sharingKey(of({ n: 2 })));
  });

  test("but not where the variable is used for something else, too, or for that only", () => {
    for (const text of [
      "subscription ($after: String, $n: Int) { commits(after: $after, n: $n) ... on Subscription @include(if: $after) { commits } }",
      "subscription ($after: String) { other(n: $after) }",
    ]) {
      const one = prepared(text, { after: "x" });
      expect(sharingKey(one)).not.toBe(sharingKey({ ...one, variableValues: { after: "y" } }));
    }
  });
});
