/** The database that a command works on: the given one, or the embedded one of the data folder, migrated. */
import { adopt } from "../store/adopt";
import { connectClient } from "../store/connectClient";
import { openDatabase, type Database } from "../store/database";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "../store/embeddedPostgres";
import { migrate } from "../store/migrate";
import { openStore } from "../store/store";
import type { Configuration } from "../server/configuration";

export interface OpenedDatabase {
  readonly database: Database;
  /** Names of the migrations that were applied just now. */
  readonly applied: readonly string[];
  /** Closes the pool, and stops the embedded PostgreSQL unless another process uses it. */
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Who uses it, for the message that another process gets, e.g. `omdb serve`. */
  readonly user: string;
  /** A server shares its folder with commands, and not with another server. */
  readonly server?: boolean;
  /** Told what is going on. */
  readonly note?: (message: string) => void;
}

/** Rejects with DatabaseUnreachable when there is no connection to it. Whatever it rejects with, nothing is left running. */
export async function openConfiguredDatabase(
  configuration: Configuration,
  options: OpenOptions,
): Promise<OpenedDatabase> {
  const embedded = configuration.databaseUrl === undefined ? await startEmbedded(configuration, options) : undefined;
  const url = embedded?.url ?? configuration.databaseUrl ?? "";
  const directUrl = configuration.directUrl ?? url;
  try {
    const { applied } = await migrate(directUrl, options.note);
    if (url !== directUrl) await (await connectClient(url, options.user)).end();
    const { connections, lockTimeout, statementTimeout } = configuration;
    const database = openDatabase({ url, directUrl, connections, lockTimeout, statementTimeout });
    await adopt(openStore(database, configuration.limits)).catch(async (error: unknown) => {
      await database.close();
      throw error;
    });
    return {
      database,
      applied,
      close: async () => {
        await database.close();
        await embedded?.stop();
      },
    };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

function startEmbedded({ dataDirectory }: Configuration, { user, server }: OpenOptions): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ dataDirectory, user, exclusive: server === true });
}
