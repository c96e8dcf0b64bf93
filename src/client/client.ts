/**
 * What clients of omdb need beside their GraphQL library, without depending on any: `omdb/client`. A stock client that
 * reconnects sends its variables as they were at first, and so repeats the past, or misses what came between; here each
 * event moves `after` on, so that every event comes once and in order, whatever happens to the connection.
 */
import { rootFieldOfSubscription } from "./rootField";
import { endSilentSockets, fetchUnlessSilent } from "./silence";

export { APOLLO_TYPE_POLICIES, GRAPHCACHE_KEYS, POSSIBLE_TYPES } from "./cacheSettings";

/** What is sent, as GraphQL over HTTP, WebSocket and server-sent events have it. */
export interface Operation {
  readonly query?: string | null;
  /** Of several operations in the document. */
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null;
}

export interface Sink<Value> {
  next(value: Value): void;
  error(error: unknown): void;
  complete(): void;
}

/** A client as graphql-ws and graphql-sse make it. */
export interface StreamClient {
  subscribe(operation: never, sink: never): () => void;
}

interface Result {
  readonly data?: unknown;
}

export interface Resumable {
  /**
   * Milliseconds in which a server answers a client of graphql-ws that asks whether it is there; after them its socket is
   * taken for lost. Default 10,000.
   */
  readonly patience?: number;
}

type Subscribe = (operation: Operation, sink: Sink<Result>) => () => void;

/**
 * The same client, whose subscriptions go on after the last event that arrived when the client reconnects. A subscription
 * names the variable that says where it begins, and selects `cursor`:
 * `subscription ($after: String) { newCommits(after: $after) { cursor … } }`. One that selects `cursor` and has no such
 * variable ends with an error, since it could not go on; everything else passes as it is. A socket that is lost without a
 * word, as in a network that drops everything, is noticed where the client asks now and then: see `reconnecting`.
 * @param client reads the operation anew whenever it sends it, as the clients of graphql-ws and graphql-sse do
 */
export function resumable<Client extends StreamClient>(client: Client, { patience = 10_000 }: Resumable = {}): Client {
  endSilentSockets(client, patience);
  const original = client.subscribe.bind(client) as unknown as Subscribe;
  const subscribe: Subscribe = (operation, sink) => subscribeResumably(original, operation, sink);
  const iterate = (operation: Operation) => iterateOver((sink) => subscribe(operation, sink));
  return Object.assign(Object.create(client) as Client, { subscribe, iterate });
}

function subscribeResumably(subscribe: Subscribe, operation: Operation, sink: Sink<Result>): () => void {
  const place = placeOfCursor(operation);
  if (place === undefined) return subscribe(operation, sink);
  if (place instanceof Error) {
    sink.error(place);
    return () => undefined;
  }
  let cursor = operation.variables?.[place];
  let over = false;
  // Read whenever the operation is sent.
  const variables = Object.defineProperty({ ...operation.variables }, place, { enumerable: true, get: () => cursor });
  const end = (tell: () => void) => {
    if (over) return;
    over = true;
    tell();
  };
  const leave = subscribe(
    { ...operation, variables },
    {
      next: (result) => {
        if (over) return;
        const moved = cursorOf(result);
        if (moved === undefined && isEvent(result)) {
          // The client may not have told yet how to leave it.
          void Promise.resolve().then(() => leave());
          return end(() =>
            sink.error(new Error("An event has no `cursor` to go on after: select it in the root field.")),
          );
        }
        // First of all, so that what is thrown by whoever takes the event does not bring it again.
        if (moved !== undefined) cursor = moved;
        sink.next(result);
      },
      error: (error) => end(() => sink.error(error)),
      complete: () => end(() => sink.complete()),
    },
  );
  return () => {
    over = true;
    leave();
  };
}

/** The variable that says where a subscription goes on; undefined for what needs none, an error where it is missing. */
function placeOfCursor({ query, operationName, variables }: Operation): string | Error | undefined {
  // A document that the server knows by its name.
  if (typeof query !== "string") return variables && "after" in variables ? "after" : undefined;
  const field = rootFieldOfSubscription(query, operationName);
  if (!field || field.after !== undefined || !field.hasCursor) return field?.after;
  return new Error(
    `The subscription cannot go on when it is cut off: give it a variable, ${field.name}(after: $after).`,
  );
}

const isEvent = ({ data }: Result): boolean => typeof data === "object" && data !== null;

/** The cursor of an event's root field. */
function cursorOf({ data }: Result): string | undefined {
  for (const event of Object.values(data ?? {}) as unknown[]) {
    const cursor = (event as { cursor?: unknown } | null)?.cursor;
    if (typeof cursor === "string") return cursor;
  }
  return undefined;
}

