import type { EventResult } from "./eventResult";

/** Takes results at once. */
export interface Sink {
  /**
   * Sends a result; false where it, or one before it, has not left yet and more should wait.
   * @param held whether it may wait for others, until this turn of the event loop is over: many leave together then
   */
  push(result: EventResult, held: boolean): boolean;
  /** Lets go of what is held. */
  release(): void;
  /** Resolves when what was pushed has left, or never will. */
  left(): Promise<void>;
}
