/** The records' own versions in a version: their latest commits there. */
import type { CommitId, RecordId } from "../core/ids";
import type { Sql } from "./database";
import { readLatest } from "./latest";
import { readHeadsAt } from "./recordHeads";
import { readRecordVersions, type RecordVersion } from "./recordStates";
import type { Store } from "./store";
import { readTypesOfRecords, type TypeRow } from "./typeTables";
import type { Version } from "./versions";

/**
 * Heads of records in a version, ascending; a record that the version does not know has none.
 * @param knownTypes of all the records, where they are known
 */
export async function readHeads(
  store: Store,
  sql: Sql,
  version: Version,
  records: readonly RecordId[],
  knownTypes?: readonly TypeRow[],
): Promise<Map<RecordId, readonly CommitId[]>> {
  const heads = new Map<RecordId, readonly CommitId[]>(records.map((record) => [record, []]));
  if (records.length === 0 || version.commits.length === 0) return heads;
  if (version.rows) {
    const types = knownTypes ?? (await readTypesOfRecords(sql, records));
    const latest = await readLatest(sql, types, version.rows, records);
    for (const [record, found] of latest) heads.set(record, found.heads);
    return heads;
  }
  const requests = records.map((record) => ({ record, version: version.commits }));
  const found = await readHeadsAt(store, sql, requests);
  for (const [place, record] of records.entries()) heads.set(record, found[place]!);
  return heads;
}

/**
 * Records in a version; one that the version does not know has no heads and no state.
 * @param knownTypes of all the records, where they are known
 */
export async function readRecords(
  store: Store,
  sql: Sql,
  version: Version,
  records: readonly RecordId[],
  knownTypes?: readonly TypeRow[],
): Promise<Map<RecordId, RecordVersion>> {
  const unknown = (record: RecordId): RecordVersion => ({ record, heads: [], state: undefined });
  if (version.rows) {
    const types = knownTypes ?? (await readTypesOfRecords(sql, records));
    const latest = await readLatest(sql, types, version.rows, records);
    return new Map(records.map((record) => [record, latest.get(record) ?? unknown(record)]));
  }
  const requests = records.map((record) => ({ record, version: version.commits }));
  const found = await readRecordVersions(store, requests, sql);
  return new Map(found.map((version) => [version.record, version]));
}
