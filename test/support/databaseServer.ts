/** The PostgreSQL server that globalSetup.ts found or started: databases on it, made and dropped. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { atDatabase } from "./databaseUrl";

export interface TestDatabaseHandle {
  readonly name: string;
  readonly url: string;
  /** Closes what the helper itself opened. */
  close?: () => Promise<void>;
}

declare global {
  /** Those that the running test file has asked for; databaseEnvironment.ts makes the list and drops them. */
  var testDatabases: TestDatabaseHandle[] | undefined;
}

/** A new database; `template` default: the migrated one. */
export async function createDatabase(template?: string, encoding = "UTF8"): Promise<TestDatabaseHandle> {
  const server = process.env.OMDB_TEST_SERVER;
  const source = template ?? process.env.OMDB_TEST_TEMPLATE;
  if (server === undefined || source === undefined) {
    throw new Error("no test server: tests that need a database belong to the jest project `database`");
  }
  const name = `omdb_test_${randomBytes(8).toString("hex")}`;
  await onServer(server, (client) => client.query(`create database ${name} template ${source} encoding '${encoding}'`));
  return { name, url: atDatabase(server, name) };
}

/** Closes and drops; resolves with the connections that were still open, each in a line. */
export async function dropDatabase(handle: TestDatabaseHandle, patienceMs = 2_000): Promise<string[]> {
  await handle.close?.();
  return onServer(process.env.OMDB_TEST_SERVER ?? handle.url, async (client) => {
    const left = await connectionsLeft(client, handle.name, patienceMs);
    await client.query(`drop database if exists ${handle.name} with (force)`);
    return left;
  });
}

/** A closed connection leaves the list a moment after the client's end; one that stays is a leak. */
async function connectionsLeft(client: pg.Client, name: string, patienceMs: number): Promise<string[]> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const { rows } = await client.query<{ line: string }>(
      `select format('%s, %s: %s', application_name, state, left(query, 200)) as line
       from pg_stat_activity where datname = $1 and backend_type = 'client backend'`,
      [name],
    );
    if (rows.length === 0 || Date.now() >= deadline) return rows.map(({ line }) => line);
    await sleep(10);
  }
}

async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return work(client).finally(() => client.end());
}
