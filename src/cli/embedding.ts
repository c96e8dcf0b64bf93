/**
 * omdb inside another program: what `require("omdb")` gives. Kinds of operations are registered first, then the server is
 * started as `omdb serve` does it.
 */
import { readConfiguration, type ConfigurationOverrides, type Environment } from "../server/configuration";
import type { ErrorLog } from "../server/presentErrors";
import type { RunningServer } from "../server/serveSchema";
import { startServer } from "../server/server";
import { openConfiguredDatabase } from "./openDatabase";

export { InvalidInput, LimitExceeded, type InputPath } from "../core/errors";
export { Fold, type Spend } from "../core/fold";
export type { Found, Json, JsonObject, State } from "../core/json";
export type { Limits } from "../core/limits";
export type { Effect, OperationKind } from "../core/operations/kind";
export { checkMembers, countMember, neededMember } from "../core/operations/parameters";
export { registerOperationKind } from "../core/operations/registry";
export { equalJson } from "../core/equality";
export { equalPaths, lookup, removeAt, replaceAt, type Path } from "../core/path";
export { ConfigurationError, type ConfigurationOverrides, type Environment } from "../server/configuration";
export type { RunningServer } from "../server/serveSchema";

export interface OmdbOptions extends ConfigurationOverrides {
  /** Settings as docs/commands.md names them, limits too; default: the process's environment. */
  readonly environment?: Environment;
  /** Told what is going on: migrations, another process that is waited for. */
  readonly note?: (message: string) => void;
  /** Told of errors that nobody expected; default: written to the standard error stream. */
  readonly log?: ErrorLog;
}

/**
 * Starts the database, or uses the one that is given, migrates it, and serves. `stop` ends both in order.
 * @throws ConfigurationError for a setting that makes no sense; Error where the database or the address cannot be used, or
 *   the database holds operations of a kind that is not registered; nothing is left running then
 */
export async function startOmdb(options: OmdbOptions = {}): Promise<RunningServer> {
  const { environment, note, log, ...overrides } = options;
  const configuration = readConfiguration(overrides, environment);
  const opened = await openConfiguredDatabase(configuration, { user: "a program with omdb", server: true, note });
  try {
    const server = await startServer({ database: opened.database, configuration, log });
    return {
      url: server.url,
      stop: async (noticeTime) => {
        await server.stop(noticeTime);
        await opened.close();
      },
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}
