/** Operations with their place in the canonical order, as they are judged and replayed. */
import type { CommitId, OperationId, RecordId } from "../core/ids";
import type { JudgedOperation } from "../core/consistency";
import type { Sql } from "./database";
import { few } from "./plannedOnce";

const COLUMNS = `o.id, o.record, o.path, o.operation, o.parameters, o.predicates, p."commit", c.logical_time as "logicalTime"`;

/** All operations of some commits, in no order. */
export async function operationsOfCommits(sql: Sql, commits: readonly CommitId[]): Promise<JudgedOperation[]> {
  if (commits.length === 0) return [];
  const { rows } = await sql.query<JudgedOperation>(
    `select ${COLUMNS} from omdb.operation_to_commit p
     join omdb.operations o on o.id = p.operation join omdb.commits c on c.id = p."commit"
     where p."commit" = any($1::bigint[])`,
    [commits],
  );
  return rows;
}

/** The operations of some commits with a predicate that reads one of these records, which is not their own. */
export async function operationsThatRead(
  sql: Sql,
  records: readonly RecordId[],
  commits: readonly CommitId[],
): Promise<JudgedOperation[]> {
  if (records.length === 0 || commits.length === 0) return [];
  const { rows } = await sql.query<JudgedOperation>({
    name: "omdb operations that read",
    text: `select ${COLUMNS} from omdb.operation_to_commit p
     join omdb.operations o on o.id = p.operation join omdb.commits c on c.id = p."commit"
     where p.operation in (
       select r.operation from omdb.operation_reads r
       where r.record = any($1::uuid[]) and r."commit" = any($2::bigint[]))`,
    values: [records, commits],
  });
  return rows;
}

/** Operations by their commits. */
export function operationsByCommit(operations: Iterable<JudgedOperation>): Map<CommitId, JudgedOperation[]> {
  const byCommit = new Map<CommitId, JudgedOperation[]>();
  for (const operation of operations) {
    const group = byCommit.get(operation.commit);
    if (group === undefined) byCommit.set(operation.commit, [operation]);
    else group.push(operation);
  }
  return byCommit;
}

/** An operation that a commit settles. */
export interface Settlement {
  readonly operation: OperationId;
  readonly commit: CommitId;
}

/** Which of some operations are settled, with the commits that settle them. */
export async function readSettlements(sql: Sql, operations: readonly OperationId[]): Promise<Settlement[]> {
  if (operations.length === 0) return [];
  const { rows } = await sql.query<Settlement>({
    name: "omdb settlements",
    text: `select s.* from ${few("unnest($1::bigint[])", "$1::bigint[]")} as k(operation)
     cross join lateral (
       select s.operation, s."commit" from omdb.settlements s where s.operation = k.operation offset 0
     ) s`,
    values: [operations],
  });
  return rows;
}

/** Whether a commit settles operations. */
export async function settlesAnything(sql: Sql, commit: CommitId): Promise<boolean> {
  const { rows } = await sql.query(`select from omdb.settlements where "commit" = $1 limit 1`, [commit]);
  return rows.length > 0;
}
