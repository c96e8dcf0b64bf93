/** One PostgreSQL database as the program uses it: a pool for set-based SQL, and Prisma on the same pool. */
import { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { asBusy } from "./databaseBusy";
import { PrismaClient } from "./prisma/client";

export interface DatabaseOptions {
  readonly url: string;
  /** A connection that bypasses a transaction-mode pooler, for LISTEN; default: `url`. */
  readonly directUrl?: string;
  /** Connections in all, at least 2; default 10. Half of them, rounded down, are kept for transactions. */
  readonly connections?: number;
  /** Milliseconds that a transaction waits for a lock; 0: for ever. Default 30 seconds. */
  readonly lockTimeout?: number;
  /** Milliseconds that one statement of a transaction may take; 0: any time. Default 10 minutes. */
  readonly statementTimeout?: number;
  /** Milliseconds that closing waits for what is under way before it is cut off; default 5 seconds. */
  readonly closingTime?: number;
}

export const DEFAULT_TIMEOUTS = { lockTimeout: 30_000, statementTimeout: 600_000 };

export interface Database {
  readonly url: string;
  readonly directUrl: string;
  /** For single statements: none waits for a lock, so that each comes back soon. */
  readonly pool: pg.Pool;
  /** For `inTransaction`, whose transactions wait for each other, and may read through `pool` while they do. */
  readonly transactions: pg.Pool;
  /** What a transaction begins with. */
  readonly begin: string;
  readonly prisma: PrismaClient;
  /** Resolves when no connection is left; what is under way then that does not end in time is cut off. */
  close(): Promise<void>;
}

/** What runs SQL: the pool, or one connection inside a transaction. */
export type Sql = Pick<pg.Pool, "query"> | Pick<pg.PoolClient, "query">;

const INT8 = 20;
const INT8_LIST = 1016;

/** 64-bit integers as numbers: ids, sequences and counts stay below 2^53; anything else is a bug worth an exception. */
function readInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`integer out of range: ${text}`);
  return value;
}

function readIntegerList(text: string): number[] {
  if (text.length <= 2) return [];
  const values = text.slice(1, -1);
  // Most lists have one.
  return values.includes(",") ? values.split(",").map(readInteger) : [readInteger(values)];
}

const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") => {
    if (format !== "binary" && oid === INT8) return readInteger;
    if (format !== "binary" && oid === INT8_LIST) return readIntegerList;
    return pg.types.getTypeParser(oid, format ?? "text") as (text: string) => unknown;
  }) as pg.CustomTypesConfig["getTypeParser"],
};

/**
 * A connection that keeps no statements under the names that they are sent with: behind a pooler in transaction mode the
 * next one comes to another server process, that knows nothing of them.
 */
class Forgetful extends pg.Client {
  override query = ((config: unknown, ...rest: unknown[]) => {
    const named = typeof config === "object" && config !== null && "name" in config && !("submit" in config);
    const query = pg.Client.prototype.query as (...args: unknown[]) => unknown;
    return query.call(this, named ? { ...config, name: undefined } : config, ...rest);
  }) as pg.Client["query"];
}

/** @param sockets has those of its connections that are open */
function openPool(url: string, connections: number, direct: boolean, pipeline: boolean, sockets: Set<Socket>): pg.Pool {
  // Compiling a statement takes many times as long as what any of ours does with its few rows. Poolers share what is set.
  const verify = (client: pg.PoolClient, done: (error?: Error) => void): void => {
    client.query("set jit = off").then(() => done(), done);
  };
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    types,
    pipeline,
    stream: () => {
      const socket = new Socket();
      sockets.add(socket);
      return socket.once("close", () => sockets.delete(socket));
    },
    // A database that vanishes without a word would keep its queries, and the turns of their frontiers, for ever.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    ...(direct ? { verify } : { Client: Forgetful }),
  });
  // An idle connection that breaks is replaced by the pool; without a listener its error would end the process.
  pool.on("error", () => undefined);
  // One that breaks while it is taken and no query of it is under way would end it as well. The next query tells.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

