import type { CommitId, RecordId } from "../core/ids";
import type { Sql } from "./database";

export interface CommitOutcome {
  /** The records that a commit touches, by uuid. */
  readonly records: RecordId[];
  /** The records of its create operations, in their order. */
  readonly created: RecordId[];
}

/** What a commit on a frontier's present did, read from its operations: the same whenever it is asked. */
export async function readCommitOutcome(sql: Sql, commit: CommitId): Promise<CommitOutcome> {
  const { rows } = await sql.query<{ record: RecordId; create: boolean }>(
    `select o.record, o.operation = 'create' as create from omdb.operation_to_commit c
     join omdb.operations o on o.id = c.operation where c."commit" = $1 order by o.id`,
    [commit],
  );
  const created = rows.filter((row) => row.create).map((row) => row.record);
  return { records: [...new Set(rows.map((row) => row.record))].sort(), created: [...new Set(created)] };
}
