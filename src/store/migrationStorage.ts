/** The record of applied migrations: Prisma's own table in Prisma's own form, so that `prisma migrate` agrees with it. */
import { randomUUID } from "node:crypto";
import type { UmzugStorage } from "umzug";
import type { Sql } from "./database";
import type { MigrationFile } from "./migrationFiles";

export interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
  /** Prisma began it and it did not finish: what it left behind is unknown. */
  readonly failed: boolean;
}

/** Makes the table if it is not there. */
export async function prepareMigrationTable(sql: Sql): Promise<void> {
  await sql.query(`
    create schema if not exists public;
    create table if not exists public."_prisma_migrations" (
      id varchar(36) primary key not null,
      checksum varchar(64) not null,
      finished_at timestamptz,
      migration_name varchar(255) not null,
      logs text,
      rolled_back_at timestamptz,
      started_at timestamptz not null default now(),
      applied_steps_count integer not null default 0
    )`);
}

/** What has been applied, or begun, in order; what was rolled back does not count. */
export async function readAppliedMigrations(sql: Sql): Promise<AppliedMigration[]> {
  const { rows } = await sql.query<AppliedMigration>(
    `select migration_name as name, checksum, finished_at is null as failed
     from public."_prisma_migrations" where rolled_back_at is null order by started_at, migration_name`,
  );
  return rows;
}

/** For umzug, which calls `logMigration` once a migration has run, in the transaction that the migration began. */
export function migrationStorage(sql: Sql, files: readonly MigrationFile[]): UmzugStorage {
  const checksums = new Map(files.map(({ name, checksum }) => [name, checksum]));
  return {
    executed: async () => (await readAppliedMigrations(sql)).map(({ name }) => name),
    logMigration: async ({ name }) => {
      // now() is when the transaction began.
      await sql.query(
        `insert into public."_prisma_migrations" (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
         values ($1, $2, $3, now(), clock_timestamp(), 1)`,
        [randomUUID(), checksums.get(name), name],
      );
      await sql.query("commit");
    },
    unlogMigration: () => Promise.reject(new Error("migrations only go forward")),
  };
}
