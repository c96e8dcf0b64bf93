import pg from "pg";

const { query } = pg.Client.prototype;

type Send = (...args: unknown[]) => unknown;

/** Stands between all connections of this process and their queries while some work is done. */
async function watching(watch: (send: Send, args: unknown[]) => unknown, work: () => Promise<unknown>): Promise<void> {
  const spy = jest.spyOn(pg.Client.prototype, "query").mockImplementation(function (
    this: pg.Client,
    ...args: unknown[]
  ) {
    return watch((...sent) => query.apply(this, sent as never), args) as never;
  });
  try {
    await work();
  } finally {
    spy.mockRestore();
  }
}

/** Counts the statements that any connection of this process sends while some work is done. */
export async function countStatements(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  await watching((send, args) => {
    count += 1;
    return send(...args);
  }, work);
  return count;
}

/** What this transaction, and others of its connection shortly before, have read of tables and of their indexes. */
const READ = `
  select sum(pg_stat_get_xact_tuples_returned(oid) + pg_stat_get_xact_tuples_fetched(oid))::int as read
  from pg_class where relnamespace = 'omdb'::regnamespace`;

export interface Reading {
  readonly statements: number;
  /** Rows of tables and entries of indexes that transactions looked at. */
  readonly read: number;
}

/** The same, and what PostgreSQL looked at in transactions, through indexes wherever that can be: small tables, too. */
export async function countReading(work: () => Promise<unknown>): Promise<Reading> {
  let [statements, read] = [0, 0];
  await watching(async (send, args) => {
    statements += 1;
    const look = async () => ((await send(READ)) as pg.QueryResult<{ read: number }>).rows[0]!.read;
    const [text] = args;
    if (text === "commit") read += await look();
    const result = await send(...args);
    if (typeof text === "string" && text.startsWith("begin")) {
      await send("set local enable_seqscan = off");
      read -= await look();
    }
    return result;
  }, work);
  return { statements, read };
}
