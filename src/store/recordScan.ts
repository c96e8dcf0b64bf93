/** Pages of a type's records at any version, by replay: for versions that have no rows in `latest_<type>`. */
import { maximal, type Antichain } from "../core/antichain";
import { LimitExceeded } from "../core/errors";
import type { RecordId } from "../core/ids";
import { compareFound } from "../core/order";
import { holds } from "../core/judge";
import { recordKey, type RecordKey, type RecordOrder, type RecordSelection } from "./recordPages";
import { readRecordVersions, type RecordVersion } from "./recordStates";
import type { Store } from "./store";
import { windowOf, type Window } from "./window";

/** Records that one step of a scan reads at least, and at most. */
const MINIMUM_STEP = 100;
const LARGEST_STEP = 2_000;

/**
 * One page for each version. By uuid alone it reads on until every page is full; with `where` or `orderBy` it reads all
 * records: those that the histories touch, or where these are long those of the type. The number of queries does not
 * depend on the number of versions.
 * @throws LimitExceeded past `recordsScanned`
 */
export async function scanRecordPages(
  store: Store,
  selection: RecordSelection,
  window: Window<RecordKey>,
  versions: readonly Antichain[],
): Promise<RecordVersion[][]> {
  if (selection.where === null && selection.orderBy.length === 0)
    return pagesByRecord(store, selection, window, versions);
  const all = await scanAll(store, selection, versions);
  const compare = compareKeys(selection.orderBy);
  return all.map((records) => {
    const keyed = records.map((version) => ({ version, key: recordKey(selection.orderBy, version) }));
    keyed.sort((a, b) => compare(a.key, b.key));
    return windowOf(keyed, window, (item) => item.key, compare).map((item) => item.version);
  });
}

/** How many records are selected at each version. @throws LimitExceeded past `recordsScanned` */
export async function countScannedRecords(
  store: Store,
  selection: RecordSelection,
  versions: readonly Antichain[],
): Promise<number[]> {
  return (await scanAll(store, selection, versions)).map((records) => records.length);
}

/** The order of keys: as `orderBy` says, ties by uuid. */
export function compareKeys(orderBy: readonly RecordOrder[]): (a: RecordKey, b: RecordKey) => number {
  return (a, b) => {
    for (const [index, { descending }] of orderBy.entries()) {
      const [left, right] = [a.values[index], b.values[index]];
      const order = left && right ? compareFound(left, right) : 0;
      if (order !== 0) return descending ? -order : order;
    }
    return a.record < b.record ? -1 : a.record > b.record ? 1 : 0;
  };
}

const isThere = (version: RecordVersion): boolean => version.state !== undefined;

async function pagesByRecord(
  store: Store,
  selection: RecordSelection,
  window: Window<RecordKey>,
  versions: readonly Antichain[],
): Promise<RecordVersion[][]> {
  const pages: RecordVersion[][] = versions.map(() => []);
  const touched = await touchedBy(store, selection, versions);
  let edge = window.backward ? window.before?.record : window.after?.record;
  let step = Math.min(LARGEST_STEP, Math.max(MINIMUM_STEP, window.limit));
  let read = 0;
  for (;;) {
    const open = [...versions.keys()].filter((place) => (pages[place]?.length ?? 0) < window.limit);
    if (open.length === 0) break;
    if (read >= store.limits.recordsScanned) throw tooMany(store);
    const records = touched
      ? recordsOf(touched, window, edge, step)
      : await recordIds(store, selection.type.name, window, edge, step);
    read += records.length * open.length;
    const requests = open.flatMap((place) =>
      records.map((record) => ({ record, version: versions[place] as Antichain })),
    );
    const found = await readRecordVersions(store, requests);
    for (const [index, place] of open.entries()) {
      const page = pages[place] as RecordVersion[];
      const chunk = found.slice(index * records.length, (index + 1) * records.length).filter(isThere);
      page.push(...chunk.slice(0, window.limit - page.length));
    }
    if (records.length < step) break;
    edge = records.at(-1);
    step = Math.min(LARGEST_STEP, step * 2);
  }
  return pages;
}

/** The records of the type that some version's history touches, ascending; null where they are not found that way. */
async function touchedBy(
  store: Store,
  { type }: RecordSelection,
  versions: readonly Antichain[],
): Promise<readonly RecordId[] | null> {
  await store.commits.ensure(versions.flat());
  const all = maximal(store.commits.graph, versions.flat());
  return store.touched.of(all, type.name, store.limits.recordsScanned);
}

/** The next records of a list in the window's direction. */
function recordsOf(
  touched: readonly RecordId[],
  window: Window<RecordKey>,
  edge: RecordId | undefined,
  limit: number,
): RecordId[] {
  const [after, before] = boundsOf(window, edge);
  const start = after === undefined ? 0 : placeOf(touched, after, true);
  const end = before === undefined ? touched.length : placeOf(touched, before, false);
  if (!window.backward) return touched.slice(start, Math.min(end, start + limit));
  return touched.slice(Math.max(start, end - limit), Math.max(start, end)).reverse();
}

/** How many of the records come before one, or before and with it. */
function placeOf(records: readonly RecordId[], record: RecordId, included: boolean): number {
  let [low, high] = [0, records.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const found = records[middle] as RecordId;
    if (found < record || (included && found === record)) low = middle + 1;
    else high = middle;
  }
  return low;
}

const boundsOf = (window: Window<RecordKey>, edge: RecordId | undefined) =>
  window.backward ? ([window.after?.record, edge] as const) : ([edge, window.before?.record] as const);

async function recordIds(
  store: Store,
  type: string,
  window: Window<RecordKey>,
  edge: RecordId | undefined,
  limit: number,
): Promise<RecordId[]> {
  const [after, before] = boundsOf(window, edge);
  const { rows } = await store.database.pool.query<{ id: RecordId }>(
    `select id from omdb.records where type = $1 and ($2::uuid is null or id > $2) and ($3::uuid is null or id < $3)
     order by id ${window.backward ? "desc" : "asc"} limit $4`,
    [type, after ?? null, before ?? null, limit],
  );
  return rows.map((row) => row.id);
}

async function scanAll(
  store: Store,
  selection: RecordSelection,
  versions: readonly Antichain[],
): Promise<RecordVersion[][]> {
  const maximum = store.limits.recordsScanned;
  const everything: Window<RecordKey> = { limit: maximum, backward: false };
  const records =
    (await touchedBy(store, selection, versions)) ??
    (await recordIds(store, selection.type.name, everything, undefined, maximum + 1));
  if (records.length * versions.length > maximum) throw tooMany(store);
  const requests = versions.flatMap((version) => records.map((record) => ({ record, version })));
  const found = await readRecordVersions(store, requests);
  const { where } = selection;
  return versions.map((_, index) =>
    found
      .slice(index * records.length, (index + 1) * records.length)
      .filter((version) => isThere(version) && (where === null || holds(where, () => version.state))),
  );
}

function tooMany({ limits: { recordsScanned: maximum } }: Store): LimitExceeded {
  const problem = `Away from a frontier's own rows a list reads at most ${maximum} records.`;
  return new LimitExceeded(problem, ["type"], "recordsScanned", maximum);
}
