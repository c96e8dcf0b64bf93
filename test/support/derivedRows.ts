/** Tables that follow from commits and operations: as they are, and as they have to be. */
import type { CommitId, RecordId } from "../../src/core/ids";
import { recordsRead } from "../../src/core/predicates";
import type { Sql } from "../../src/store/database";
import { grouped } from "./grouped";
import type { History } from "./histories";

/** For each table its rows as texts, in one order. */
export type DerivedRows = Readonly<Record<string, readonly string[]>>;

const IN_COMMITS = `(select p.operation from omdb.operation_to_commit p where p."commit" > $1)`;

/** `$1`: the number of a commit; what belongs to it and to earlier ones is left out. */
const TABLES = {
  records: `select id::text as row from omdb.records
    where id in (select record from omdb.record_wise_operations where "commit" > $1)
      or id not in (select record from omdb.record_wise_operations)`,
  operations: `select id::text as row from omdb.operations
    where id in ${IN_COMMITS} or id not in (select operation from omdb.operation_to_commit)`,
  commits: `select concat_ws(' ', id, logical_time) as row from omdb.commits where id > $1`,
  operation_reads: `select concat_ws(' ', record, "commit", operation) as row from omdb.operation_reads where "commit" > $1`,
  record_wise_operations: `select concat_ws(' ', record, "commit", operation) as row from omdb.record_wise_operations
    where "commit" > $1`,
  record_wise_operations_edges: `select concat_ws(' ', record, parent, child) as row
    from omdb.record_wise_operations_edges where child > $1`,
};

/** @param after only of commits with greater numbers, and of no commit at all */
export async function derivedRows(sql: Sql, after: CommitId = 0): Promise<DerivedRows> {
  const found = Object.entries(TABLES).map(async ([table, text]) => {
    const { rows } = await sql.query<{ row: string }>(text, [after]);
    return [table, rows.map(({ row }) => row).sort()] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

/** What the tables have to hold for a history. */
export function naiveRows(history: History): DerivedRows {
  const { commits, operations } = history;
  const rows = {
    records: [...new Set(operations.map(({ record }) => record))],
    operations: operations.map(({ id }) => String(id)),
    commits: commits.map((commit) => `${commit} ${naiveTime(history, commit)}`),
    operation_reads: operations.flatMap(({ id, commit, record, predicates }) => {
      const read = new Set(predicates.flatMap(recordsRead));
      read.delete(record);
      return [...read].map((other) => `${other} ${commit} ${id}`);
    }),
    record_wise_operations: operations.map(({ id, commit, record }) => `${record} ${commit} ${id}`),
    record_wise_operations_edges: [...grouped(operations, ({ record }) => record)].flatMap(([record, own]) =>
      edgesOf(history, record, new Set(own.map(({ commit }) => commit))),
    ),
  };
  return Object.fromEntries(Object.entries(rows).map(([table, texts]) => [table, texts.sort()]));
}

function naiveTime({ graph }: History, commit: CommitId): number {
  return Math.max(-1, ...graph.parents(commit).map((parent) => graph.logicalTime(parent))) + 1;
}

function edgesOf(history: History, record: RecordId, touching: ReadonlySet<CommitId>): string[] {
  return [...touching].flatMap((child) => {
    const below = [...touching].filter((other) => other !== child && history.descends(child, other));
    return history.latest(below).map((parent) => `${record} ${parent} ${child}`);
  });
}
