/** The server: a database, its store and its live events behind the GraphQL schema. */
import { setTimeout as sleep } from "node:timers/promises";
import { createContext, createServices, liveReaders } from "../graphql/context";
import { NodeCache } from "../graphql/loaders";
import { buildSchema } from "../graphql/schema";
import { createLive, type Live, type LiveOptions } from "../live/live";
import { isTransient } from "../live/transient";
import type { Database } from "../store/database";
import { openStore } from "../store/store";
import { refuseUnknownKinds } from "../store/storedKinds";
import { sweepRows } from "../store/sweepRows";
import type { Configuration } from "./configuration";
import { logToStandardError, type ErrorLog } from "./presentErrors";
import { serveSchema, type OpenConnections, type RunningServer } from "./serveSchema";
import { startSweeping } from "./sweeping";

export interface ServerOptions {
  /** Migrated. Stopping the server leaves it open. */
  readonly database: Database;
  readonly configuration: Pick<Configuration, "host" | "port" | "allowedOrigins" | "limits" | "serverLimits"> &
    Partial<Pick<Configuration, "graceTime">>;
  /** Told of errors that nobody expected; default: written to the standard error stream. */
  readonly log?: ErrorLog;
  /** How often the logs are looked at without a notification, and how soon the listener comes back; as in `LiveOptions`. */
  readonly live?: Pick<LiveOptions, "lookEvery" | "shortestDelay">;
}

export interface RunningOmdb extends RunningServer {
  /** `followers`: streams of frontiers' logs. */
  open(): OpenConnections & { readonly followers: number };
}

/** Milliseconds between sweeps of rows that nobody needs. */
const SWEEP_EVERY = 300_000;

/** Milliseconds that a sweep may take to end when the server stops. */
const SWEEP_ENDS_WITHIN = 5_000;

/** Milliseconds that the database may take to say that it is there. */
const READY_WITHIN = 2_000;

/**
 * Starts to serve. Rejects when the address is taken, the database does not answer, its notifications do not arrive, or
 * it holds operations that this program does not know; nothing is left running then.
 */
export async function startServer(options: ServerOptions): Promise<RunningOmdb> {
  const { database, configuration, log = logToStandardError } = options;
  await refuseUnknownKinds(database.pool);
  // The limits of requests are among those that clients can ask for.
  const store = openStore(database, { ...configuration.limits, ...configuration.serverLimits });
  const nodes = new NodeCache();
  const live = createLive({
    ...options.live,
    database,
    ...liveReaders(store, nodes),
    onError: log,
  });
  const services = createServices(store, live, nodes);
  await live.start();
  try {
    const server = await serveSchema({
      schema: buildSchema(),
      createContext: () => createContext(services),
      passes: async (error) => {
        if (!isTransient(error)) return false;
        log(error);
        return live.answeredAnew();
      },
      checkReady: () => checkReady(database, live),
      host: configuration.host,
      port: configuration.port,
      limits: configuration.serverLimits,
      pages: { usual: configuration.limits.defaultPageSize, largest: configuration.limits.pageSize },
      allowedOrigins: configuration.allowedOrigins,
      graceTime: configuration.graceTime,
      log,
    });
    const sweeping = startSweeping({
      sweep: (signal) => sweepRows(database, signal),
      every: SWEEP_EVERY,
      patience: SWEEP_ENDS_WITHIN,
      log,
    });
    return {
      url: server.url,
      stop: async (noticeTime) => {
        const swept = sweeping.stop();
        await server.stop(noticeTime);
        await live.stop();
        await swept;
      },
      open: () => ({ ...server.open(), followers: live.followers }),
    };
  } catch (error) {
    await live.stop();
    throw error;
  }
}

/** Rejects with a message that may be shown to anybody. */
async function checkReady(database: Database, live: Live): Promise<void> {
  const over = new AbortController();
  const patience = sleep(READY_WITHIN, false, { signal: over.signal, ref: false }).catch(() => false);
  const asking = database.pool.query("select 1").then(
    () => true,
    () => false,
  );
  const answered = await Promise.race([asking, patience]);
  over.abort();
  if (!answered) throw new Error("the database does not answer");
  if (!live.hearing) throw new Error("notifications of the database do not arrive");
}
