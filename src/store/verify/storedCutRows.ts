/** All rows about cuts of some records, as the database has them. */
import type { CommitId, OperationId, RecordId } from "../../core/ids";
import type { Json } from "../../core/json";
import { cutColumns, type CutRow, type EntryRow } from "../cuts/cutRow";
import type { Sql } from "../database";
import { omdbTable } from "../identifiers";
import { STATE } from "./storedState";

export interface StoredOperation {
  readonly id: OperationId;
  readonly record: RecordId;
  readonly predicates: Json;
  readonly path: Json;
  readonly operation: string;
  readonly parameters: Json;
  readonly inCommit: boolean;
}

export interface StoredCutRows {
  readonly entries: readonly EntryRow[];
  readonly cuts: readonly CutRow[];
  readonly ancestors: readonly { readonly record: RecordId; readonly commit: CommitId; readonly snapshot: CommitId }[];
  /** Of the records those in no commit, and those that the cuts name. */
  readonly operations: readonly StoredOperation[];
  readonly links: readonly {
    readonly record: RecordId;
    readonly parent: CommitId;
    readonly child: CommitId;
    readonly operation: OperationId;
  }[];
  readonly snapshots: readonly { readonly record: RecordId; readonly heads: CommitId[]; readonly state: Json }[];
  readonly snapshotLinks: readonly { readonly record: RecordId; readonly parent: CommitId; readonly child: CommitId }[];
}

/** @param snapshots the table of snapshots of the records' type, unquoted */
export async function readStoredCutRows(
  sql: Sql,
  snapshots: string,
  records: readonly RecordId[],
): Promise<StoredCutRows> {
  const read = async <Row extends object>(text: string): Promise<Row[]> => (await sql.query<Row>(text, [records])).rows;
  const own = `record = any($1::uuid[])`;
  return {
    entries: await read(
      `select record, "commit", logical_time as "logicalTime", cut, loose from omdb.record_commits where ${own}`,
    ),
    cuts: await read(`select ${cutColumns("c")} from omdb.record_cuts c where ${own} order by id`),
    ancestors: await read(`select record, "commit", snapshot from omdb.commit_snapshot_ancestors where ${own}`),
    operations: await read(
      `select o.id, o.record, o.predicates, o.path, o.operation, o.parameters,
         exists (select from omdb.operation_to_commit p where p.operation = o.id) as "inCommit"
       from omdb.operations o
       where (o.record = any($1::uuid[])
              and not exists (select from omdb.operation_to_commit p where p.operation = o.id))
         or o.id = any(array(select prev_operation from omdb.record_cuts where ${own}
                             union select jump_operation from omdb.record_cuts where ${own}))`,
    ),
    links: await read(`select record, parent, child, operation from omdb.coalesced_operations where ${own}`),
    snapshots: await read(`select record, heads, ${STATE} from ${omdbTable(snapshots)} where ${own}`),
    snapshotLinks: await read(`select record, parent, child from omdb.snapshot_to_snapshot where ${own}`),
  };
}
