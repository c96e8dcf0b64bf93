/** States of records at arbitrary versions, by replay of each record's own operations and of no others. */
import type { Antichain } from "../core/antichain";
import type { CommitId, OperationId, RecordId } from "../core/ids";
import type { Json, State } from "../core/json";
import type { Path } from "../core/path";
import { replay } from "../core/replay";
import type { Sql } from "./database";
import type { Store } from "./store";

/** A record in a version: its latest commits there, ascending (none: it was not created yet), and its state. */
export interface RecordVersion {
  readonly record: RecordId;
  readonly heads: CommitId[];
  readonly state: State;
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

interface EdgeRow {
  readonly record: RecordId;
  readonly parent: CommitId;
  readonly child: CommitId;
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
  const records = [...new Set(requests.map((request) => request.record))];
  const [operations, edges] = [await operationsByRecord(sql, records), await edgesByRecord(sql, records)];
  const results: RecordVersion[] = [];
  for (const { record, version } of requests) {
    const history = await store.histories.of(version);
    const seen = (operations.get(record) ?? []).filter((operation) => history.has(operation.commit));
    const commits = new Set(seen.map((operation) => operation.commit));
    for (const edge of edges.get(record) ?? []) if (history.has(edge.child)) commits.delete(edge.parent);
    results.push({ record, heads: [...commits].sort((a, b) => a - b), state: replay(seen) });
  }
  return results;
}

async function operationsByRecord(sql: Sql, records: readonly RecordId[]): Promise<Map<RecordId, OperationRow[]>> {
  const { rows } = await sql.query<OperationRow>(
    `select w.record, w."commit", c.logical_time as "logicalTime", o.id, o.path, o.operation, o.parameters
     from omdb.record_wise_operations w
     join omdb.operations o on o.id = w.operation
     join omdb.commits c on c.id = w."commit"
     where w.record = any($1::uuid[])`,
    [records],
  );
  return groupByRecord(rows);
}

async function edgesByRecord(sql: Sql, records: readonly RecordId[]): Promise<Map<RecordId, EdgeRow[]>> {
  const { rows } = await sql.query<EdgeRow>(
    `select record, parent, child from omdb.record_wise_operations_edges where record = any($1::uuid[])`,
    [records],
  );
  return groupByRecord(rows);
}

function groupByRecord<T extends { readonly record: RecordId }>(rows: readonly T[]): Map<RecordId, T[]> {
  const groups = new Map<RecordId, T[]>();
  for (const row of rows) {
    const group = groups.get(row.record);
    if (group) group.push(row);
    else groups.set(row.record, [row]);
  }
  return groups;
}
