import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startEmbeddedPostgres } from "../../src/store/embeddedPostgres";
import { migrate } from "../../src/store/migrate";

/**
 * A migrated database on a PostgreSQL that nobody else uses, and that does nothing by itself: where it is counted what a
 * statement looks at, transactions of other databases would keep rows that are gone from being passed over.
 */
export async function ownServer(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  // A run that is killed leaves it behind; the next one stops it by this name (globalSetup).
  const dataDirectory = await mkdtemp(path.join(tmpdir(), `omdb-test-${process.pid}-`));
  await chmod(dataDirectory, 0o711);
  const settings = { fsync: "off", autovacuum: "off" };
  const server = await startEmbeddedPostgres({ dataDirectory, user: "a test of omdb", settings });
  await migrate(server.url);
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      await rm(dataDirectory, { recursive: true });
    },
  };
}
