import pg from "pg";

/** The database took too long: a lock was not to be had in time, or a statement did not end. Trying again may succeed. */
export class DatabaseBusy extends Error {
  override readonly name = "DatabaseBusy";
}

/** lock_not_available, and query_canceled, which is also what an operator's pg_cancel_backend causes. */
const TIMED_OUT: ReadonlySet<string | undefined> = new Set(["55P03", "57014"]);

/** An error of a transaction, as DatabaseBusy where it ran into a time-out. */
export function asBusy(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError) || !TIMED_OUT.has(error.code)) return error;
  return new DatabaseBusy(`The database took too long: ${error.message}`, { cause: error });
}
