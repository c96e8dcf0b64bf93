/** The result of one event of a stream, made once and written once for all who get it. */
import type { ExecutionResult } from "graphql";
import type { Place, PlacedEvent } from "../live/liveStream";

const EVENT = Symbol("event result");

export class EventResult {
  private written: string | undefined;
  private encoded: Buffer | undefined;

  constructor(
    private readonly made: ExecutionResult,
    readonly place: Place,
    readonly last: boolean,
    /** Where to go on after it; undefined where the stream has no cursors. */
    readonly cursor: string | undefined,
  ) {}

  static of(result: ExecutionResult, event: PlacedEvent): EventResult {
    const { cursor } = event as { readonly cursor?: unknown };
    return new EventResult(result, event.place, event.last === true, typeof cursor === "string" ? cursor : undefined);
  }

  /** Another result of the same event. */
  instead(made: ExecutionResult): EventResult {
    return new EventResult(made, this.place, this.last, this.cursor);
  }

  /** The result as one that `eventResultOf` knows. */
  get result(): ExecutionResult {
    // For nobody else: whoever copies or writes the result does not see it.
    if (!(EVENT in this.made)) Object.defineProperty(this.made, EVENT, { value: this });
    return this.made;
  }

  get json(): string {
    return (this.written ??= JSON.stringify(this.made));
  }

  /** The same in UTF-8. */
  get bytes(): Buffer {
    return (this.encoded ??= Buffer.from(this.json));
  }
}

/** Undefined for a result that is not an event's of a stream that can be shared. */
export function eventResultOf(result: ExecutionResult): EventResult | undefined {
  return (result as { [EVENT]?: EventResult })[EVENT];
}
