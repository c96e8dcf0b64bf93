/** Writes commits and changes of frontiers for the tests of streams, without states: streams do not look at them. */
import type { CommitId } from "../../src/core/ids";
import { CommitGraphCache, newCommitsOf } from "../../src/store/commitGraphCache";
import { inTransaction, type Database, type Sql } from "../../src/store/database";
import { appendChange, readChanges, type ChangeCause } from "../../src/store/frontierLog";
import { insertFrontier, lockFrontierRow } from "../../src/store/frontiers";
import { createLive, type Live, type LiveOptions } from "../../src/live/live";

/** A live part of a process on this database; failures that it gets over by itself are not shown. */
export function liveOn(database: Database, options: Partial<LiveOptions> = {}): Live {
  const cache = new CommitGraphCache(database);
  return createLive({
    database,
    newCommitsOf: (change) => newCommitsOf(cache, change),
    shortestDelay: 5,
    // Long enough that no test passes because of it.
    lookEvery: 600_000,
    ...options,
  });
}

/** Makes a frontier, again if it was deleted. */
export function createFrontier(database: Database, name: string): Promise<void> {
  return inTransaction(database, async (sql) => {
    const frontier = await insertFrontier(sql, name, { locked: false, materialised: false }, ["name"]);
    await appendChange(sql, frontier, { cause: "CREATE", members: [], author: null, message: null });
  });
}

/** One change that brings in a line of so many commits; gives them, oldest first. */
export function commit(database: Database, frontier: string, commits = 1): Promise<CommitId[]> {
  return inTransaction(database, async (sql) => {
    const row = await lockFrontierRow(sql, frontier, []);
    const added = await insertLine(sql, row.members, commits);
    await appendChange(sql, row, { cause: "COMMIT", members: added.slice(-1), author: "ada", message: null });
    return added;
  });
}

/** The same, but nobody is told. */
export function commitSilently(database: Database, frontier: string): Promise<CommitId[]> {
  return inTransaction(database, async (sql) => {
    const row = await lockFrontierRow(sql, frontier, []);
    const added = await insertLine(sql, row.members, 1);
    await sql.query(`delete from omdb.frontier_commits where frontier = $1`, [frontier]);
    await sql.query(`insert into omdb.frontier_commits (frontier, "commit") select $1, unnest($2::bigint[])`, [
      frontier,
      added,
    ]);
    await sql.query(`update omdb.frontiers set sequence = sequence + 1 where id = $1`, [frontier]);
    await sql.query(
      `insert into omdb.frontier_log (frontier, sequence, cause, "time", members, joined, "left")
       values ($1, $2, 'COMMIT', now(), $3, $3, $4)`,
      [frontier, row.sequence + 1, added, row.members],
    );
    return added;
  });
}

/** A change that brings in nothing. */
export function change(database: Database, frontier: string, cause: ChangeCause): Promise<void> {
  return inTransaction(database, async (sql) => {
    const row = await lockFrontierRow(sql, frontier, []);
    const members = cause === "DELETE" ? [] : row.members;
    await appendChange(sql, row, { cause, members, author: null, message: null });
  });
}

/** The sequences that the log of a frontier holds. */
export async function sequencesInLog(database: Database, frontier: string): Promise<number[]> {
  return (await readChanges(database.pool, frontier, 0, 1_000_000)).map(({ sequence }) => sequence);
}

async function insertLine(sql: Sql, parents: readonly CommitId[], length: number): Promise<CommitId[]> {
  const line: CommitId[] = [];
  for (let index = 0; index < length; index += 1) {
    const before = index === 0 ? parents : line.slice(-1);
    const { rows } = await sql.query<{ id: number }>(
      `with added as (
         insert into omdb.commits (logical_time)
         select coalesce(max(logical_time) + 1, 0) from omdb.commits where id = any($1::bigint[])
         returning id
       ), edges as (
         insert into omdb.commit_to_commit (parent, child) select unnest($1::bigint[]), id from added
       )
       select id from added`,
      [before],
    );
    line.push(...rows.map(({ id }) => id));
  }
  return line;
}
