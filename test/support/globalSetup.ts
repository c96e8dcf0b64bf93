/**
 * One PostgreSQL for a run of the tests, and in it a migrated template that every test database is a copy of. The
 * server is that of OMDB_TEST_DATABASE_URL or DATABASE_URL, else one in a temporary folder that nothing survives of.
 */
import { randomBytes } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { startEmbeddedPostgres } from "../../src/store/embeddedPostgres";
import { isAlive } from "../../src/store/postgresCluster";
import { migrate } from "../../src/store/migrate";
import { atDatabase } from "./databaseUrl";
import { temporaryServer, type TestServer } from "./ownServer";

/** What the tests need not have of PostgreSQL: surviving a crash. */
const FAST = { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_connections: "300" };

export default async function globalSetup(): Promise<void> {
  const { url, stop } = await findServer();
  const template = `omdb_test_template_${randomBytes(6).toString("hex")}`;
  await runStatement(url, `create database ${template} template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'`);
  await migrate(atDatabase(url, template));
  process.env.OMDB_TEST_SERVER = url;
  process.env.OMDB_TEST_TEMPLATE = template;
  globalThis.stopTestServer = async () => {
    await runStatement(url, `drop database ${template} with (force)`);
    await stop();
  };
}

declare global {
  var stopTestServer: (() => Promise<void>) | undefined;
}

async function findServer(): Promise<TestServer> {
  const given = process.env.OMDB_TEST_DATABASE_URL ?? process.env.DATABASE_URL;
  if (given) return { url: given, stop: () => Promise.resolve() };
  await stopForsakenServers();
  return temporaryServer("the tests of omdb", FAST);
}

/** A run that was killed leaves its server running; its folder tells which process that was. */
async function stopForsakenServers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, pid] = /^omdb-test-(\d+)-/.exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const dataDirectory = path.join(tmpdir(), name);
    await startEmbeddedPostgres({ dataDirectory, settings: FAST })
      .then((server) => server.stop())
      .then(() => rm(dataDirectory, { recursive: true }))
      // Another user's: not ours to stop.
      .catch(() => undefined);
  }
}

async function runStatement(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
