import { readFile } from "node:fs/promises";
import type { Database } from "../../src/store/database";
import { migrate } from "../../src/store/migrate";
import { readMigrationFiles } from "../../src/store/migrationFiles";
import { testDatabase } from "../support/database";
import { withSchemaEngine } from "../support/schemaEngine";
import { tablesBeforeMigrations } from "../support/tablesBeforeMigrations";

const FILE = "prisma/schema.prisma";
const NO_FILTERS = { externalTables: [], externalEnums: [] };

let schema: string;
beforeAll(async () => {
  schema = await readFile(FILE, "utf8");
});

/** The SQL that takes the database to what schema.prisma says, or the other way. */
async function difference({ url }: Database, direction: "toSchema" | "toDatabase"): Promise<string> {
  const files = [{ path: FILE, content: schema }];
  const live = { tag: "schemaDatasource", files, configDir: "." } as const;
  const model = { tag: "schemaDatamodel", files } as const;
  const [from, to] = direction === "toSchema" ? [live, model] : [model, live];
  const { stdout } = await withSchemaEngine(url, schema, (engine) =>
    engine.diff({ from, to, script: true, exitCode: null, filters: NO_FILTERS }),
  );
  return stdout ?? "";
}

test("schema.prisma and the migrated database say the same", async () => {
  const database = await testDatabase();
  expect(await difference(database, "toSchema")).toMatch(/^-- This is an empty migration\.\s*$/);
  expect(await difference(database, "toDatabase")).toMatch(/^-- This is an empty migration\.\s*$/);
});

test("every table of the reference is there under its own name", async () => {
  const { pool } = await testDatabase();
  const { rows } = await pool.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'omdb'`,
  );
  expect(rows.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      "types",
      "records",
      "operations",
      "commits",
      "commit_to_commit",
      "operation_to_commit",
      "frontiers",
      "frontier_commits",
      "record_wise_operations",
      "record_wise_operations_edges",
      "coalesced_operations",
      "commit_snapshot_ancestors",
      "snapshot_to_snapshot",
    ]),
  );
});

/** Columns, indexes and constraints of omdb's tables, each as a line. */
async function definitions({ pool }: Database): Promise<string[]> {
  const { rows } = await pool.query<{ definition: string }>(
    `select concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default) as definition
     from information_schema.columns where table_schema = 'omdb'
     union all
     select indexdef from pg_indexes where schemaname = 'omdb'
     union all
     select concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
     from pg_constraint where connamespace = 'omdb'::regnamespace`,
  );
  return rows.map(({ definition }) => definition);
}

test("every column, index and constraint of the reference is there as it was", async () => {
  const [migrated, reference] = await Promise.all([testDatabase(), testDatabase({ empty: true })]);
  await reference.pool.query(tablesBeforeMigrations);
  const expected = await definitions(reference);
  const kept = await definitions(migrated);
  expect(expected.length).toBeGreaterThan(0);
  expect(expected.filter((definition) => !kept.includes(definition))).toEqual([]);
});

test.each([
  ["a dropped index", "drop index omdb.omdb_commits_by_author", /CREATE INDEX "omdb_commits_by_author"/],
  ["an extra index", "create index extra on omdb.commits (message)", /DROP INDEX "omdb"\."extra"/],
  [
    "an index of another method",
    "drop index omdb.omdb_commits_by_metadata; create index omdb_commits_by_metadata on omdb.commits using gin (metadata)",
    /omdb_commits_by_metadata/,
  ],
  ["a missing column", "alter table omdb.commits drop column message", /ADD COLUMN\s+"message" TEXT/],
  ["an extra column", "alter table omdb.commits add column extra int", /DROP COLUMN "extra"/],
  [
    "another type",
    "alter table omdb.frontiers alter sequence type int",
    /ALTER COLUMN "sequence" SET DATA TYPE BIGINT/,
  ],
  ["nullability", "alter table omdb.types alter latest drop not null", /ALTER COLUMN "latest" SET NOT NULL/],
  [
    "another default",
    "alter table omdb.frontiers alter locked set default true",
    /ALTER COLUMN "locked" SET DEFAULT false/,
  ],
  [
    "a missing default",
    "alter table omdb.commits alter ts drop default",
    /ALTER COLUMN "ts" SET DEFAULT CURRENT_TIMESTAMP/,
  ],
  [
    "a missing unique key",
    "alter table omdb.types drop constraint types_latest_key",
    /CREATE UNIQUE INDEX "types_latest_key"/,
  ],
  [
    "another primary key",
    "alter table omdb.commit_to_commit drop constraint commit_to_commit_pkey, add primary key (child, parent)",
    /PRIMARY KEY \("parent", "child"\)/,
  ],
  [
    "a missing foreign key",
    "alter table omdb.records drop constraint records_type_fkey",
    /ADD CONSTRAINT "records_type_fkey" FOREIGN KEY \("type"\)/,
  ],
  [
    "a foreign key with another action",
    `alter table omdb.records drop constraint records_type_fkey,
     add constraint records_type_fkey foreign key (type) references omdb.types (id) on delete cascade`,
    /ADD CONSTRAINT "records_type_fkey".*ON DELETE NO ACTION/,
  ],
  ["a missing table", "drop table omdb.idempotency_keys", /CREATE TABLE "omdb"\."idempotency_keys"/],
  ["an extra table", "create table omdb.extra (id int primary key)", /DROP TABLE "omdb"\."extra"/],
])("the comparison notices %s", async (_, damage, repair) => {
  const database = await testDatabase();
  await database.pool.query(damage);
  expect(await difference(database, "toSchema")).toMatch(repair);
});

describe("`prisma migrate` agrees with what omdb applied", () => {
  const migrationList = async () => ({
    baseDir: "prisma/migrations",
    lockfile: { path: "migration_lock.toml", content: await readFile("prisma/migrations/migration_lock.toml", "utf8") },
    shadowDbInitScript: "",
    migrationDirectories: (await readMigrationFiles()).map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: "migration.sql", content: { tag: "ok" as const, value: sql } },
    })),
  });

  const diagnose = async ({ url }: Database) => {
    const migrationsList = await migrationList();
    return withSchemaEngine(url, schema, (engine) =>
      engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters: NO_FILTERS }),
    );
  };

  test("status: in sync", async () => {
    expect(await diagnose(await testDatabase())).toEqual({
      hasMigrationsTable: true,
      history: null,
      editedMigrationNames: [],
      failedMigrationNames: [],
    });
  });

  test("status: behind, before anything is applied", async () => {
    const { history } = await diagnose(await testDatabase({ empty: true }));
    expect(history).toMatchObject({ diagnostic: "databaseIsBehind" });
  });

  test("deploy: omdb finds nothing to do after it, and it finds nothing to do after omdb", async () => {
    const database = await testDatabase({ empty: true });
    const migrationsList = await migrationList();
    const deploy = () =>
      withSchemaEngine(database.url, schema, (engine) =>
        engine.applyMigrations({ migrationsList, filters: NO_FILTERS }),
      );
    expect((await deploy()).appliedMigrationNames).toEqual((await readMigrationFiles()).map(({ name }) => name));
    expect(await migrate(database.url)).toEqual({ applied: [] });
    expect(await deploy()).toEqual({ appliedMigrationNames: [] });
  });
});
