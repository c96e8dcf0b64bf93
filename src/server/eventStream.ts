/** Results as server-sent events: each result a `next`, then `complete`, as GraphQL over SSE says for one connection each. */
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { ExecutionResult } from "graphql";
import { eventResultOf } from "./eventResult";

/** A comment, which clients pass over: it makes proxies and browsers see that the stream lives. */
const SIGN_OF_LIFE = ":\n\n";
/** Milliseconds, or less where a client's silence is to be noticed sooner. */
const SIGN_EVERY = 12_000;

/** The id of an event is its cursor: browsers send the last one they saw when they come back, in `Last-Event-ID`. */
function nextEvent(result: ExecutionResult): string {
  const shared = eventResultOf(result);
  const id = shared?.cursor === undefined ? "" : `id: ${shared.cursor}\n`;
  return `event: next\n${id}data: ${shared?.json ?? JSON.stringify(result)}\n\n`;
}
const COMPLETE_EVENT = "event: complete\ndata:\n\n";

/** Pulls results one by one, as the connection takes them; a connection that closes lets go of the results. */
export class EventStream extends Readable {
  private pulling = false;
  private ended = false;
  private readonly timer: NodeJS.Timeout;

  /** @param patience as in `Streams.add` */
  constructor(
    private readonly results: AsyncIterator<ExecutionResult>,
    patience: number,
  ) {
    super({ highWaterMark: 1 });
    this.push(SIGN_OF_LIFE);
    this.timer = setInterval(
      () => {
        if (!this.ended && this.readableLength === 0) this.push(SIGN_OF_LIFE);
      },
      Math.min(SIGN_EVERY, patience / 4),
    );
    this.timer.unref();
  }

  /** Ends the response without `complete`: the client knows that there is more, and comes back for it. */
  breakOff(): void {
    this.finish("");
    void this.results.return?.();
  }

  override _read(): void {
    if (this.pulling || this.ended) return;
    this.pulling = true;
    this.pull().catch((error: Error) => this.destroy(error));
  }

  private async pull(): Promise<void> {
    const result = await this.results.next();
    this.pulling = false;
    if (result.done) this.finish(COMPLETE_EVENT);
    else if (!this.ended) this.push(nextEvent(result.value));
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.ended = true;
    clearInterval(this.timer);
    void this.results.return?.();
    callback(error);
  }

  private finish(last: string): void {
    if (this.ended) return;
    this.ended = true;
    clearInterval(this.timer);
    if (last !== "") this.push(last);
    this.push(null);
  }
}

/** A stream of one result, for what fails before there is a stream. */
export function eventsOf(result: ExecutionResult, patience: number): EventStream {
  let given = false;
  const next = (): Promise<IteratorResult<ExecutionResult>> => {
    if (given) return Promise.resolve({ done: true, value: undefined });
    given = true;
    return Promise.resolve({ done: false, value: result });
  };
  return new EventStream({ next }, patience);
}

/** The streams of a server that are open. */
export class Streams {
  private readonly open = new Set<EventStream>();
  private over = false;

  /**
   * Ties a stream to its response. The response may be gone already: then nobody else would close the stream.
   * @param patience milliseconds after which a client that takes nothing of what waits for it is cut off
   */
  add(stream: EventStream, response: ServerResponse, patience: number): void {
    this.open.add(stream);
    stream.once("close", () => this.open.delete(stream));
    // Its connection, or what cannot be written: a response that goes on without its stream would keep the client waiting.
    stream.on("error", () => response.destroy());
    if (response.destroyed || response.closed) stream.destroy();
    else response.once("close", () => stream.destroy());
    // To whom takes what comes there is always something to write: signs of life, if nothing else. Yoga sets its own time,
    // which is none, right before the stream begins to flow.
    stream.once("resume", () => response.setTimeout(patience, () => response.destroy()));
    if (this.over) stream.breakOff();
  }

  /** Breaks off all streams, and those that are still to come. */
  breakOff(): void {
    this.over = true;
    for (const stream of this.open) stream.breakOff();
  }
}
