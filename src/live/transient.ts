/** Failures of the database that pass: it restarts, or the network between fails for a moment. */
import pg from "pg";

/** What SQLSTATEs begin with: connection failed, resources ran out, an operator (or a restart) ended the session. */
const PASSING = ["08", "53", "57P"];

/** Whether reading again later may succeed. Anything else is a bug, or input that should have been refused. */
export function isTransient(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return PASSING.some((start) => error.code?.startsWith(start));
  if (!(error instanceof Error)) return false;
  // Errors of sockets have a code (ECONNREFUSED, ...); those that pg makes itself say it in words only.
  const code = (error as NodeJS.ErrnoException).code;
  return code === undefined ? /connect/i.test(error.message) : /^E[A-Z]+$/.test(code);
}
