/** How commands end: the exit codes that docs/commands.md lists, and which error leads to which. */
import { CommanderError } from "commander";
import { OmdbError } from "../core/errors";
import { DatabaseUnreachable } from "../store/connectClient";
import { EmbeddedPostgresError } from "../store/embeddedPostgresError";
import { MigrationRefused } from "../store/migrate";
import { ConfigurationError } from "../server/configuration";

export const EXIT = { ok: 0, failure: 1, usage: 2, interrupted: 130 } as const;

/** The command did not do what it was asked, for a reason that the message says. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
}

/** The command was called in a way that makes no sense. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Ctrl-C, or SIGTERM. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  constructor() {
    super("interrupted");
  }
}

export interface Ending {
  readonly code: number;
  /** For stderr; undefined where everything has been said. */
  readonly message: string | undefined;
}

/** What an error means for whoever called the command. Only what nobody foresaw comes with a stack. */
export function endingOf(error: unknown): Ending {
  // Commander has written its message already.
  if (error instanceof CommanderError) return { code: error.exitCode === 0 ? EXIT.ok : EXIT.usage, message: undefined };
  if (error instanceof UsageError || error instanceof ConfigurationError) {
    return { code: EXIT.usage, message: error.message };
  }
  if (error instanceof Interrupted) return { code: EXIT.interrupted, message: error.message };
  if (isForeseen(error)) return { code: EXIT.failure, message: error.message };
  return { code: EXIT.failure, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

function isForeseen(error: unknown): error is Error {
  const foreseen = [CommandFailed, OmdbError, DatabaseUnreachable, MigrationRefused, EmbeddedPostgresError];
  if (foreseen.some((kind) => error instanceof kind)) return true;
  // Errors of the operating system and of PostgreSQL have a code and a message that is made for people.
  return error instanceof Error && typeof (error as { code?: unknown }).code === "string" && error.message !== "";
}
