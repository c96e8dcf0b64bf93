/** A record at a frontier: as it is, and as every change of it leaves it. */
import { maximal } from "../core/antichain";
import type { RecordId } from "../core/ids";
import type { FrontierChangeRow } from "../store/frontierLog";
import { readRecordVersions, type RecordVersion } from "../store/recordStates";
import type { Store } from "../store/store";
import { followFrontier, placeOf, type Changes, type Followed } from "./changes";
import { encodeCursor } from "./cursor";
import { FilteredStream, momentOf, type Moment, type Part, type Told } from "./filtered";
import type { Place } from "./liveStream";
import type { END } from "./pullIterator";
import { touchedBy } from "./touched";

export interface RecordNews {
  /** Undefined where the frontier's history does not touch the record. */
  readonly found: RecordVersion | undefined;
  /** The frontier that held it so. */
  readonly moment: Moment;
  /** What changed it; undefined for how it stood at first, and for a heartbeat. */
  readonly change: FrontierChangeRow | undefined;
}

export type RecordEvent = Told<RecordNews>;

/**
 * Without a cursor the first event tells how the record stands; then, and after a cursor, one for each change that
 * touches it.
 * @throws as followFrontier
 */
export async function followRecord(
  live: Followed,
  store: Store,
  frontier: string,
  record: RecordId,
  after: string | null | undefined,
): Promise<RecordStream> {
  const { changes, known } = await followFrontier(live, frontier, after);
  const fromNow = after === null || after === undefined;
  const start = fromNow && known ? { frontier, sequence: known.sequence, members: known.members } : undefined;
  return new RecordStream(changes, store, record, start);
}

export class RecordStream extends FilteredStream<RecordNews> {
  /** @param start what the first event tells; undefined: it is the first change */
  constructor(
    changes: Changes,
    private readonly store: Store,
    private readonly record: RecordId,
    private start: Moment | undefined,
  ) {
    super(changes, 0);
  }

  override get beginsAlone(): boolean {
    return this.start !== undefined;
  }

  reopen(place: Place): RecordStream {
    return new RecordStream(this.changes.reopen(place), this.store, this.record, undefined);
  }

  protected override async pull(): Promise<RecordEvent | typeof END> {
    const { start, changes } = this;
    if (!start) return super.pull();
    const first = await changes.read(() => this.at(start, undefined));
    this.start = undefined;
    if (!first) return super.pull();
    return { ...first, cursor: encodeCursor(changes.cursor), place: placeOf(changes.cursor), initial: true };
  }

  protected async partsOf(change: FrontierChangeRow): Promise<Part<RecordNews> | undefined> {
    const touched = await touchedBy(this.store, change);
    if (![...touched.values()].some((records) => records.includes(this.record))) return undefined;
    const event = await this.at(momentOf(change), change);
    return { event, next: () => Promise.resolve(undefined) };
  }

  protected heartbeat(moment: Moment): Promise<RecordNews> {
    return this.at(moment, undefined);
  }

  private async at(moment: Moment, change: FrontierChangeRow | undefined): Promise<RecordNews> {
    const { store, record } = this;
    await store.commits.ensure(moment.members);
    const version = maximal(store.commits.graph, moment.members);
    const [found] = await readRecordVersions(store, [{ record, version }]);
    return { found: found && found.heads.length > 0 ? found : undefined, moment, change };
  }
}
