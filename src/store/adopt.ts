/**
 * Makes true what migrations in SQL cannot: the tables of types that were there before omdb managed the database, the
 * cuts of records from before there were any, and the rows that frontiers hold.
 */
import type { RecordId } from "../core/ids";
import { rebuildCuts } from "./cuts/rebuild";
import { inTransaction, type Sql } from "./database";
import { onFrontier } from "./frontierQueue";
import { lockFrontierRow, readFrontiers } from "./frontiers";
import { placeRows } from "./inherit";
import { writeLatest } from "./latest";
import { readRecordVersions } from "./recordStates";
import type { Store } from "./store";
import { ensureTypeTables, type TypeRow } from "./typeTables";
import { antichainOf } from "./versions";

/** Records whose rows are written at once. */
const STEP = 500;

/** Changes nothing where nothing is missing; costs one query then. */
export async function adopt(store: Store): Promise<void> {
  const { rows } = await store.database.pool.query<{ incomplete: boolean }>(
    `select exists (select from omdb.types where to_regclass(format('omdb.%I', latest)) is null
                                              or to_regclass(format('omdb.%I', snapshots)) is null)
         or exists (select from omdb.frontiers where not materialised and deleted_at is null) as incomplete`,
  );
  if (!rows[0]?.incomplete) return adoptCuts(store);
  const types = await inTransaction(store.database, (sql) => ensureTypeTables(sql));
  await adoptCuts(store);
  await inTransaction(store.database, async (sql) => {
    const main = await lockFrontierRow(sql, "main", []);
    if (main.materialised) return;
    const version = await antichainOf(store, main.members, []);
    for (const type of types) {
      for await (const records of recordsOf(sql, type)) {
        const versions = await readRecordVersions(
          store,
          records.map((record) => ({ record, version })),
          sql,
        );
        const touched = versions.filter((found) => found.heads.length > 0);
        await writeLatest(sql, type, main.name, main.sequence, touched);
      }
    }
    await markMaterialised(sql, main.name);
  });
  await adoptOthers(store);
}

/** Frontiers from before those that inherit: each in a transaction of its own, so that what is done stays done. */
async function adoptOthers(store: Store): Promise<void> {
  const { rows } = await store.database.pool.query<{ id: string }>(
    `select id from omdb.frontiers where not materialised and deleted_at is null order by id`,
  );
  for (const { id } of rows) {
    await onFrontier(store.database, id, async (sql) => {
      await sql.query(`select from omdb.frontiers where id = $1 for update`, [id]);
      const frontier = (await readFrontiers(sql, [id])).get(id);
      // Somebody else may have been faster.
      if (!frontier || frontier.deleted || frontier.materialised) return;
      const commits = await antichainOf(store, frontier.members, []);
      await placeRows(store, sql, frontier, { commits }, { sequence: frontier.sequence });
      await markMaterialised(sql, id);
    });
  }
}

/** Its rows hold what it is now; what it was before they never held. */
const markMaterialised = (sql: Sql, frontier: string) =>
  sql.query(`update omdb.frontiers set materialised = true, rows_from = sequence where id = $1`, [frontier]);

/** What is there is made in steps, each in its own transaction: an interrupted start goes on with the next one. */
async function adoptCuts({ database }: Store): Promise<void> {
  for (;;) {
    const { rows } = await database.pool.query<{ id: RecordId; snapshots: string }>(
      `select r.id, t.snapshots from omdb.records r join omdb.types t on t.id = r.type
       where not exists (select from omdb.record_commits e where e.record = r.id)
         and exists (select from omdb.record_wise_operations i where i.record = r.id) limit $1`,
      [STEP],
    );
    if (rows.length === 0) return;
    for (const snapshots of new Set(rows.map((row) => row.snapshots))) {
      const records = rows.filter((row) => row.snapshots === snapshots).map(({ id }) => id);
      await inTransaction(database, (sql) => rebuildCuts(sql, snapshots, records));
    }
  }
}

async function* recordsOf(sql: Sql, type: TypeRow): AsyncGenerator<RecordId[], void, undefined> {
  let after: RecordId | null = null;
  for (;;) {
    const { rows }: { rows: { id: RecordId }[] } = await sql.query<{ id: RecordId }>(
      `select id from omdb.records where type = $1 and ($2::uuid is null or id > $2) order by id limit $3`,
      [type.name, after, STEP],
    );
    if (rows.length === 0) return;
    yield rows.map((row) => row.id);
    after = rows.at(-1)?.id ?? null;
  }
}
