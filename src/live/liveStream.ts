/**
 * Streams that many may follow together. Their events stand at places that are the same for everybody who follows the
 * same thing, so that a follower may leave a stream of its own for one that is shared, and come back, without losing or
 * repeating an event.
 */
import { pullIterator, type END } from "./pullIterator";

/** Where a stream stands: after what has been given. Places of one epoch are in order; those of different ones are not. */
export interface Place {
  readonly epoch: number;
  readonly sequence: number;
  readonly position: number;
}

export interface PlacedEvent {
  /** Right after this event. */
  readonly place: Place;
  /** Set where the event is not one of the shared order but what one follower begins with. */
  readonly initial?: true;
  /** Set where another event may stand at the same place later. */
  readonly momentary?: true;
  /** Set where nothing comes after it. */
  readonly last?: true;
}

/** Whether what stands at `place` comes after what stands at `other`; of different epochs it does. */
export function isBehind(place: Place, other: Place): boolean {
  if (place.epoch !== other.epoch) return true;
  return place.sequence === other.sequence ? place.position > other.position : place.sequence > other.sequence;
}

/** Pulled by one consumer; `return` frees everything at once, whatever is under way. */
export abstract class LiveStream<E extends PlacedEvent> implements AsyncIterableIterator<E> {
  private readonly iterator = pullIterator<E>({
    next: () => this.pull(),
    take: () => this.takeAtHand(),
    close: () => this.close(),
  });

  /** After the last event that was pulled; at first where the stream begins. */
  abstract get place(): Place;
  /** Whether nothing more is known to be there now. */
  abstract get atEnd(): boolean;
  /** Whether the next event is one that only this stream has. */
  get beginsAlone(): boolean {
    return false;
  }
  /** The same stream from another place on. Nothing is read before the first pull. */
  abstract reopen(place: Place): LiveStream<E>;

  protected abstract pull(): Promise<E | typeof END>;
  protected abstract close(): void;
  /** As `take`; default: nothing ever is. */
  protected takeAtHand(): E | undefined {
    return undefined;
  }

  /** The next event where it is at hand and none is waited for, without the promises of `next`: a long past has many. */
  take(): E | undefined {
    return this.iterator.take();
  }

  next(): Promise<IteratorResult<E>> {
    return this.iterator.next();
  }

  return(): Promise<IteratorResult<E>> {
    return this.iterator.return!();
  }

  throw(error: unknown): Promise<IteratorResult<E>> {
    return this.iterator.throw!(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
