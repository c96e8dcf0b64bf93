/** States of records at arbitrary versions, by replay of each record's own operations and of no others. */
import type { Antichain } from "../core/antichain";
import type { CommitId, OperationId, RecordId } from "../core/ids";
import type { Json, State } from "../core/json";
import type { Path } from "../core/path";
import { replay } from "../core/replay";
import type { Sql } from "./database";
import { readRecordDags } from "./recordDags";
import type { Store } from "./store";

/** A record in a version: its latest commits there, ascending (none: it was not created yet), and its state. */
export interface RecordVersion {
  readonly record: RecordId;
  readonly heads: CommitId[];
  readonly state: State;
}

/**
 * Reads records at versions, in two queries whatever their number.
 * @param sql a transaction's connection where its own writes must be seen; default: the pool
 * @returns one for each request, in the same order; a record that the version does not know has no heads and no state
 */
export async function readRecordVersions(
  store: Store,
  requests: readonly { readonly record: RecordId; readonly version: Antichain }[],
  sql: Sql = store.database.pool,
): Promise<RecordVersion[]> {
  if (requests.length === 0) return [];
  const dags = await readRecordDags(store, requests, sql);
  const wanted = await Promise.all(
    requests.map(async ({ record, version }) => {
      const heads = dags.get(record)?.heads(await store.histories.of(version)) ?? [];
      return { record, version, heads, key: `${record}@${heads.join("+")}` };
    }),
  );
  const states = new Map<string, State>();
  const missing = wanted.filter(({ heads, key }) => {
    const cached = heads.length === 0 ? { state: undefined } : store.states.get(key);
    if (cached) states.set(key, cached.state);
    return !cached;
  });
  const operations = await operationsByRecord(sql, [...new Set(missing.map(({ record }) => record))]);
  for (const { record, version, key } of missing) {
    if (states.has(key)) continue;
    const history = await store.histories.of(version);
    const state = replay((operations.get(record) ?? []).filter((operation) => history.has(operation.commit)));
    states.set(key, state);
    store.states.set(key, state);
  }
  return wanted.map(({ record, heads, key }) => ({ record, heads, state: states.get(key) }));
}

interface OperationRow {
  readonly record: RecordId;
  readonly commit: CommitId;
  readonly logicalTime: number;
  readonly id: OperationId;
  readonly path: Path;
  readonly operation: string;
  readonly parameters: Json;
}

async function operationsByRecord(sql: Sql, records: readonly RecordId[]): Promise<Map<RecordId, OperationRow[]>> {
  const groups = new Map<RecordId, OperationRow[]>(records.map((record) => [record, []]));
  if (records.length === 0) return groups;
  const { rows } = await sql.query<OperationRow>(
    `select w.record, w."commit", c.logical_time as "logicalTime", o.id, o.path, o.operation, o.parameters
     from omdb.record_wise_operations w
     join omdb.operations o on o.id = w.operation
     join omdb.commits c on c.id = w."commit"
     where w.record = any($1::uuid[])`,
    [records],
  );
  for (const row of rows) groups.get(row.record)?.push(row);
  return groups;
}
