/** Brings a database to the schema of this program. */
import type pg from "pg";
import { MigrationError as UmzugError, Umzug } from "umzug";
import { connectClient } from "./connectClient";
import { readMigrationFiles, type MigrationFile } from "./migrationFiles";
import {
  migrationStorage,
  prepareMigrationTable,
  readAppliedMigrations,
  type AppliedMigration,
} from "./migrationStorage";

/** The database cannot be brought to this program's schema; the message says why and what to do. */
export class MigrationRefused extends Error {
  override readonly name = "MigrationRefused";
}

/** What is going on, in words for people. */
export type MigrationProgress = (message: string) => void;

/** The lock that `prisma migrate` takes as well. */
const MIGRATION_LOCK = 72_707_369;
const OLDEST_SERVER = 15;

/**
 * Applies the migrations that the database lacks, each in a transaction, one program at a time: a second one waits, and
 * then finds nothing to do. The address must not be that of a transaction-mode pooler. Rejects with DatabaseUnreachable,
 * or with MigrationRefused when the database is not one that this program can serve; what had been applied before stays.
 */
export async function migrate(
  databaseUrl: string,
  onProgress: MigrationProgress = () => undefined,
  files?: readonly MigrationFile[],
): Promise<{ applied: string[] }> {
  const migrations = files ?? (await readMigrationFiles());
  const client = await connectClient(databaseUrl, "omdb migrate");
  try {
    await checkServer(client);
    await lock(client, onProgress);
    await prepareMigrationTable(client);
    checkHistory(await readAppliedMigrations(client), migrations);
    return { applied: await applyPending(client, migrations, onProgress) };
  } finally {
    // The lock goes with the session.
    await client.end();
  }
}

async function checkServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<ServerFacts>(
    `select current_setting('server_version_num')::int / 10000 as version, current_setting('server_encoding') as encoding`,
  );
  for (const server of rows) refuseUnfitServer(server);
}

interface ServerFacts {
  /** The major one. */
  readonly version: number;
  readonly encoding: string;
}

/** Throws MigrationRefused for a server that omdb cannot use. */
export function refuseUnfitServer({ version, encoding }: ServerFacts): void {
  if (version < OLDEST_SERVER) {
    throw new MigrationRefused(`omdb needs PostgreSQL ${OLDEST_SERVER} or later; this server is version ${version}`);
  }
  if (encoding !== "UTF8") {
    throw new MigrationRefused(`omdb needs a database with encoding UTF8; this one has ${encoding}`);
  }
}

async function lock(client: pg.Client, onProgress: MigrationProgress): Promise<void> {
  const { rows } = await client.query<{ held: boolean }>("select pg_try_advisory_lock($1) as held", [MIGRATION_LOCK]);
  if (rows[0]?.held === true) return;
  onProgress("waiting for another process that migrates the database");
  await client.query("select pg_advisory_lock($1)", [MIGRATION_LOCK]);
}

function checkHistory(applied: readonly AppliedMigration[], files: readonly MigrationFile[]): void {
  const known = new Map(files.map((file) => [file.name, file]));
  for (const { name, checksum, failed } of applied) {
    const file = known.get(name);
    if (file === undefined) {
      throw new MigrationRefused(
        `the database is newer than this program: it has the migration ${name}; use a newer omdb`,
      );
    }
    if (failed) {
      throw new MigrationRefused(
        `the migration ${name} is recorded as begun and not finished; look at what it left, ` +
          "then use `prisma migrate resolve`",
      );
    }
    if (file.checksum !== checksum) {
      throw new MigrationRefused(
        `the migration ${name} was changed after it was applied: its checksum is not the one recorded`,
      );
    }
  }
}

async function applyPending(
  client: pg.Client,
  files: readonly MigrationFile[],
  onProgress: MigrationProgress,
): Promise<string[]> {
  const umzug = new Umzug({
    migrations: files.map(({ name, sql }) => ({
      name,
      up: async () => {
        onProgress(`applying the migration ${name}`);
        await client.query("begin");
        await client.query(sql);
      },
    })),
    storage: migrationStorage(client, files),
    logger: undefined,
  });
  try {
    return (await umzug.up()).map(({ name }) => name);
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    if (!(error instanceof UmzugError)) throw error;
    const cause = error.cause as Error;
    throw new MigrationRefused(`the migration ${error.migration.name} failed, and changed nothing: ${cause.message}`, {
      cause,
    });
  }
}
