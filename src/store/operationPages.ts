/** Pages of a commit's operations, in their order. */
import type { CommitId, OperationId } from "../core/ids";
import type { Sql } from "./database";
import { parameters } from "./sqlPredicate";
import { windowOf, type Window } from "./window";

/** A page of a commit's operations that are all known, ascending. */
export const operationWindow = (operations: readonly OperationId[], window: Window<OperationId>): OperationId[] =>
  windowOf(
    operations,
    window,
    (operation) => operation,
    (a, b) => a - b,
  );

/** One page for each commit, in one query. */
export async function readOperationPages(
  sql: Sql,
  commits: readonly CommitId[],
  window: Window<OperationId>,
): Promise<OperationId[][]> {
  const { values, bind } = parameters([commits]);
  const direction = window.backward ? "desc" : "asc";
  const conditions = [
    `o."commit" = k."commit"`,
    ...(window.after === undefined ? [] : [`o.operation > ${bind(window.after)}::bigint`]),
    ...(window.before === undefined ? [] : [`o.operation < ${bind(window.before)}::bigint`]),
  ];
  const { rows } = await sql.query<{ place: number; id: OperationId }>(
    `select k.place, p.id from unnest($1::bigint[]) with ordinality as k("commit", place)
     cross join lateral (
       select o.operation as id from omdb.operation_to_commit o where ${conditions.join(" and ")}
       order by o.operation ${direction} limit ${bind(window.limit)}::int
     ) p order by k.place, p.id ${direction}`,
    values,
  );
  const pages: OperationId[][] = commits.map(() => []);
  for (const row of rows) pages[row.place - 1]?.push(row.id);
  return pages;
}

export async function countOperations(sql: Sql, commits: readonly CommitId[]): Promise<number[]> {
  const { rows } = await sql.query<{ count: number }>(
    `select (select count(*) from omdb.operation_to_commit o where o."commit" = k."commit") as count
     from unnest($1::bigint[]) with ordinality as k("commit", place) order by k.place`,
    [commits],
  );
  return rows.map((row) => row.count);
}
