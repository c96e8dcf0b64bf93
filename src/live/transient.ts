/** Failures of the database that pass: it restarts, or the network between fails for a moment. */
import { types } from "node:util";
import pg from "pg";

/** What SQLSTATEs begin with: connection failed, resources ran out, an operator (or a restart) ended the session. */
const PASSING = ["08", "53", "57P"];

/** What Prisma calls the same where the server has no word for it. */
const PASSING_KINDS: ReadonlySet<unknown> = new Set([
  "DatabaseNotReachable",
  "ConnectionClosed",
  "SocketTimeout",
  "TooManyConnections",
]);

const isPassingState = (state: unknown): boolean =>
  typeof state === "string" && PASSING.some((start) => state.startsWith(start));

/** Whether reading again later may succeed. Anything else is a bug, or input that should have been refused. */
export function isTransient(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return isPassingState(error.code);
  if (!types.isNativeError(error)) return false;
  const adapted = causeInPrisma(error);
  if (adapted) return isPassingState(adapted.originalCode) || PASSING_KINDS.has(adapted.kind);
  // Errors of sockets have a code (ECONNREFUSED, ...); those that pg makes itself say it in words only.
  const code = (error as NodeJS.ErrnoException).code;
  return code === undefined ? /connect/i.test(error.message) : /^E[A-Z]+$/.test(code);
}

/** What Prisma's errors say of the error that came from the database. */
function causeInPrisma(error: Error): { readonly originalCode?: unknown; readonly kind?: unknown } | undefined {
  const { meta } = error as { meta?: { driverAdapterError?: { cause?: object } } };
  return meta?.driverAdapterError?.cause;
}
