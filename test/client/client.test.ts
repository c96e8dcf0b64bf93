import { forwardSubscription, reconnecting, relaySource, resumable, type Operation, type Sink } from "omdb/client";

interface Result {
  readonly data?: unknown;
  readonly errors?: unknown;
}

/** A client that tells what it was asked, and takes what a test says to it. */
class FakeClient {
  readonly marker = "kept";
  operation: Operation = {};
  sink!: Sink<Result>;
  left = 0;
  /** What is sent now, and would be again after the connection was lost. */
  sent(): unknown {
    return JSON.parse(JSON.stringify(this.operation.variables ?? null));
  }
  subscribe(operation: Operation, sink: Sink<Result>): () => void {
    this.operation = operation;
    this.sink = sink;
    return () => (this.left += 1);
  }
}

function sinkOf() {
  const events: unknown[] = [];
  const sink: Sink<Result> = {
    next: (result) => events.push(result),
    error: (error) => events.push(error instanceof Error ? error.message : error),
    complete: () => events.push("complete"),
  };
  return { events, sink };
}

const event = (cursor: string) => ({ data: { newCommits: { cursor } } });
const FOLLOW = "subscription ($after: String) { newCommits(after: $after) { cursor } }";

describe("a subscription goes on after its last event, however it is written", () => {
  test.each([
    [FOLLOW, "after"],
    ["subscription F($from:String,$f:String!){events:newCommits(frontier:$f,after:$from){cursor}}", "from"],
    [
      "fragment C on NewCommit { cursor }\nsubscription F($since: String) { newCommits(after: $since) { ...C } }",
      "since",
    ],
    [
      "subscription ($after: String, $page: String) { newCommits(after: $after) { cursor commit { parents(after: $page) { nodes { id } } } } }",
      "after",
    ],
    [
      'subscription ($after: String) { viewChanges(type: "note", where: { equals: { path: ["a) {"], value: ")" } }, after: $after) { cursor } }',
      "after",
    ],
    [
      'subscription ($where: PredicateInput = { exists: { path: [] } }, $a: String) { viewChanges(type: """ "({""", where: $where, after: $a) { cursor } }',
      "a",
    ],
    [
      "# subscription { newCommits { cursor } }\nsubscription ($a: String) { # after: $b\nnewCommits(after: $a) { cursor } }",
      "a",
    ],
    [
      "subscription ($a: String) { ...Root } fragment Root on Subscription { ... on Subscription { newCommits(after: $a) { cursor } } }",
      "a",
    ],
    [undefined, "after"],
  ])("%s", (query, place) => {
    const client = new FakeClient();
    const { events, sink } = sinkOf();
    const variables = { [place]: "first", page: "untouched" };
    resumable(client).subscribe({ query, variables }, sink);
    expect(client.sent()).toEqual({ [place]: "first", page: "untouched" });
    client.sink.next(event("second"));
    expect(client.sent()).toEqual({ [place]: "second", page: "untouched" });
    client.sink.next({ errors: ["one that has no data"] });
    client.sink.next(event("third"));
    expect(client.sent()).toEqual({ [place]: "third", page: "untouched" });
    client.sink.complete();
    expect(events).toEqual([event("second"), { errors: ["one that has no data"] }, event("third"), "complete"]);
    // What the caller gave is left alone.
    expect(variables).toEqual({ [place]: "first", page: "untouched" });
  });
});

test("of several operations it is the one that is named", () => {
  const client = new FakeClient();
  const query = `query Page($after: String) { frontiers(after: $after) { nodes { cursor } } } ${FOLLOW.replace("subscription", "subscription Follow")}`;
  for (const [operationName, sent] of [
    ["Follow", "moved"],
    ["Page", "first"],
  ]) {
    resumable(client).subscribe({ query, operationName, variables: { after: "first" } }, sinkOf().sink);
    client.sink.next(event("moved"));
    expect(client.sent()).toEqual({ after: sent });
  }
});

test("without a cursor at first, it goes on after the first event", () => {
  const client = new FakeClient();
  resumable(client).subscribe({ query: FOLLOW }, sinkOf().sink);
  expect(client.sent()).toEqual({});
  client.sink.next(event("one"));
  expect(client.sent()).toEqual({ after: "one" });
});

test("each subscription has its own cursor", () => {
  const [first, second] = [new FakeClient(), new FakeClient()];
  const operation = { query: FOLLOW, variables: { after: "0" } };
  resumable(first).subscribe(operation, sinkOf().sink);
  resumable(second).subscribe(operation, sinkOf().sink);
  first.sink.next(event("a"));
  expect([first.sent(), second.sent()]).toEqual([{ after: "a" }, { after: "0" }]);
});

