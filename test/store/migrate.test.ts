import { randomUUID } from "node:crypto";
import type { Database } from "../../src/store/database";
import { migrate, MigrationRefused, refuseUnfitServer } from "../../src/store/migrate";
import { readMigrationFiles, type MigrationFile } from "../../src/store/migrationFiles";
import { testDatabase } from "../support/database";
import { tablesBeforeMigrations } from "../support/tablesBeforeMigrations";

let files: MigrationFile[];
beforeAll(async () => {
  files = await readMigrationFiles();
});

interface Row {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
  rolled_back_at: Date | null;
  applied_steps_count: number;
  logs: string | null;
}

async function recorded({ pool }: Database): Promise<Row[]> {
  return (await pool.query<Row>(`select * from public."_prisma_migrations" order by started_at`)).rows;
}

test("an empty database gets every migration, recorded as Prisma records them", async () => {
  const database = await testDatabase({ empty: true });
  const messages: string[] = [];
  const { applied } = await migrate(database.url, (message) => messages.push(message));
  const names = files.map(({ name }) => name);
  expect(applied).toEqual(names);
  expect(messages).toEqual(names.map((name) => `applying the migration ${name}`));
  const rows = await recorded(database);
  expect(rows.map((row) => row.migration_name)).toEqual(names);
  expect(rows.map((row) => row.checksum)).toEqual(files.map(({ checksum }) => checksum));
  for (const row of rows) {
    expect(row.finished_at).toBeInstanceOf(Date);
    expect(row).toMatchObject({ rolled_back_at: null, logs: null, applied_steps_count: 1 });
  }
});

test("a migrated database is left as it is", async () => {
  const database = await testDatabase();
  const before = await recorded(database);
  expect(await migrate(database.url)).toEqual({ applied: [] });
  expect(await recorded(database)).toEqual(before);
});

test("of several at once one applies, and the others wait for it", async () => {
  const database = await testDatabase({ empty: true });
  const results = await Promise.all([migrate(database.url), migrate(database.url), migrate(database.url)]);
  expect(results.map(({ applied }) => applied.length).filter((count) => count > 0)).toEqual([files.length]);
  expect(await recorded(database)).toHaveLength(files.length);
});

test("waits for `prisma migrate`, which takes the same lock", async () => {
  const database = await testDatabase();
  const other = await database.pool.connect();
  await other.query("select pg_advisory_lock(72707369)");
  const waiting = new Promise<string>((resolve, reject) => {
    migrate(database.url, resolve).then(() => reject(new Error("did not wait")), reject);
  });
  await expect(waiting).resolves.toMatch(/waiting/);
  await other.query("select pg_advisory_unlock(72707369)");
  other.release();
});

test("a migration that fails changes nothing; those before it stay", async () => {
  const database = await testDatabase({ empty: true });
  const broken = [
    { name: "1_good", sql: "create table good (id int)", checksum: "a".repeat(64) },
    { name: "2_bad", sql: "create table half (id int); select no_such_function();", checksum: "b".repeat(64) },
  ];
  await expect(migrate(database.url, undefined, broken)).rejects.toThrow(
    /^the migration 2_bad failed, and changed nothing: function no_such_function\(\) does not exist$/,
  );
  const { rows } = await database.pool.query("select to_regclass('good') as good, to_regclass('half') as half");
  expect(rows).toEqual([{ good: "good", half: null }]);
  expect((await recorded(database)).map((row) => row.migration_name)).toEqual(["1_good"]);
});

describe("refuses", () => {
  test("a migration that was changed after it was applied", async () => {
    const database = await testDatabase();
    await database.pool.query(`update public."_prisma_migrations" set checksum = repeat('0', 64)`);
    await expect(migrate(database.url)).rejects.toThrow(/was changed after it was applied/);
  });

  test("a migration that Prisma began and did not finish", async () => {
    const database = await testDatabase();
    await database.pool.query(`update public."_prisma_migrations" set finished_at = null`);
    await expect(migrate(database.url)).rejects.toThrow(/begun and not finished/);
  });

  test("a database that is newer than the program", async () => {
    const database = await testDatabase();
    await database.pool.query(
      `insert into public."_prisma_migrations" (id, checksum, migration_name, finished_at) values ($1, 'c', '2999_later', now())`,
      [randomUUID()],
    );
    await expect(migrate(database.url)).rejects.toThrow(MigrationRefused);
    await expect(migrate(database.url)).rejects.toThrow(/newer than this program: it has the migration 2999_later/);
  });

  test("an encoding other than UTF8", async () => {
    const database = await testDatabase({ empty: true, encoding: "LATIN1" });
    await expect(migrate(database.url)).rejects.toThrow(
      "omdb needs a database with encoding UTF8; this one has LATIN1",
    );
  });

  test("nothing for what was rolled back", async () => {
    const database = await testDatabase();
    await database.pool.query(
      `insert into public."_prisma_migrations" (id, checksum, migration_name, rolled_back_at) values ($1, 'c', $2, now())`,
      [randomUUID(), files[0]?.name],
    );
    expect(await migrate(database.url)).toEqual({ applied: [] });
  });
});

test("a server that is too old is refused by its number", () => {
  expect(() => refuseUnfitServer({ version: 14, encoding: "UTF8" })).toThrow(
    "omdb needs PostgreSQL 15 or later; this server is version 14",
  );
  expect(() => refuseUnfitServer({ version: 15, encoding: "UTF8" })).not.toThrow();
});

test("a database from before the migrations keeps its rows, and its frontiers begin a log", async () => {
  const database = await testDatabase({ empty: true });
  const { pool } = database;
  await pool.query(tablesBeforeMigrations);
  const counts = async (): Promise<Record<string, number>> => {
    const { rows: tables } = await pool.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'omdb'
       and tablename not in ('frontier_log', 'idempotency_keys', 'imported_commits') order by 1`,
    );
    const result: [string, number][] = [];
    for (const { name } of tables) {
      const { rows } = await pool.query<{ rows: number }>(`select count(*)::int as rows from omdb.${name}`);
      result.push([name, rows[0]?.rows ?? -1]);
    }
    return Object.fromEntries(result);
  };
  const before = await counts();
  expect(Object.values(before).every((rows) => rows > 0)).toBe(true);

  expect((await migrate(database.url)).applied).toEqual(files.map(({ name }) => name));

  expect(await counts()).toEqual({
    ...before,
    frontiers: (before["frontiers"] ?? 0) + 1,
    frontier_bases: 0,
    operation_reads: 0,
    record_commits: 0,
    record_cuts: 0,
    settlements: 0,
  });
  const operations = await pool.query(
    "select id, record, path, operation, parameters, predicates from omdb.operations",
  );
  expect(operations.rows).toEqual([
    {
      id: 1,
      record: "00000000-0000-4000-8000-000000000001",
      path: [],
      operation: "create",
      parameters: { value: { title: "first" } },
      predicates: [],
    },
  ]);
  const log = await pool.query(`select frontier, sequence, cause, members, joined, "left" from omdb.frontier_log`);
  expect(log.rows).toEqual([{ frontier: "trunk", sequence: 1, cause: "CREATE", members: [2], joined: [2], left: [] }]);
  const frontiers = await pool.query("select id, sequence from omdb.frontiers order by id");
  expect(frontiers.rows).toEqual([
    { id: "main", sequence: 0 },
    { id: "trunk", sequence: 1 },
  ]);
});
