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
 * Watches the connections that transactions get from now on: each takes one query at a time.
 * @returns the queries that were sent while another one was under way, as they come
 */
export function watchTransactions({ transactions }: Database): readonly string[] {
  const overlapping: string[] = [];
  transactions.on("connect", (client) => {
    const query = client.query.bind(client) as (...all: unknown[]) => Promise<unknown>;
    let underWay = 0;
    const watched = async (...all: unknown[]): Promise<unknown> => {
      underWay += 1;
      if (underWay > 1) overlapping.push(String(all[0]));
      return query(...all).finally(() => (underWay -= 1));
    };
    client.query = watched as typeof client.query;
  });
  return overlapping;
}
