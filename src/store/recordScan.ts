/** Pages of a type's records at any version, by replay: for versions that have no rows in `latest_<type>`. */
import type { Antichain } from "../core/antichain";
import { LimitExceeded } from "../core/errors";
import type { RecordId } from "../core/ids";
import { compareFound } from "../core/order";
import { holds } from "../core/judge";
import { recordKey, type RecordKey, type RecordOrder, type RecordSelection } from "./recordPages";
import { readRecordVersions, type RecordVersion } from "./recordStates";
import type { Store } from "./store";
import { windowOf, type Window } from "./window";

/** Records that one step of a scan reads at least. */
const MINIMUM_STEP = 100;

/**
 * One page for each version. By uuid alone it reads on until every page is full; with `where` or `orderBy` it reads the
 * whole type. The number of queries does not depend on the number of versions.
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
  let edge = window.backward ? window.before?.record : window.after?.record;
  let step = Math.max(MINIMUM_STEP, window.limit);
  for (;;) {
    const open = pages.filter((page) => page.length < window.limit);
    if (open.length === 0) break;
    const records = await recordIds(store, selection.type.name, window, edge, step);
    const requests = versions.flatMap((version) => records.map((record) => ({ record, version })));
    const found = await readRecordVersions(store, requests);
    for (const [index, page] of pages.entries()) {
      const chunk = found.slice(index * records.length, (index + 1) * records.length).filter(isThere);
      page.push(...chunk.slice(0, window.limit - page.length));
    }
    if (records.length < step) break;
    edge = records.at(-1);
    step *= 2;
  }
  return pages;
}

async function recordIds(
  store: Store,
  type: string,
  window: Window<RecordKey>,
  edge: RecordId | undefined,
  limit: number,
): Promise<RecordId[]> {
  const [after, before] = window.backward ? [window.after?.record, edge] : [edge, window.before?.record];
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
  const { rows } = await store.database.pool.query<{ id: RecordId }>(
    `select id from omdb.records where type = $1 order by id limit $2`,
    [selection.type.name, maximum + 1],
  );
  if (rows.length * versions.length > maximum) {
    throw new LimitExceeded(
      `Away from a frontier's own rows a list reads at most ${maximum} records.`,
      ["type"],
      "recordsScanned",
      maximum,
    );
  }
  const requests = versions.flatMap((version) => rows.map((row) => ({ record: row.id, version })));
  const found = await readRecordVersions(store, requests);
  const { where } = selection;
  return versions.map((_, index) =>
    found
      .slice(index * rows.length, (index + 1) * rows.length)
      .filter((version) => isThere(version) && (where === null || holds(where, () => version.state))),
  );
}
