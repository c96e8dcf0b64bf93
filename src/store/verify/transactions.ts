/** How verification reads while others write, and how it keeps them away while it mends. */
import { inTransaction, type Database, type Sql } from "../database";

/** Runs `work` on one snapshot of the database, which it only reads. */
export async function inSnapshot<T>({ pool }: Database, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = await pool.connect();
  try {
    await sql.query("begin isolation level repeatable read read only");
    return await work(sql);
  } finally {
    await sql.query("rollback").catch(() => undefined);
    sql.release();
  }
}

/** Runs `work` in a transaction while nobody commits, merges or moves anything. Imports are kept away by their own lock. */
export function inQuiet<T>(database: Database, work: (sql: Sql) => Promise<T>): Promise<T> {
  return inTransaction(database, async (sql) => {
    // Whoever writes holds the row of a frontier.
    await sql.query(`select from omdb.frontiers order by id for no key update`);
    return work(sql);
  });
}
