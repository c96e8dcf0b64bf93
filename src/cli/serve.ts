/** `omdb serve`: the database, the migrations, the GraphQL server; until Ctrl-C. */
import type { Command } from "commander";
import type { Database } from "../store/database";
import { preferProduction, readConfiguration, type Configuration } from "../server/configuration";
import { addDatabaseOptions, type DatabaseOptions } from "./command";
import { CommandFailed } from "./exit";
import { untilAborted, watchForInterruption } from "./interruption";
import { openConfiguredDatabase } from "./openDatabase";

interface ServeOptions extends DatabaseOptions {
  readonly host?: string;
  readonly port?: string;
}

export function registerServe(program: Command): void {
  const command = program
    .command("serve")
    .summary("serve GraphQL over HTTP, server-sent events and WebSocket")
    .description(
      "Starts the embedded PostgreSQL, or uses the one that is given, migrates it, and serves GraphQL until Ctrl-C, " +
        "which stops everything in order. A second Ctrl-C ends at once.",
    )
    .option("--host <address>", "where to listen (HOST; default 127.0.0.1)")
    .option("--port <number>", "0: any free port (PORT; default 4000)");
  addDatabaseOptions(command).action(run);
}

async function run(options: ServeOptions): Promise<void> {
  const configuration = readConfiguration(options);
  const interruption = watchForInterruption(() => say("stopping; once more to end at once"));
  try {
    const opened = await openConfiguredDatabase(configuration, { user: "omdb serve", server: true, note: say });
    try {
      // A signal that came meanwhile has nothing to stop but the database.
      if (!interruption.signal.aborted) await serve(configuration, opened.database, interruption.signal);
    } finally {
      await opened.close();
    }
  } finally {
    interruption.dispose();
  }
}

async function serve(configuration: Configuration, database: Database, signal: AbortSignal): Promise<void> {
  preferProduction();
  // Half of the program's start, and no other command needs it.
  const { startServer } = await import("../server/server.js");
  const server = await startServer({ database, configuration }).catch((error: unknown) => {
    throw explained(error, configuration);
  });
  say(`the data is in ${configuration.databaseUrl === undefined ? configuration.dataDirectory : "the given database"}`);
  process.stdout.write(`GraphQL: ${server.url}\n`);
  await untilAborted(signal);
  // Ctrl-C comes from somebody who waits; what sends SIGTERM may have a load balancer that needs to notice.
  await server.stop(signal.reason === "SIGTERM" ? configuration.noticeTime : 0);
}

function explained(error: unknown, { host, port }: Configuration): unknown {
  switch ((error as { code?: unknown }).code) {
    case "EADDRINUSE":
      return new CommandFailed(`port ${port} of ${host} is in use; choose another one with --port`, { cause: error });
    case "EACCES":
      return new CommandFailed(`this user may not listen on port ${port}; choose another one with --port`, {
        cause: error,
      });
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new CommandFailed(`this machine has no address ${host}; choose another one with --host`, { cause: error });
    default:
      return error;
  }
}

const say = (message: string): void => void process.stderr.write(`${message}\n`);
