/**
 * Connections that are lost without a word: a network that drops everything ends none, and the client waits for ever. So
 * the server is asked for a sign of life, or gives one by itself, and where none comes the client begins anew.
 */

/** Something is expected to arrive, one thing after another. */
class Patience {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly milliseconds: number,
    private readonly lost: () => void,
  ) {}

  /** From now on it is waited for the next thing. */
  wait(): void {
    this.begin(() => this.begin(this.lost));
  }

  /** Half of the time, so that it takes two: after a program was busy or asleep, what has arrived meanwhile comes before the second. */
  private begin(then: () => void): void {
    this.end();
    this.timer = setTimeout(then, this.milliseconds / 2);
  }

  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  get waits(): boolean {
    return this.timer !== undefined;
  }
}

/** What clients of graphql-ws have, and others not. */
interface SocketClient {
  on(event: string, listener: (...what: unknown[]) => void): unknown;
  terminate(): void;
}

const isSocketClient = (client: object): client is SocketClient => {
  const { on, terminate } = client as Partial<SocketClient>;
  return typeof on === "function" && typeof terminate === "function";
};

/**
 * Ends a socket of the client on which nothing arrives although an answer is due: to a ping, which the client sends where
 * `keepAlive` is set, or to its greeting. The client comes back then as after any other loss.
 * @param patience milliseconds
 */
export function endSilentSockets(client: object, patience: number): void {
  if (!isSocketClient(client)) return;
  const answer = new Patience(patience, () => client.terminate());
  client.on("opened", () => answer.wait());
  client.on("connected", () => answer.end());
  client.on("ping", (received) => {
    if (received === false) answer.wait();
  });
  client.on("pong", (received) => {
    if (received === true) answer.end();
  });
  // The answer may be behind much else.
  client.on("message", () => {
    if (answer.waits) answer.wait();
  });
  client.on("closed", () => answer.end());
}

/**
 * `fetch` for streams of events: it gives up a request, or its response, of which nothing arrives any more. A server of omdb
 * sends something every twelve seconds.
 * @param patience milliseconds
 */
export function fetchUnlessSilent(patience: number): typeof fetch {
  return async (input, init) => {
    const over = new AbortController();
    const given = init?.signal;
    const abort = () => over.abort(given?.reason);
    const sign = new Patience(patience, () => over.abort(new Error("nothing arrives any more")));
    const end = () => {
      sign.end();
      given?.removeEventListener("abort", abort);
    };
    over.signal.addEventListener("abort", end, { once: true });
    if (given?.aborted) abort();
    else given?.addEventListener("abort", abort);
    try {
      if (!over.signal.aborted) sign.wait();
      const response = await fetch(input, { ...init, signal: over.signal });
      if (response.body === null) {
        end();
        return response;
      }
      const watched = new TransformStream<Uint8Array, Uint8Array>({
        transform: (bytes, to) => {
          sign.wait();
          to.enqueue(bytes);
        },
        flush: end,
      });
      return new Response(response.body.pipeThrough(watched), response);
    } catch (error) {
      end();
      throw error;
    }
  };
}
