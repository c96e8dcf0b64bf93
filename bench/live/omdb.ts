/** The server in a process of its own. */
import { DEFAULT_LIMITS } from "../../src/core/limits";
import { startServer } from "../../src/server/server";
import { DEFAULT_SERVER_LIMITS } from "../../src/server/serverLimits";
import { openDatabase } from "../../src/store/database";
import { answer, bytesHeld } from "./child";

async function main(url: string): Promise<void> {
  const database = openDatabase({ url });
  let statements = 0;
  const { query } = database.pool;
  database.pool.query = function (this: typeof database.pool, ...args: unknown[]) {
    statements += 1;
    return (query as (...args: unknown[]) => unknown).apply(this, args);
  } as typeof query;
  const server = await startServer({
    database,
    configuration: {
      host: "127.0.0.1",
      port: 0,
      allowedOrigins: [],
      limits: DEFAULT_LIMITS,
      serverLimits: { ...DEFAULT_SERVER_LIMITS, connectionInitMs: 60_000 },
    },
  });
  answer({ url: server.url.replace("http", "ws"), http: server.url }, async () => ({
    bytes: await bytesHeld(),
    statements,
  }));
}

void main(process.argv[2]!);
