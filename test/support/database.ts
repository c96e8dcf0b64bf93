/** Databases for tests: each a fresh copy of the migrated template, gone at the end of the test file. */
import { openDatabase, type Database, type DatabaseOptions } from "../../src/store/database";
import { createDatabase, type TestDatabaseHandle } from "./databaseServer";

export type TestDatabase = Database & { readonly name: string };

interface TestDatabaseOptions {
  /** Without any tables. */
  readonly empty?: boolean;
  /** Default UTF8. */
  readonly encoding?: string;
}

/**
 * Makes a database and opens it. At the end of the test file it is closed; a connection to it that is still open then,
 * of whatever else the test started, fails the file.
 */
export async function testDatabase(
  options: TestDatabaseOptions & Pick<DatabaseOptions, "connections"> = {},
): Promise<TestDatabase> {
  const handle = await newDatabase(options);
  const database = openDatabase({ url: handle.url, ...options });
  handle.close = () => database.close();
  return { ...database, name: handle.name };
}

/** The same without opening it, for a test that starts a program on it. */
export async function testDatabaseUrl(options: TestDatabaseOptions = {}): Promise<string> {
  return (await newDatabase(options)).url;
}

async function newDatabase({ empty, encoding }: TestDatabaseOptions): Promise<TestDatabaseHandle> {
  const handle = await createDatabase(empty === true ? "template0" : undefined, encoding);
  globalThis.testDatabases?.push(handle);
  return handle;
}

/**
 * Watches the connections that transactions get from now on: each ends when all that it sent has been answered.
 * @returns the ends that were sent while something was under way, and what was sent while one was, as they come
 */
export function watchTransactions({ transactions }: Database): readonly string[] {
  const overlapping: string[] = [];
  transactions.on("connect", (client) => {
    const query = client.query.bind(client) as (...all: unknown[]) => Promise<unknown>;
    let underWay = 0;
    let ending = false;
    const watched = async (...all: unknown[]): Promise<unknown> => {
      const [what] = all;
      const text = typeof what === "string" ? what : (what as { readonly text: string }).text;
      const ends = /^(commit|rollback)\b/.test(text);
      if (ending || (ends && underWay > 0)) overlapping.push(text);
      underWay += 1;
      if (ends) ending = true;
      return query(...all).finally(() => {
        underWay -= 1;
        if (ends) ending = false;
      });
    };
    client.query = watched as typeof client.query;
  });
  return overlapping;
}
