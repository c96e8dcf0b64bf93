/** Rows that never change, by their ids, as Prisma gives them, in a fraction of its time. */
import type { CommitId, OperationId, RecordId } from "../core/ids";
import type { Sql } from "./database";
import type { Commit, Operation, Record as RecordRow } from "./prisma/client";

/** An operation with the commit that it stands in. */
export type OperationRow = Operation & { readonly commitId: bigint };

/** Those of some commits that exist, in no order. */
export async function readCommitRows(sql: Sql, ids: readonly CommitId[]): Promise<Commit[]> {
  const { rows } = await sql.query<Commit & { readonly id: number | bigint; readonly logicalTime: number | bigint }>(
    `select id, logical_time as "logicalTime", ts, author, message, metadata from omdb.commits
     where id = any($1::bigint[])`,
    [ids],
  );
  return rows.map((row) => ({ ...row, id: BigInt(row.id), logicalTime: BigInt(row.logicalTime) }));
}

/** Those of some operations that stand in commits, in no order. */
export async function readOperationRows(sql: Sql, ids: readonly OperationId[]): Promise<OperationRow[]> {
  const { rows } = await sql.query<OperationRow & { readonly id: number | bigint; readonly commitId: number | bigint }>(
    `select o.id, o.predicates, o.record as "recordId", o.path, o.operation, o.parameters, p."commit" as "commitId"
     from omdb.operation_to_commit p join omdb.operations o on o.id = p.operation
     where p.operation = any($1::bigint[])`,
    [ids],
  );
  return rows.map((row) => ({ ...row, id: BigInt(row.id), commitId: BigInt(row.commitId) }));
}

/** Those of some records that exist, in no order. */
export async function readRecordRows(sql: Sql, ids: readonly RecordId[]): Promise<RecordRow[]> {
  const { rows } = await sql.query<RecordRow>(
    `select id, type as "typeName", created_at as "createdAt" from omdb.records where id = any($1::uuid[])`,
    [ids],
  );
  return rows;
}
