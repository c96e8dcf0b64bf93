/** A database with many records on main, written set-wise, and what is done to it. */
import type { ProposedOperation } from "../../src/core/admission";
import { DEFAULT_LIMITS } from "../../src/core/limits";
import { commitOnFrontier } from "../../src/store/commit";
import { createFrontier } from "../../src/store/createFrontier";
import { inTransaction, openDatabase, type Database } from "../../src/store/database";
import { readFrontiers, rowsOf } from "../../src/store/frontiers";
import { migrate } from "../../src/store/migrate";
import type { MigrationFile } from "../../src/store/migrationFiles";
import type { RowsAt } from "../../src/store/rowsAt";
import { openStore, type Store } from "../../src/store/store";
import { defineType, type TypeRow } from "../../src/store/typeTables";
import { presentOf } from "../../src/store/versions";

export interface Subject {
  readonly database: Database;
  readonly store: Store;
  readonly type: TypeRow;
  readonly records: number;
}

const NOBODY = { author: null, message: null };

/** The records have numbers, and ids in their order. */
export const recordOf = (number: number): string => `0190bbbb-0000-7000-8000-${String(number).padStart(12, "0")}`;

const RECORD = `('0190bbbb-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid`;
/** As if shuffled, the same every time. */
const STATE = `jsonb_build_object('rank', (n::bigint * 7919) % 1000003, 'name', 'record ' || n, 'group', n % 1000)`;

/** A new database of the server at `url`, with so many records made by one commit on main. */
export async function openSubject(
  url: string,
  name: string,
  records: number,
  migrations: readonly MigrationFile[],
): Promise<Subject> {
  const server = openDatabase({ url });
  await server.pool.query(`create database "${name}"`);
  await server.close();
  const own = new URL(url);
  own.pathname = `/${name}`;
  await migrate(own.href, undefined, migrations);
  const database = openDatabase({ url: own.href });
  const type = await inTransaction(database, (sql) => defineType(sql, "item", { indexes: [["rank"]] }));
  await inTransaction(database, async (sql) => {
    const all = `from generate_series(1, ${records}) n`;
    await sql.query(`insert into omdb.records (id, type) select ${RECORD}, 'item' ${all}`);
    await sql.query(`insert into omdb.commits (id, logical_time) values (nextval('omdb.commits_id_seq'), 0)`);
    await sql.query(
      `insert into omdb.operations (id, predicates, record, path, operation, parameters)
       select n, '[]', ${RECORD}, '[]', 'create', jsonb_build_object('value', ${STATE}) ${all}`,
    );
    await sql.query(`select setval('omdb.operations_id_seq', ${records})`);
    await sql.query(`insert into omdb.operation_to_commit (operation, "commit") select n, 1 ${all}`);
    await sql.query(
      `insert into omdb.record_wise_operations (record, "commit", operation) select ${RECORD}, 1, n ${all}`,
    );
    await sql.query(
      `insert into omdb.record_commits (record, "commit", logical_time, cut, loose) select ${RECORD}, 1, 0, null, 1 ${all}`,
    );
    await sql.query(
      `insert into omdb."latest_item" (frontier, record, from_sequence, heads, state)
       select 'main', ${RECORD}, 1, '{1}', ${STATE} ${all}`,
    );
    await sql.query(`insert into omdb.frontier_commits (frontier, "commit") values ('main', 1)`);
    await sql.query(`update omdb.frontiers set sequence = 1 where id = 'main'`);
    await sql.query(
      `insert into omdb.frontier_log (frontier, sequence, cause, "time", members, joined, "left")
       values ('main', 1, 'IMPORT', now(), '{1}', '{1}', '{}')`,
    );
  });
  await database.pool.query("vacuum analyze");
  return { database, store: openStore(database, DEFAULT_LIMITS), type, records };
}

/** Sets `rank` of some records by one commit. */
export async function change(subject: Subject, frontier: string, numbers: readonly number[], rank: number) {
  const proposals = numbers.map((number, index): ProposedOperation => {
    const effect = { path: ["rank"], operation: "put", parameters: { value: rank + index } };
    return { kind: "operation", record: recordOf(number), ...effect, predicates: [], at: ["operations", index] };
  });
  await commitOnFrontier(subject.store, { frontier, proposals, ...NOBODY, metadata: undefined });
}

/** Makes a frontier of what another one holds now. */
export async function inherit({ store, database }: Subject, name: string, from: string): Promise<void> {
  const row = (await readFrontiers(database.pool, [from])).get(from)!;
  await createFrontier(store, { name, version: await presentOf(store, row), locked: false, ...NOBODY });
}

export async function rowsAt({ database }: Subject, name: string): Promise<RowsAt> {
  return rowsOf((await readFrontiers(database.pool, [name])).get(name)!);
}
