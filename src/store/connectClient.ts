/** One connection that no pool has, or the reason why there is none. */
import pg from "pg";

/** There is no connection to the database; the message names its address, without the password, and says why. */
export class DatabaseUnreachable extends Error {
  override readonly name = "DatabaseUnreachable";
}

/** What answers nothing is no database. */
const PATIENCE_MS = 15_000;

/**
 * Connects, and leaves nothing open where that fails.
 * @throws DatabaseUnreachable
 */
export async function connectClient(
  databaseUrl: string,
  name: string,
  patience: number = PATIENCE_MS,
): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: name,
    connectionTimeoutMillis: patience,
  });
  // A connection that breaks fails the query that runs on it; without a listener it would end the process too.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw new DatabaseUnreachable(
      `cannot use the database at ${withoutPassword(databaseUrl)}: ${reasonOf(error, patience)}`,
      {
        cause: error,
      },
    );
  }
}

/** The library says little of what is no PostgreSQL, or none that wants to talk. */
function reasonOf(error: unknown, patience: number): string {
  const { message, code } = error as { message: string; code?: unknown };
  if (message === "timeout expired") return `no answer in ${patience / 1000} seconds`;
  if (message.startsWith("Connection terminated")) return "what listens there does not answer as PostgreSQL does";
  if (message.includes("client password must be a")) return "it asks for a password, and the address has none";
  return message === "" ? String(code) : message;
}

function withoutPassword(url: string): string {
  const address = new URL(url);
  address.password = "";
  address.search = "";
  return address.href;
}
