import type { EventResult } from "./eventResult";

/** Takes results at once. */
export interface Sink {
  /** Sends a result; false where it, or one before it, has not left yet and more should wait. */
  push(result: EventResult): boolean;
}