describe("nothing is done to", () => {
  test.each([
    "query ($after: String) { frontiers(after: $after) { pageInfo { endCursor } nodes { cursor } } }",
    "mutation { deleteFrontier(input: {}) { __typename } }",
    "subscription { frontierEvents { name } }",
    "query subscription { frontier { cursor } }",
    "subscription { ...Nowhere }",
    "subscription { ...Round } fragment Round on Subscription { ...Round }",
    "subscription",
    "subscription ($x: String) { mergePreviewChanges(versions: $x) { preview { commits(after: $x) { nodes { id } } } } }",
  ])("%s", (query) => {
    const client = new FakeClient();
    const operation = { query, variables: { after: "page" } };
    const { events, sink } = sinkOf();
    const leave = resumable(client).subscribe(operation, sink);
    expect(client.operation).toBe(operation);
    client.sink.next({ data: { x: { cursor: "no cursor of a stream" } } });
    expect(client.sent()).toEqual({ after: "page" });
    expect(events).toHaveLength(1);
    leave();
    expect(client.left).toBe(1);
  });
});

test.each([
  "subscription { newCommits { cursor } }",
  'subscription { newCommits(after: "0") { cursor } }',
  'subscription ($after: String) { newCommits(frontier: "after: $after") { cursor } }',
  "subscription ($f: String!) { newCommits(frontier: $f) { cursor commit { parents(after: $f) { nodes { id } } } } }",
])("what could not go on is refused: %s", (query) => {
  const client = new FakeClient();
  const { events, sink } = sinkOf();
  resumable(client).subscribe({ query }, sink)();
  expect(events).toEqual([expect.stringContaining("newCommits(after: $after)")]);
  expect(client.sink).toBeUndefined();
});

test("events without the cursor to go on after end the stream, once", async () => {
  const client = new FakeClient();
  const { events, sink } = sinkOf();
  const query = "subscription ($after: String) { newCommits(after: $after) { commit { id } } }";
  resumable(client).subscribe({ query }, sink);
  client.sink.next({ data: { newCommits: { commit: {} } } });
  client.sink.next(event("late"));
  await Promise.resolve();
  client.sink.complete();
  expect(events).toEqual([expect.stringContaining("no `cursor`")]);
  expect(client.left).toBe(1);
});

test("nothing comes after leaving", () => {
  const client = new FakeClient();
  const { events, sink } = sinkOf();
  resumable(client).subscribe({ query: FOLLOW }, sink)();
  client.sink.next(event("late"));
  client.sink.error("late");
  client.sink.complete();
  expect(events).toEqual([]);
  expect(client.left).toBe(1);
});

test("the rest of the client is as it was", () => {
  const client = new FakeClient();
  expect(resumable(client).marker).toBe("kept");
});

describe("iterating", () => {
  /** Of clients that have it; ours needs none. */
  const iterate = (client: FakeClient) =>
    (resumable(client) as unknown as { iterate(operation: Operation): AsyncIterableIterator<Result> }).iterate({
      query: FOLLOW,
    });

  test("gives what arrived in order, and then ends", async () => {
    const client = new FakeClient();
    const events = iterate(client);
    const early = [events.next(), events.next()];
    for (const cursor of ["a", "b", "c"]) client.sink.next(event(cursor));
    // It goes on after what arrived, taken or not: what waits here is not sent again.
    expect(client.sent()).toEqual({ after: "c" });
    client.sink.complete();
    expect(await Promise.all(early)).toEqual(["a", "b"].map((cursor) => ({ done: false, value: event(cursor) })));
    expect(await events.next()).toEqual({ done: false, value: event("c") });
    expect((await events.next()).done).toBe(true);
    expect((await events.next()).done).toBe(true);
  });

  test("throws what went wrong after what arrived before", async () => {
    const client = new FakeClient();
    const events = iterate(client);
    client.sink.next(event("a"));
    client.sink.error(new Error("broken"));
    expect((await events.next()).value).toEqual(event("a"));
    await expect(events.next()).rejects.toThrow("broken");
    expect((await events.next()).done).toBe(true);
  });

  test("leaves the stream with the loop, also while it waits", async () => {
    const client = new FakeClient();
    const events = iterate(client);
    const waiting = events.next();
    expect(await events.return?.()).toEqual({ done: true, value: undefined });
    expect((await waiting).done).toBe(true);
    expect(client.left).toBe(1);
  });
});

