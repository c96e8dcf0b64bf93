import type { CommitId, RecordId } from "../core/ids";
import type { Sql } from "./database";

/** The records that some commits touch, ascending. */
export async function recordsOfCommits(sql: Sql, commits: readonly CommitId[]): Promise<RecordId[]> {
  if (commits.length === 0) return [];
  const { rows } = await sql.query<{ record: RecordId }>(
    `select distinct o.record from omdb.operation_to_commit p join omdb.operations o on o.id = p.operation
     where p."commit" = any($1::bigint[]) order by o.record`,
    [commits],
  );
  return rows.map(({ record }) => record);
}
