/** The results of a subscription, made from its events one by one, as fast as they are asked for. */
import { setImmediate as turn } from "node:timers/promises";
import type { ExecutionResult } from "graphql";
import { END, pullIterator } from "../live/pullIterator";

/**
 * Between two results everything else that waits gets its turn: a long history may be in memory, and a socket may take
 * it without a pause.
 * @param execute makes the result of an event; must not reject. `gone` tells whether the consumer has left
 * @param failed makes the last result, when the source fails
 * @param closed called once, when the stream ends or its consumer leaves
 */
export function resultsOf(
  events: AsyncIterable<unknown>,
  execute: (event: unknown, gone: () => boolean) => ExecutionResult | Promise<ExecutionResult>,
  failed: (error: unknown) => ExecutionResult,
  closed: () => void = () => undefined,
): AsyncIterableIterator<ExecutionResult> {
  const source = events[Symbol.asyncIterator]();
  let over = false;
  let left = false;
  let delivered = false;
  return pullIterator<ExecutionResult>({
    next: async () => {
      if (over) return END;
      if (delivered) await turn();
      delivered = true;
      try {
        const event = await source.next();
        return event.done ? END : await execute(event.value, () => left);
      } catch (error) {
        over = true;
        return failed(error);
      }
    },
    close: () => {
      left = true;
      closed();
      // Whatever becomes of it, there is nobody left to tell.
      (async () => source.return?.())().catch(() => undefined);
    },
  });
}
