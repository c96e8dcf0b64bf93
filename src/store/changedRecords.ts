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
