/** The results of a subscription, made from its events one by one, as fast as they are asked for. */
import type { ExecutionResult } from "graphql";
import { END, pullIterator } from "../live/pullIterator";

/**
 * @param execute makes the result of an event; must not reject
 * @param failed makes the last result, when the source fails
 */
export function resultsOf(
  events: AsyncIterable<unknown>,
  execute: (event: unknown) => Promise<ExecutionResult>,
  failed: (error: unknown) => ExecutionResult,
): AsyncIterableIterator<ExecutionResult> {
  const source = events[Symbol.asyncIterator]();
  let over = false;
  return pullIterator<ExecutionResult>({
    next: async () => {
      if (over) return END;
      try {
        const event = await source.next();
        return event.done ? END : await execute(event.value);
      } catch (error) {
        over = true;
        return failed(error);
      }
    },
    close: () => {
      // Whatever becomes of it, there is nobody left to tell.
      (async () => source.return?.())().catch(() => undefined);
    },
  });
}
