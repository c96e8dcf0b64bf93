import type { CommitId, RecordId } from "../core/ids";
import { newCommitsOf, removedCommitsOf } from "./commitGraphCache";
import type { Sql } from "./database";
import type { FrontierChangeRow } from "./frontierLog";
import type { Store } from "./store";
import { recordsOfCommits } from "./recordsOfCommits";

/** The records that the commits touch which entered a frontier's history with a change or left it, ascending. */
export async function recordsOfChange(store: Store, change: FrontierChangeRow): Promise<RecordId[]> {
  const [entered, left] = [await newCommitsOf(store.commits, change), await removedCommitsOf(store.commits, change)];
  return recordsOfCommits(store.database.pool, [...entered, ...left]);
}

/** Commits whose records are looked up by one query. */
const CHUNK = 20_000;

/** The same with their types: by type, each list ascending. */
export async function recordsTouchedBy(store: Store, change: FrontierChangeRow): Promise<Map<string, RecordId[]>> {
  const [entered, left] = [await newCommitsOf(store.commits, change), await removedCommitsOf(store.commits, change)];
  const commits = [...entered, ...left];
  const byType = new Map<string, Set<RecordId>>();
  for (let start = 0; start < commits.length; start += CHUNK) {
    const { rows } = await store.database.pool.query<{ type: string; record: RecordId }>(
      `select distinct r.type, r.id as record from omdb.operation_to_commit p
       join omdb.operations o on o.id = p.operation
       join omdb.records r on r.id = o.record
       where p."commit" = any($1::bigint[])`,
      [commits.slice(start, start + CHUNK)],
    );
    for (const { type, record } of rows) {
      const records = byType.get(type) ?? new Set();
      byType.set(type, records.add(record));
    }
  }
  return new Map([...byType].map(([type, records]) => [type, [...records].sort()]));
}

/** The records of the create operations of a commit, in their order, without repeats. */
export async function recordsCreated(sql: Sql, commit: CommitId): Promise<RecordId[]> {
  const { rows } = await sql.query<{ record: RecordId }>(
    `select o.record from omdb.operation_to_commit c
     join omdb.operations o on o.id = c.operation and o.operation = 'create'
     where c."commit" = $1 order by o.id`,
    [commit],
  );
  return [...new Set(rows.map(({ record }) => record))];
}