/** Opens the pools; nothing is connected before the first query. */
export function openDatabase(options: DatabaseOptions): Database {
  const connections = Math.max(2, options.connections ?? 10);
  const direct = (options.directUrl ?? options.url) === options.url;
  const sockets = new Set<Socket>();
  const pool = openPool(options.url, Math.ceil(connections / 2), direct, false, sockets);
  // Statements that need not wait for each other's results go on their way one right after the other.
  const transactions = openPool(options.url, Math.floor(connections / 2), direct, true, sockets);
  const { lockTimeout, statementTimeout } = { ...DEFAULT_TIMEOUTS, ...options };
  const { closingTime = 5_000 } = options;
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { schema: "omdb" }) });
  return {
    url: options.url,
    directUrl: options.directUrl ?? options.url,
    pool,
    transactions,
    // In the transaction and not in the connection's start, which a pooler may refuse or share.
    begin: `begin; set local lock_timeout = ${lockTimeout}; set local statement_timeout = ${statementTimeout}`,
    prisma,
    close: async () => {
      const end = async () => {
        await prisma.$disconnect();
        await Promise.all([pool, transactions].map((open) => (open.ended ? undefined : open.end())));
      };
      const ended = new AbortController();
      const late = sleep(closingTime, "late", { signal: ended.signal }).catch(() => undefined);
      const outcome = await Promise.race([end(), late]).finally(() => ended.abort());
      // A database that vanished without a word answers nothing for long, and a lock may be held from outside.
      if (outcome === "late") for (const socket of sockets) socket.destroy();
    },
  };
}

/** Deadlock, serialisation failure: PostgreSQL rolled the transaction back, and nothing speaks against another try. */
const TRY_AGAIN: ReadonlySet<unknown> = new Set(["40P01", "40001"]);
const TRIES = 5;

/** What is sent together with the beginning of a transaction. */
export interface Opening<First> {
  /** SQL that sets what holds until the transaction ends: nothing, or `;` and statements. */
  readonly settings: string;
  /** Reads what the work begins with. */
  readonly read: (sql: pg.PoolClient) => Promise<First>;
}

export const PLAIN: Opening<undefined> = { settings: "", read: () => Promise.resolve(undefined) };

/**
 * Runs `work` in a transaction on one connection: committed when it resolves, rolled back when it rejects. Where
 * transactions deadlock, it is run again from the start.
 * @throws DatabaseBusy where a lock or a statement takes longer than the database's options allow
 */
export async function inTransaction<T>(database: Database, work: (sql: pg.PoolClient) => Promise<T>): Promise<T>;
export async function inTransaction<T, First>(
  database: Database,
  work: (sql: pg.PoolClient, found: First) => Promise<T>,
  opening: Opening<First>,
): Promise<T>;
export async function inTransaction<T>(
  database: Database,
  work: (sql: pg.PoolClient, found: unknown) => Promise<T>,
  opening: Opening<unknown> = PLAIN,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await tryTransaction(database, work, opening);
    } catch (error) {
      if (tries === TRIES || !TRY_AGAIN.has((error as { code?: unknown }).code)) throw asBusy(error);
    }
  }
}

/** A transaction that a statement has failed in takes no other one. */
const FAILED_BEFORE = "25P02";

/**
 * Waits until all of what was begun in a transaction has ended, so that nothing of it comes after the transaction's end.
 * @throws what the first of them to fail is rejected with, in the order given
 */
export async function together<T extends readonly unknown[]>(
  ...begun: { readonly [Each in keyof T]: Promise<T[Each]> }
): Promise<T> {
  const ended = await Promise.allSettled(begun);
  const reasons = ended.flatMap((end): unknown[] => (end.status === "rejected" ? [end.reason] : []));
  if (reasons.length > 0)
    throw reasons.find((reason) => (reason as { code?: unknown }).code !== FAILED_BEFORE) ?? reasons[0];
  return ended.map((end) => (end as PromiseFulfilledResult<unknown>).value) as unknown as T;
}

const afterCommit = new WeakMap<Sql, (() => void)[]>();

/** Calls something once the transaction that is under way (`inTransaction`) has been committed; never, where it is not. */
export function whenCommitted(sql: Sql, then: () => void): void {
  const waiting = afterCommit.get(sql);
  if (!waiting) throw new Error("no transaction is under way");
  waiting.push(then);
}

async function tryTransaction<T>(
  database: Database,
  work: (sql: pg.PoolClient, found: unknown) => Promise<T>,
  { settings, read }: Opening<unknown>,
): Promise<T> {
  const client = await database.transactions.connect();
  let broken: Error | undefined;
  // A connection that breaks fails the query under way; without a listener the event would end the process as well.
  const onError = (error: Error) => (broken = error);
  client.on("error", onError);
  const waiting: (() => void)[] = [];
  afterCommit.set(client, waiting);
  try {
    const [, found] = await together(client.query(`${database.begin}${settings}`), read(client));
    const result = await work(client, found);
    await client.query("commit");
    for (const then of waiting) then();
    return result;
  } catch (error) {
    await client.query("rollback").catch((rollbackError: Error) => (broken = rollbackError));
    throw error;
  } finally {
    client.off("error", onError);
    afterCommit.delete(client);
    client.release(broken);
  }
}
