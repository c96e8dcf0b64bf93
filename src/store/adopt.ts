/**
 * Makes true what migrations in SQL cannot: the tables of types that were there before omdb managed the database, and
 * the rows that main holds.
 */
import type { RecordId } from "../core/ids";
import { inTransaction, type Sql } from "./database";
import { lockFrontierRow } from "./frontiers";
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
         or exists (select from omdb.frontiers where id = 'main' and not materialised) as incomplete`,
  );
  if (!rows[0]?.incomplete) return;
  await inTransaction(store.database, async (sql) => {
    const types = await ensureTypeTables(sql);
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
    await sql.query(`update omdb.frontiers set materialised = true where id = 'main'`);
  });
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
