/** Turns at frontiers: of one process, only one transaction at a time changes a frontier and holds a connection for it. */
import type pg from "pg";
import { inTransaction, PLAIN, type Database, type Opening } from "./database";

/** For each pool the frontiers that are in use, with what ends when the last one in line is through. */
const lines = new WeakMap<pg.Pool, Map<string, Promise<void>>>();

/**
 * Runs `work` in a transaction (`inTransaction`) that changes the frontiers named, first come, first served: those who
 * wait for the same frontier wait here, without a connection, so that a frontier that is slow or locked from outside
 * costs the others one connection and not all. Other processes are kept away by the lock of the frontier's row, which
 * `work` takes itself.
 *
 * Not to be called within another call's `work`: the inner one could wait for the outer one.
 */
export async function onFrontier<T>(
  database: Database,
  names: string | readonly string[],
  work: (sql: pg.PoolClient) => Promise<T>,
): Promise<T>;
export async function onFrontier<T, First>(
  database: Database,
  names: string | readonly string[],
  work: (sql: pg.PoolClient, found: First) => Promise<T>,
  opening: Opening<First>,
): Promise<T>;
export async function onFrontier<T>(
  database: Database,
  names: string | readonly string[],
  work: (sql: pg.PoolClient, found: unknown) => Promise<T>,
  opening: Opening<unknown> = PLAIN,
): Promise<T> {
  const done = await turn(database.transactions, new Set(typeof names === "string" ? [names] : names));
  try {
    return await inTransaction(database, work, opening);
  } finally {
    done();
  }
}

/** Lines up everywhere at once, so that no two wait for each other. Gives what ends the turn. */
async function turn(pool: pg.Pool, names: ReadonlySet<string>): Promise<() => void> {
  const last = lines.get(pool) ?? new Map<string, Promise<void>>();
  lines.set(pool, last);
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const before = [...names].map((name) => last.get(name));
  for (const name of names) last.set(name, ended);
  await Promise.all(before);
  return () => {
    for (const name of names) if (last.get(name) === ended) last.delete(name);
    end();
  };
}
