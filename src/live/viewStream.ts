/**
 * What enters, changes in and leaves the set of a type's records that match, change by change. Only records that a change
 * touches are looked at, as they were before it and as they are after it.
 */
import { maximal, type Antichain } from "../core/antichain";
import { equalJson } from "../core/equality";
import { NotFound } from "../core/errors";
import type { RecordId } from "../core/ids";
import type { State } from "../core/json";
import { holds } from "../core/judge";
import type { Predicate } from "../core/predicates";
import { quoted } from "../core/quote";
import { membersBefore, type FrontierChangeRow } from "../store/frontierLog";
import { readRecordVersions, type RecordVersion } from "../store/recordStates";
import type { Store } from "../store/store";
import { readTypes } from "../store/typeTables";
import { followFrontier, type Changes, type Followed } from "./changes";
import { FilteredStream, momentOf, type Moment, type Part, type Told } from "./filtered";
import type { Place } from "./liveStream";
import { touchedBy } from "./touched";

export interface ViewSelection {
  readonly type: string;
  readonly where: Predicate | null;
}

export interface ViewNews {
  readonly entered: readonly RecordVersion[];
  readonly updated: readonly RecordVersion[];
  /** As they are now: removed, or no longer matching. */
  readonly left: readonly RecordVersion[];
  readonly moment: Moment;
  /** Undefined for a heartbeat. */
  readonly change: FrontierChangeRow | undefined;
}

export type ViewEvent = Told<ViewNews>;

/** Touched records that are looked at together: an event has no more. */
const RECORDS_OF_EVENT = 200;

/** @throws NotFound for an unknown type, too; else as followFrontier */
export async function followView(
  live: Followed,
  store: Store,
  frontier: string,
  selection: ViewSelection,
  after: string | null | undefined,
): Promise<ViewStream> {
  const { changes } = await followFrontier(live, frontier, after);
  try {
    const types = await changes.read(() => readTypes(store.database.pool, [selection.type]));
    if (types?.has(selection.type) === false) {
      throw new NotFound(`There is no record type ${quoted(selection.type)}.`, ["type"]);
    }
    return new ViewStream(changes, store, selection, 0);
  } catch (error) {
    changes.close();
    throw error;
  }
}

/** A change, with what is needed to look at its records. */
interface Looked {
  readonly change: FrontierChangeRow;
  readonly records: readonly RecordId[];
  readonly before: Antichain;
  readonly after: Antichain;
}

export class ViewStream extends FilteredStream<ViewNews> {
  constructor(
    changes: Changes,
    private readonly store: Store,
    private readonly selection: ViewSelection,
    skip: number,
  ) {
    super(changes, skip);
  }

  reopen(place: Place): ViewStream {
    return new ViewStream(this.changes.reopen(place), this.store, this.selection, place.position);
  }

  protected async partsOf(change: FrontierChangeRow): Promise<Part<ViewNews> | undefined> {
    const { store, selection } = this;
    const records = (await touchedBy(store, change)).get(selection.type) ?? [];
    if (records.length === 0) return undefined;
    const previous = membersBefore(change);
    await store.commits.ensure([...change.members, ...previous]);
    const { graph } = store.commits;
    return this.partFrom(
      { change, records, before: maximal(graph, previous), after: maximal(graph, change.members) },
      0,
    );
  }

  /** The first event with something to show, from one of the touched records on. */
  private async partFrom(looked: Looked, start: number): Promise<Part<ViewNews> | undefined> {
    for (let from = start; from < looked.records.length; from += RECORDS_OF_EVENT) {
      const event = await this.look(looked, looked.records.slice(from, from + RECORDS_OF_EVENT));
      if (event) return { event, next: () => this.partFrom(looked, from + RECORDS_OF_EVENT) };
    }
    return undefined;
  }

  private async look({ change, before, after }: Looked, records: readonly RecordId[]): Promise<ViewNews | undefined> {
    const versions = await readRecordVersions(this.store, [
      ...records.map((record) => ({ record, version: before })),
      ...records.map((record) => ({ record, version: after })),
    ]);
    const entered: RecordVersion[] = [];
    const updated: RecordVersion[] = [];
    const left: RecordVersion[] = [];
    for (const index of records.keys()) {
      const was = versions[index]!;
      const is = versions[records.length + index]!;
      if (!this.matches(is.state)) {
        if (this.matches(was.state)) left.push(is);
      } else if (!this.matches(was.state)) entered.push(is);
      else if (!isSame(was, is)) updated.push(is);
    }
    if (entered.length + updated.length + left.length === 0) return undefined;
    return { entered, updated, left, moment: momentOf(change), change };
  }

  private matches(state: State): boolean {
    const { where } = this.selection;
    return state !== undefined && (where === null || holds(where, () => state));
  }

  protected heartbeat(moment: Moment): Promise<ViewNews> {
    return Promise.resolve({ entered: [], updated: [], left: [], moment, change: undefined });
  }
}

/** Whether two versions of a record are the same one, with the same state. */
const isSame = (was: RecordVersion, is: RecordVersion): boolean =>
  was.heads.join() === is.heads.join() && equalJson(was.state ?? null, is.state ?? null);
