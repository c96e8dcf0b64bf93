/** `operation_reads`: the other records that the predicates of operations read. */
import type { CommitId, OperationId, RecordId } from "../../core/ids";
import { recordsRead, type Predicate } from "../../core/predicates";
import type { Sql } from "../database";
import { ROW, type Check, type Difference } from "./differences";

const TABLE = "operation_reads";

export interface ReadKey {
  readonly record: RecordId;
  readonly commit: CommitId;
  readonly operation: OperationId;
}

interface Reading {
  readonly own: RecordId;
  readonly predicates: readonly Predicate[];
}

const readBy = ({ own, predicates }: Reading): Set<RecordId> => {
  const records = new Set(predicates.flatMap(recordsRead));
  records.delete(own);
  return records;
};

const columns = (keys: readonly ReadKey[]) => [
  keys.map(({ record }) => record),
  keys.map(({ commit }) => commit),
  keys.map(({ operation }) => operation),
];

const difference = (key: ReadKey, stored: boolean): Difference => ({
  table: TABLE,
  key: `${key.record} ${key.commit} ${key.operation}`,
  stored: stored ? ROW : null,
  expected: stored ? null : ROW,
});

/** Whether the rows of operations are there. */
export function checkReadsOf(after: OperationId, upTo: OperationId): Check {
  return async (sql) => {
    const { rows } = await sql.query<Reading & { operation: OperationId; commit: CommitId }>(
      `select o.id as operation, o.record as own, p."commit", o.predicates
       from omdb.operations o join omdb.operation_to_commit p on p.operation = o.id
       where o.id > $1 and o.id <= $2 and o.predicates <> '[]' order by o.id`,
      [after, upTo],
    );
    const expected = rows.flatMap(({ operation, commit, ...reading }) =>
      [...readBy(reading)].map((record): ReadKey => ({ record, commit, operation })),
    );
    if (expected.length === 0) return { differences: [], repairs: [] };
    const { rows: missing } = await sql.query<ReadKey>(
      `select k.* from unnest($1::uuid[], $2::bigint[], $3::bigint[]) as k(record, "commit", operation)
       where not exists (select from omdb.operation_reads r
                         where r.record = k.record and r."commit" = k."commit" and r.operation = k.operation)`,
      columns(expected),
    );
    const repair = (mending: Sql) =>
      mending.query(
        `insert into omdb.operation_reads (record, "commit", operation)
         select * from unnest($1::uuid[], $2::bigint[], $3::bigint[])`,
        columns(missing),
      );
    return {
      differences: missing.map((key) => difference(key, false)),
      repairs: missing.length > 0 ? [repair] : [],
    };
  };
}

const BEYOND = `(r.record, r."commit", r.operation) > ($1::uuid, $2::bigint, $3::bigint)`;

/** The last of the next rows behind a key; undefined where there are none. */
export async function lastReadBehind(sql: Sql, after: ReadKey, count: number): Promise<ReadKey | undefined> {
  const { rows } = await sql.query<ReadKey>(
    `select * from (
       select r.record, r."commit", r.operation from omdb.operation_reads r where ${BEYOND}
       order by r.record, r."commit", r.operation limit $4
     ) k order by record desc, "commit" desc, operation desc limit 1`,
    [after.record, after.commit, after.operation, count],
  );
  return rows[0];
}

/** Whether each row follows from an operation. */
export function checkStoredReads(after: ReadKey, upTo: ReadKey): Check {
  return async (sql) => {
    const { rows } = await sql.query<ReadKey & Reading & { inCommit: CommitId | null }>(
      `select r.record, r."commit", r.operation, o.record as own, o.predicates, p."commit" as "inCommit"
       from omdb.operation_reads r join omdb.operations o on o.id = r.operation
       left join omdb.operation_to_commit p on p.operation = o.id
       where ${BEYOND} and (r.record, r."commit", r.operation) <= ($4::uuid, $5::bigint, $6::bigint)
       order by r.record, r."commit", r.operation`,
      [after.record, after.commit, after.operation, upTo.record, upTo.commit, upTo.operation],
    );
    const extra = rows.filter((row) => row.inCommit !== row.commit || !readBy(row).has(row.record));
    const repair = (mending: Sql) =>
      mending.query(
        `delete from omdb.operation_reads r using unnest($1::uuid[], $2::bigint[], $3::bigint[]) as k(record, "commit", operation)
         where r.record = k.record and r."commit" = k."commit" and r.operation = k.operation`,
        columns(extra),
      );
    return { differences: extra.map((key) => difference(key, true)), repairs: extra.length > 0 ? [repair] : [] };
  };
}
