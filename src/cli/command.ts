/** What the commands share: options, output, and a database for the time of their work. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import type { Limits } from "../core/limits";
import type { Database } from "../store/database";
import { readConfiguration } from "../server/configuration";
import { Interrupted } from "./exit";
import { untilAborted, watchForInterruption } from "./interruption";
import { openConfiguredDatabase } from "./openDatabase";

/** Of every command that works on a database; see `addDatabaseOptions`. */
export interface DatabaseOptions {
  readonly dataDir?: string;
  readonly databaseUrl?: string;
}

/** Of every command that has a result or takes long; see `addOutputOptions`. */
export interface OutputOptions {
  /** The result as one JSON value on stdout, and nothing else. */
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function addDatabaseOptions(command: Command): Command {
  return command
    .option("--data-dir <folder>", "folder of the embedded PostgreSQL (OMDB_DATA_DIR; default .omdb)")
    .option("--database-url <address>", "use this PostgreSQL (15 or later) instead (DATABASE_URL)");
}

export function addOutputOptions(command: Command): Command {
  return command.option("--json", "print the result as JSON, and no progress").option("--quiet", "print no progress");
}

/** How long work may go on after Ctrl-C before the database is closed under it; what it had not committed is rolled back. */
const GRACE_MS = 3_000;

/**
 * Opens and migrates the database, runs `work`, closes it. A folder that a running server uses is shared with it.
 * `work` is told the migrations that were applied just now. Ctrl-C aborts `signal` and, once the database is closed, rejects with Interrupted.
 */
export async function withDatabase<T>(
  options: DatabaseOptions & OutputOptions & { readonly user: string },
  work: (database: Database, limits: Limits, signal: AbortSignal, applied: readonly string[]) => Promise<T>,
): Promise<T> {
  const configuration = readConfiguration(options);
  const note = options.json || options.quiet ? undefined : (message: string) => process.stderr.write(`${message}\n`);
  const interruption = watchForInterruption();
  try {
    const opened = await openConfiguredDatabase(configuration, { user: options.user, ...(note && { note }) });
    try {
      const { signal } = interruption;
      return await untilDoneOrInterrupted(
        () => work(opened.database, configuration.limits, signal, opened.applied),
        signal,
      );
    } finally {
      await opened.close();
    }
  } finally {
    interruption.dispose();
  }
}

async function untilDoneOrInterrupted<T>(start: () => Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) throw new Interrupted();
  const work = start();
  const settled = work.then(
    () => undefined,
    () => undefined,
  );
  await Promise.race([settled, untilAborted(signal)]);
  if (!signal.aborted) return work;
  // Its own way of stopping, if it has one, is the better one.
  await Promise.race([settled, sleep(GRACE_MS, undefined, { ref: false })]);
  throw new Interrupted();
}

/** The result of a command: `value` for scripts with --json, else `text` for people. */
export function printResult({ json }: OutputOptions, value: unknown, text: string): void {
  process.stdout.write(json ? `${JSON.stringify(value)}\n` : `${text}\n`);
}
