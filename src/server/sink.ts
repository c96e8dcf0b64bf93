import type { EventResult } from "./eventResult";

/** Takes results without waiting. */
export interface Sink {
  /**
   * Sends results in their order; false where too much has not left yet and more should wait.
   * @param held whether they may wait for others, until this turn of the event loop is over: many leave together then
   */
  push(results: readonly EventResult[], held: boolean): boolean;
  /** Resolves when what was pushed has left, or never will. */
  left(): Promise<void>;
}
