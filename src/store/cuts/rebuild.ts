/** Making the cuts of records anew from their operations: for databases from before there were any, and for repairs. */
import type { CommitId, RecordId } from "../../core/ids";
import type { Effect } from "../../core/operation";
import { ID_BLOCK } from "../bulkCommits";
import type { Sql } from "../database";
import { omdbTable } from "../identifiers";
import { CutBuilder, type RecordTouch } from "./cutBuilder";
import { storedCuts } from "./storedCuts";
import { writeCuts } from "./writeCuts";

interface TouchRow {
  readonly record: RecordId;
  readonly commit: CommitId;
  readonly logicalTime: number;
  readonly parents: CommitId[];
  readonly effects: Effect[];
}

/**
 * The commits that touch records of one type, each after those before it, by the record-wise tables.
 * @param snapshots the type's table of snapshots
 */
export async function readRecordTouches(
  sql: Sql,
  snapshots: string,
  records: readonly RecordId[],
): Promise<RecordTouch[]> {
  const { rows } = await sql.query<TouchRow>(
    `select i.record, i."commit", c.logical_time as "logicalTime",
       array(select e.parent from omdb.record_wise_operations_edges e
             where e.record = i.record and e.child = i."commit" order by 1) as parents,
       json_agg(json_build_object('path', o.path, 'operation', o.operation, 'parameters', o.parameters) order by o.id) as effects
     from omdb.record_wise_operations i
     join omdb.operations o on o.id = i.operation join omdb.commits c on c.id = i."commit"
     where i.record = any($1::uuid[])
     group by i.record, i."commit", c.logical_time order by i."commit"`,
    [records],
  );
  return rows.map((row) => ({ ...row, snapshots }));
}

/** Forgets all cuts of records of one type, and makes them anew. Must run in a transaction. */
export async function rebuildCuts(sql: Sql, snapshots: string, records: readonly RecordId[]): Promise<void> {
  await sql.query(`select from omdb.records where id = any($1::uuid[]) order by id for no key update`, [records]);
  for (const table of [
    "omdb.record_commits",
    "omdb.record_cuts",
    "omdb.coalesced_operations",
    "omdb.commit_snapshot_ancestors",
    "omdb.snapshot_to_snapshot",
    omdbTable(snapshots),
  ]) {
    await sql.query(`delete from ${table} where record = any($1::uuid[])`, [records]);
  }
  await sql.query(
    `delete from omdb.operations o where o.record = any($1::uuid[]) and o.operation = 'coalesced'
       and not exists (select from omdb.operation_to_commit p where p.operation = o.id)`,
    [records],
  );
  const builder = new CutBuilder(storedCuts(() => sql, ID_BLOCK));
  await builder.add(await readRecordTouches(sql, snapshots, records));
  await writeCuts(sql, builder.take());
}