test("coming back takes longer with every failure, and is spread", () => {
  jest.useFakeTimers();
  const delays: unknown[] = [];
  const timeout = jest.spyOn(globalThis, "setTimeout");
  const { retryWait, retryAttempts } = reconnecting({ shortest: 100, longest: 1_000, random: () => 0.5 });
  for (const retries of [0, 1, 2, 10, 5_000]) {
    void retryWait(retries);
    delays.push(timeout.mock.lastCall?.[1]);
  }
  jest.useRealTimers();
  expect(delays).toEqual([75, 150, 300, 750, 750]);
  expect(retryAttempts).toBe(Infinity);
});

describe("a socket is taken for lost", () => {
  /** One of graphql-ws, as far as it is watched. */
  class FakeSocketClient extends FakeClient {
    readonly listeners = new Map<string, (...what: unknown[]) => void>();
    readonly terminate = jest.fn(() => this.tell("closed"));
    on(event: string, listener: (...what: unknown[]) => void): void {
      this.listeners.set(event, listener);
    }
    tell(event: string, ...what: unknown[]): void {
      this.listeners.get(event)?.(...what);
    }
  }
  const watched = () => {
    const client = new FakeSocketClient();
    resumable(client, { patience: 100 });
    return client;
  };
  const [SENT, RECEIVED] = [false, true];
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  test("whose ping is not answered, once", () => {
    const client = watched();
    client.tell("ping", SENT);
    jest.advanceTimersByTime(99);
    expect(client.terminate).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1_000);
    expect(client.terminate).toHaveBeenCalledTimes(1);
  });

  test("whose greeting is not answered", () => {
    const client = watched();
    client.tell("opened", {});
    jest.advanceTimersByTime(100);
    expect(client.terminate).toHaveBeenCalledTimes(1);
  });

  test("not while anything arrives before the answer, but when that stops", () => {
    const client = watched();
    client.tell("ping", SENT);
    for (let time = 0; time < 1_000; time += 50) {
      jest.advanceTimersByTime(50);
      client.tell("message", {});
    }
    expect(client.terminate).not.toHaveBeenCalled();
    jest.advanceTimersByTime(100);
    expect(client.terminate).toHaveBeenCalledTimes(1);
  });

  test("not when it is answered, closed, or was not asked", () => {
    const client = watched();
    for (const [begin, end] of [
      [["opened", {}], ["connected"]],
      [
        ["ping", SENT],
        ["pong", RECEIVED],
      ],
      [["ping", SENT], ["closed"]],
      [
        ["ping", RECEIVED],
        ["pong", SENT],
      ],
      [["message"], ["message"]],
    ] as [[string, ...unknown[]], [string, ...unknown[]]][]) {
      client.tell(...begin);
      client.tell(...end);
      jest.advanceTimersByTime(1_000);
    }
    expect(client.terminate).not.toHaveBeenCalled();
  });

  test("not because the program itself was away for long", () => {
    const client = watched();
    client.tell("ping", SENT);
    // Whatever time has passed, it is noticed once, and what has arrived meanwhile comes next.
    jest.advanceTimersToNextTimer();
    client.tell("message", {});
    client.tell("pong", RECEIVED);
    jest.advanceTimersByTime(1_000);
    expect(client.terminate).not.toHaveBeenCalled();
  });
});

test("urql's exchange gets what it can subscribe to", () => {
  const client = new FakeClient();
  const { events, sink } = sinkOf();
  const { unsubscribe } = forwardSubscription(client)<Result>({ query: FOLLOW }).subscribe(sink);
  client.sink.next(event("a"));
  unsubscribe();
  expect([events, client.left]).toEqual([[event("a")], 1]);
});

test("Relay gets errors, whatever the client makes of them", () => {
  const client = new FakeClient();
  const seen: unknown[] = [];
  const sink = { next: () => undefined, error: (error: unknown) => seen.push(error), complete: () => undefined };
  const leave = relaySource<Result>(client, { text: FOLLOW }, { after: "a" })(sink);
  expect(client.operation).toEqual({ query: FOLLOW, variables: { after: "a" } });
  const failure = new Error("its own");
  for (const error of [failure, [{ message: "One." }, { message: "Two." }], { code: 4400, reason: "why" }, null]) {
    client.sink.error(error);
  }
  expect(seen.every((error) => error instanceof Error)).toBe(true);
  expect(seen[0]).toBe(failure);
  expect(seen.map((error) => (error as Error).message)).toEqual([
    "its own",
    "One. Two.",
    "why",
    "The connection was lost.",
  ]);
  leave();
  expect(client.left).toBe(1);
});
