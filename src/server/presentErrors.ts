/** What clients see of errors: those of the contract as they are, all others masked; what is masked is logged. */
import { GraphQLError } from "graphql";
import { LimitExceeded, OmdbError, StaleSequence, type ErrorCode } from "../core/errors";
import { sentence } from "../core/quote";
import { DatabaseBusy } from "../store/databaseBusy";

/** Told of errors that nobody expected. */
export type ErrorLog = (error: unknown) => void;

const CONTRACT_CODES: Readonly<Record<ErrorCode, true>> = {
  INVALID_INPUT: true,
  LIMIT_EXCEEDED: true,
  NOT_FOUND: true,
  ALREADY_EXISTS: true,
  PREDICATE_FAILED: true,
  CONFLICT: true,
  LOCKED: true,
  STALE_SEQUENCE: true,
  CURSOR_INVALID: true,
  CURSOR_AHEAD: true,
  FORBIDDEN: true,
  UNAUTHENTICATED: true,
};

/** Codes of errors that this server makes itself before anything is executed. */
const REQUEST_CODES = new Set([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "OPERATION_RESOLUTION_FAILURE",
  "BAD_REQUEST",
]);

/** Whether an error with this code may be shown as it is. */
const isShown = (code: unknown): boolean =>
  typeof code === "string" && (Object.hasOwn(CONTRACT_CODES, code) || REQUEST_CODES.has(code));

/** An error as clients may see it. */
export function presentError(error: unknown, log: ErrorLog): GraphQLError {
  const { nodes, source, positions, path } = error instanceof GraphQLError ? error : new GraphQLError("");
  const where = { nodes, source, positions, path };
  for (const cause of causes(error)) {
    if (cause instanceof OmdbError) {
      return new GraphQLError(cause.message, { ...where, extensions: extensionsOf(cause) });
    }
    if (cause instanceof GraphQLError && isShown(cause.extensions.code)) {
      const { code, ...rest } = cause.extensions;
      const inputPath = Object.hasOwn(CONTRACT_CODES, code as string) ? { inputPath: [] } : {};
      return new GraphQLError(sentence(cause.message), { ...where, extensions: { ...inputPath, ...rest, code } });
    }
  }
  log(error);
  if ([...causes(error)].some((cause) => cause instanceof DatabaseBusy)) {
    const message = "The database is busy, and nothing was changed. Try again later.";
    return new GraphQLError(message, { ...where, extensions: { code: "SERVICE_UNAVAILABLE" } });
  }
  return new GraphQLError("Unexpected error.", { ...where, extensions: { code: "INTERNAL_SERVER_ERROR" } });
}

/** An error and what it wraps. */
export function* causes(error: unknown): Generator {
  for (let cause = error; cause; cause = cause instanceof GraphQLError ? cause.originalError : undefined) yield cause;
}

/** What the contract says of an error beside its message. */
export function extensionsOf(error: OmdbError): Record<string, unknown> {
  return {
    code: error.code,
    inputPath: error.inputPath,
    ...(error instanceof LimitExceeded ? { limit: error.limit, maximum: error.maximum } : {}),
    ...(error instanceof StaleSequence ? { sequence: String(error.sequence) } : {}),
  };
}

/** Writes an unexpected error to the standard error stream, with its stack and its place in the result. */
export function logToStandardError(error: unknown): void {
  const original = error instanceof GraphQLError ? (error.originalError ?? error) : error;
  const place = error instanceof GraphQLError && error.path ? ` at ${error.path.join(".")}` : "";
  const text = original instanceof Error ? (original.stack ?? original.message) : String(original);
  process.stderr.write(`unexpected error${place}: ${text}\n`);
}
