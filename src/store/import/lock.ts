import pg from "pg";
import type { Database } from "../database";

const LOCK = `hashtextextended('omdb.import', 0)`;

/**
 * Runs an import while no other one runs on the database. The lock belongs to a connection of its own.
 * @param waiting is called where another import must end first
 * @param work may ask whether the lock is still held; it is lost with its connection
 */
export async function withImportLock<T>(
  database: Database,
  waiting: () => void,
  work: (held: () => boolean) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: database.directUrl });
  let held = true;
  client.on("error", () => (held = false));
  client.on("end", () => (held = false));
  await client.connect();
  try {
    const { rows } = await client.query<{ locked: boolean }>(`select pg_try_advisory_lock(${LOCK}) as locked`);
    if (!rows[0]?.locked) {
      waiting();
      await client.query(`select pg_advisory_lock(${LOCK})`);
    }
    return await work(() => held);
  } finally {
    await client.end().catch(() => undefined);
  }
}
