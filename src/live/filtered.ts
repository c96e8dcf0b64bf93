/** Streams that show some of what happens on a frontier. A heartbeat moves the cursor past what they do not show. */
import type { CommitId } from "../core/ids";
import type { FrontierChangeRow } from "../store/frontierLog";
import { NOTHING_YET, placeOf, type Changes } from "./changes";
import { encodeCursor, type Cursor } from "./cursor";
import { LiveStream, type Place, type PlacedEvent } from "./liveStream";
import { END } from "./pullIterator";

/** A frontier as it was right after one of its changes. */
export interface Moment {
  readonly frontier: string;
  readonly sequence: number;
  /** Ascending. */
  readonly members: readonly CommitId[];
}

export const momentOf = ({ frontier, sequence, members }: FrontierChangeRow): Moment => ({
  frontier,
  sequence,
  members,
});

/** One event of several that a change may be told in, before it has a place. */
export interface Part<E> {
  readonly event: E;
  /** Finds the next one; undefined after the last. */
  readonly next: () => Promise<Part<E> | undefined>;
}

/** Where an event stands, and where to go on after it. */
export type Told<E> = E & PlacedEvent & { readonly cursor: string };

export abstract class FilteredStream<E extends object> extends LiveStream<Told<E>> {
  /** Set while a change is being told: the cursor before it, how much has been told, and what comes. */
  private telling: { readonly before: Cursor; position: number; part: Part<E> } | undefined;
  private hidden = 0;
  /** When the next heartbeat is due, by the clock of `performance.now`; of no meaning while nothing is hidden. */
  private due = 0;
  protected last: Moment | undefined;

  /** @param skip events of the next change that are passed over */
  constructor(
    protected readonly changes: Changes,
    private skip: number,
  ) {
    super();
  }

  /** The first event that tells a change; undefined where there is nothing to show of it. */
  protected abstract partsOf(change: FrontierChangeRow): Promise<Part<E> | undefined>;
  /** What moves the cursor. */
  protected abstract heartbeat(moment: Moment): Promise<E>;

  get place(): Place {
    const { telling } = this;
    if (telling) return placeOf({ ...telling.before, position: telling.position });
    return placeOf({ ...this.changes.cursor, position: this.skip });
  }

  get atEnd(): boolean {
    return this.telling === undefined && this.changes.atEnd;
  }

  protected async pull(): Promise<Told<E> | typeof END> {
    const { changes } = this;
    const { heartbeatChanges, heartbeatEvery } = changes.live;
    for (;;) {
      if (this.telling) return this.tell(this.telling);
      const patience = this.hidden === 0 ? undefined : this.due - performance.now();
      if (this.last && patience !== undefined && (patience <= 0 || this.hidden >= heartbeatChanges)) {
        return this.beat(this.last);
      }
      const before = changes.cursor;
      const change = await changes.next(patience);
      if (change === END) return END;
      if (change === NOTHING_YET) continue;
      this.last = momentOf(change);
      let part = await changes.read(() => this.partsOf(change));
      let position = 0;
      for (; part && position < this.skip; position += 1) part = await changes.read(part.next);
      if (changes.over) return END;
      this.skip = 0;
      if (part) this.telling = { before: { ...before, position: 0 }, position, part };
      else if (this.hidden === 0) this.due = performance.now() + heartbeatEvery;
      if (!part) this.hidden += 1;
    }
  }

  /** A change is told whole after a cursor: until its last event the cursor stays before it. */
  private async tell(telling: NonNullable<typeof this.telling>): Promise<Told<E> | typeof END> {
    const { changes } = this;
    const { event, next } = telling.part;
    const following = await changes.read(next);
    if (changes.over) return END;
    this.hidden = 0;
    if (following) {
      telling.part = following;
      telling.position += 1;
      return { ...event, cursor: encodeCursor(telling.before), place: this.place };
    }
    this.telling = undefined;
    return { ...event, cursor: encodeCursor(changes.cursor), place: this.place };
  }

  private async beat(moment: Moment): Promise<Told<E> | typeof END> {
    const { changes } = this;
    const event = await changes.read(() => this.heartbeat(moment));
    if (event === undefined) return END;
    this.hidden = 0;
    return { ...event, cursor: encodeCursor({ ...changes.cursor, position: 0 }), place: this.place };
  }

  protected close(): void {
    this.changes.close();
  }
}
