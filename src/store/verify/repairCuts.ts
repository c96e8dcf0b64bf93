/** Making the cuts of damaged records anew, whatever names what there is of them. */
import type { RecordId } from "../../core/ids";
import { rebuildCuts } from "../cuts/rebuild";
import type { Sql } from "../database";
import { omdbTable } from "../identifiers";
import { readAllTypes } from "../typeTables";

/**
 * Must run in a transaction, while nobody writes. The record-wise tables of the records, and of those whose cuts are
 * entangled with theirs, are true.
 */
export async function repairCuts(sql: Sql, damaged: readonly RecordId[]): Promise<void> {
  const records = await entangled(sql, damaged);
  const types = await readAllTypes(sql);
  // Coalesced operations that are none any more are known by the cuts alone.
  const { rows } = await sql.query<{ id: number }>(
    `select o.id from omdb.operations o
     where (o.id in (select prev_operation from omdb.record_cuts where record = any($1::uuid[])
                     union all select jump_operation from omdb.record_cuts where record = any($1::uuid[])
                     union all select operation from omdb.coalesced_operations where record = any($1::uuid[]))
            or (o.record = any($1::uuid[]) and o.operation = 'coalesced'))
       and not exists (select from omdb.operation_to_commit p where p.operation = o.id)
       and not exists (select from omdb.record_cuts c where (c.prev_operation = o.id or c.jump_operation = o.id)
                         and c.record <> all($1::uuid[]))`,
    [records],
  );
  const operations = rows.map(({ id }) => id);
  for (const table of ["record_commits", "record_cuts", "commit_snapshot_ancestors", "snapshot_to_snapshot"]) {
    await sql.query(`delete from omdb.${table} where record = any($1::uuid[])`, [records]);
  }
  await sql.query(
    `delete from omdb.coalesced_operations where record = any($1::uuid[]) or operation = any($2::bigint[])`,
    [records, operations],
  );
  await sql.query(`delete from omdb.operations o where o.id = any($1::bigint[])`, [operations]);
  for (const type of types) {
    const { rows: own } = await sql.query<{ id: RecordId }>(
      `select id from omdb.records where id = any($1::uuid[]) and type = $2 order by id`,
      [records, type.name],
    );
    await sql.query(`delete from ${omdbTable(type.snapshots)} where record = any($1::uuid[])`, [records]);
    if (own.length === 0) continue;
    await rebuildCuts(
      sql,
      type.snapshots,
      own.map(({ id }) => id),
    );
  }
}

/** The records, and those whose cuts or commits stand on cuts of theirs, or have their operations. */
async function entangled(sql: Sql, damaged: readonly RecordId[]): Promise<RecordId[]> {
  for (let records = [...damaged]; ;) {
    const { rows } = await sql.query<{ record: RecordId }>(
      `with own as (select id, prev_operation, jump_operation from omdb.record_cuts where record = any($1::uuid[])),
         has as (select prev_operation as id from own union select jump_operation from own
                 union select id from omdb.operations where record = any($1::uuid[]) and operation = 'coalesced')
       select record from omdb.record_cuts where prev in (select id from own)
       union select record from omdb.record_cuts where jump in (select id from own)
       union select record from omdb.record_cuts where base in (select id from own)
       union select record from omdb.record_commits where cut in (select id from own)
       union select record from omdb.record_cuts
         where prev_operation in (select id from has) or jump_operation in (select id from has)`,
      [records],
    );
    const all = new Set([...records, ...rows.map(({ record }) => record)]);
    if (all.size === records.length) return records;
    records = [...all];
  }
}
