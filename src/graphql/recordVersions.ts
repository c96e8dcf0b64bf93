/** Records in versions, as documents read them: from rows where a frontier has them, by replay elsewhere. */
import { versionKey, type Antichain } from "../core/antichain";
import type { RecordId } from "../core/ids";
import { readLatestAt } from "../store/latest";
import { readRecordVersions, type RecordVersion } from "../store/recordStates";
import type { Store } from "../store/store";
import { readTypes } from "../store/typeTables";
import { withTrial } from "../store/trials";
import type { Version } from "../store/versions";
import type { Context } from "./context";

interface Wanted {
  readonly version: Version;
  readonly record: RecordId;
}

/**
 * A record in a version, null where the version's history never touched it. All that one tick asks for is read in a
 * number of queries that does not grow with it.
 */
export function recordInVersion(context: Context, version: Version, record: RecordId): Promise<RecordVersion | null> {
  return context.batch.load<Wanted, RecordVersion | null>(
    "record in version",
    { version, record },
    (wanted) => readWanted(context.store, wanted),
    (wanted) => `${wanted.record} ${placeOf(wanted.version)}`,
  );
}

const placeOf = ({ commits, rows, trial }: Version): string =>
  rows ? `@${rows.sequence} ${rows.frontier}` : `${versionKey(commits)}${trial ? `~${trial.name}` : ""}`;

async function readWanted(store: Store, wanted: readonly Wanted[]): Promise<(RecordVersion | null)[]> {
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
    const stored = results.get(request);
    const { trial } = request.version;
    const found = stored && trial ? withTrial(stored, trial) : stored;
    return found && isKnown(found) ? found : null;
  });
}

/** Whether a version knows a record: its history touches it, or what is tried on it does. */
export const isKnown = ({ heads, state }: RecordVersion): boolean => heads.length > 0 || state !== undefined;

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
  const places = wanted.flatMap(({ version: { rows: at }, record }) => (at ? [{ rows: at, record }] : []));
  const found = await readLatestAt(sql, [...types.values()], places);
  for (const [index, request] of wanted.entries()) {
    const version = found[index];
    if (version) results.set(request, version);
  }
}

/** Records in a version, in the order asked; null where the version's history never touched one. */
export const recordsInVersion = (
  context: Context,
  version: Version,
  records: readonly RecordId[],
): Promise<(RecordVersion | null)[]> => Promise.all(records.map((record) => recordInVersion(context, version, record)));

/** "9+12": what a record's own version is called in ids. */
export const headsKey = (heads: readonly number[]): string => versionKey(heads as unknown as Antichain);

/** What a record's version is called in ids: its heads, and the trial that made its state. */
export const versionIdOf = ({ heads, trial }: RecordVersion): string =>
  `${headsKey(heads)}${trial === undefined ? "" : `~${trial}`}`;
