/** Records in versions, as documents read them: from rows where a frontier has them, by replay elsewhere. */
import { versionKey, type Antichain } from "../core/antichain";
import type { RecordId } from "../core/ids";
import { readLatest } from "../store/latest";
import { readRecordVersions, type RecordVersion } from "../store/recordStates";
import type { Store } from "../store/store";
import { readTypes } from "../store/typeTables";
import type { Version } from "../store/versions";
import type { Context } from "./context";

/** A record in a version that knows it. */
export type KnownRecordVersion = RecordVersion;

interface Wanted {
  readonly version: Version;
  readonly record: RecordId;
}

/**
 * A record in a version, null where the version's history never touched it. All that one tick asks for is read in a
 * number of queries that does not grow with it.
 */
export function recordInVersion(
  context: Context,
  version: Version,
  record: RecordId,
): Promise<KnownRecordVersion | null> {
  return context.batch.load<Wanted, KnownRecordVersion | null>(
    "record in version",
    { version, record },
    (wanted) => readWanted(context.store, wanted),
    (wanted) => `${wanted.record} ${placeOf(wanted.version)}`,
  );
}

const placeOf = ({ commits, rows }: Version): string =>
  rows ? `@${rows.sequence} ${rows.frontier}` : versionKey(commits);

async function readWanted(store: Store, wanted: readonly Wanted[]): Promise<(KnownRecordVersion | null)[]> {
  const results = new Map<Wanted, RecordVersion>();
  const byReplay = wanted.filter(({ version }) => !version.rows);
  const replayed = await readRecordVersions(
    store,
    byReplay.map(({ version, record }) => ({ record, version: version.commits })),
  );
  for (const [index, request] of byReplay.entries()) {
    const found = replayed[index];
    if (found) results.set(request, found);
  }
  await readFromRows(
    store,
    wanted.filter(({ version }) => version.rows),
    results,
  );
  return wanted.map((request) => {
    const found = results.get(request);
    return found && found.heads.length > 0 ? found : null;
  });
}

async function readFromRows(
  store: Store,
  wanted: readonly Wanted[],
  results: Map<Wanted, RecordVersion>,
): Promise<void> {
  if (wanted.length === 0) return;
  const sql = store.database.pool;
  const records = [...new Set(wanted.map(({ record }) => record))];
  const { rows } = await sql.query<{ type: string }>(
    `select distinct type from omdb.records where id = any($1::uuid[])`,
    [records],
  );
  const types = await readTypes(
    sql,
    rows.map((row) => row.type),
  );
  const places = new Map(wanted.map((request) => [placeOf(request.version), request.version.rows]));
  for (const [place, at] of places) {
    if (!at) continue;
    const found = await readLatest(sql, [...types.values()], at.frontier, at.sequence, records);
    for (const request of wanted) {
      const version = placeOf(request.version) === place ? found.get(request.record) : undefined;
      if (version) results.set(request, version);
    }
  }
}

/** The number of records that a document asked for at a set of commits, by `record` in the order asked. */
export const recordsInVersion = (
  context: Context,
  version: Version,
  records: readonly RecordId[],
): Promise<(KnownRecordVersion | null)[]> =>
  Promise.all(records.map((record) => recordInVersion(context, version, record)));

/** "9+12": what a record's own version is called in ids. */
export const headsKey = (heads: readonly number[]): string => versionKey(heads as unknown as Antichain);