/** What arrives, in order; leaving the loop leaves the stream. */
function iterateOver<Value>(subscribe: (sink: Sink<Value>) => () => void): AsyncIterableIterator<Value> {
  const arrived: Value[] = [];
  let ending: { readonly error?: unknown; readonly failed: boolean } | undefined;
  let wake = (): void => undefined;
  const end = (how: NonNullable<typeof ending>) => {
    ending ??= how;
    wake();
  };
  const leave = subscribe({
    next: (value) => {
      arrived.push(value);
      wake();
    },
    error: (error) => end({ failed: true, error }),
    complete: () => end({ failed: false }),
  });
  const done: IteratorResult<Value> = { done: true, value: undefined };
  const take = async (): Promise<IteratorResult<Value>> => {
    for (;;) {
      const [value] = arrived.splice(0, 1);
      if (value !== undefined) return { done: false, value };
      if (ending) {
        const { failed, error } = ending;
        ending = { failed: false };
        if (failed) throw error;
        return done;
      }
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  let turn: Promise<unknown> = Promise.resolve();
  return {
    next: () => {
      const taken = turn.then(take);
      turn = taken.catch(() => undefined);
      return taken;
    },
    return: () => {
      arrived.length = 0;
      end({ failed: false });
      leave();
      return Promise.resolve(done);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

export interface Reconnecting {
  /** Milliseconds before the first attempt, doubled with every one that fails; default 250. */
  readonly shortest?: number;
  /** Milliseconds; default 10,000. */
  readonly longest?: number;
  /** Between 0 and 1; spreads clients that were cut off together. */
  readonly random?: () => number;
  /** Milliseconds after which a client of graphql-ws asks whether the server is there; default 10,000. */
  readonly askEvery?: number;
  /** Milliseconds of silence after which a client of graphql-sse takes its stream for lost; default 30,000. */
  readonly silence?: number;
}

/**
 * Options for `createClient` of graphql-ws and of graphql-sse, which then come back for ever, in their own time. By
 * themselves they give up after five attempts, and graphql-ws at once where nobody listens; and of a network that fails
 * silently they are never told.
 */
export function reconnecting({
  shortest = 250,
  longest = 10_000,
  random = Math.random,
  askEvery = 10_000,
  silence = 30_000,
}: Reconnecting = {}): {
  keepAlive: number;
  fetchFn: typeof fetch;
  retryAttempts: number;
  shouldRetry(): boolean;
  retryWait(retries: number): Promise<void>;
  retry(retries: number): Promise<void>;
} {
  const wait = (retries: number) => {
    const delay = Math.min(longest, shortest * 2 ** retries) * (0.5 + random() / 2);
    return new Promise<void>((resolve) => setTimeout(resolve, delay));
  };
  // A server that is not there yet is an error to graphql-ws, not a closed socket; codes that forbid to come back still do.
  return {
    keepAlive: askEvery,
    fetchFn: fetchUnlessSilent(silence),
    retryAttempts: Infinity,
    shouldRetry: () => true,
    retryWait: wait,
    retry: wait,
  };
}

/** For `subscriptionExchange({ forwardSubscription })` of urql. */
export function forwardSubscription(client: StreamClient) {
  return <Value>(operation: Operation): { subscribe(sink: Sink<Value>): { unsubscribe: () => void } } => ({
    subscribe: (sink) => ({ unsubscribe: source<Value>(client, operation)(sink) }),
  });
}

/** For `Observable.create` of Relay, in the second function that `Network.create` takes. */
export function relaySource<Value>(
  client: StreamClient,
  request: { readonly text?: string | null },
  variables: Readonly<Record<string, unknown>>,
): (sink: Sink<Value>) => () => void {
  return (sink) =>
    source<Value>(client, { query: request.text ?? null, variables })({
      next: (value) => sink.next(value),
      error: (error) => sink.error(asError(error)),
      complete: () => sink.complete(),
    });
}

/** Of an operation: whatever its client takes for one, and for a sink, has the form of these. */
function source<Value>(client: StreamClient, operation: Operation): (sink: Sink<Value>) => () => void {
  const subscribe = client.subscribe.bind(client) as unknown as (operation: Operation, sink: Sink<Value>) => () => void;
  return (sink) => subscribe(operation, sink);
}

/** Relay takes nothing but errors; graphql-ws gives lists of what the server says, and events of the socket. */
function asError(error: unknown): Error {
  if (error instanceof Error) return error;
  const messages = [error].flat().map((one) => {
    const { message, reason } = (one ?? {}) as { readonly message?: unknown; readonly reason?: unknown };
    const told = [message, reason].filter((text): text is string => typeof text === "string" && text !== "");
    return told[0] ?? "The connection was lost.";
  });
  return new Error(messages.join(" "), { cause: error });
}
