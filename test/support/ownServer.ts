import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startEmbeddedPostgres } from "../../src/store/embeddedPostgres";
import { migrate } from "../../src/store/migrate";

/**
 * A migrated database on a PostgreSQL that nobody else uses, and that does nothing by itself: where it is counted what a
 * statement looks at, transactions of other databases would keep rows that are gone from being passed over.
 */
export async function ownServer(): Promise<TestServer> {
  const server = await temporaryServer("a test of omdb", { fsync: "off", autovacuum: "off" });
  await migrate(server.url);
  return server;
}

export interface TestServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** An embedded PostgreSQL whose folder goes when it is stopped; a run that is killed leaves it to the next (globalSetup). */
export async function temporaryServer(user: string, settings: Readonly<Record<string, string>>): Promise<TestServer> {
  const dataDirectory = await mkdtemp(path.join(tmpdir(), `omdb-test-${process.pid}-`));
  // PostgreSQL may run as another user than the tests.
  await chmod(dataDirectory, 0o711);
  const server = await startEmbeddedPostgres({ dataDirectory, user, settings });
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      await rm(dataDirectory, { recursive: true });
    },
  };
}
