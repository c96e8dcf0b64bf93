/** `record_wise_operations` and `record_wise_operations_edges`: which commits touch a record, and how they follow each other. */
import type { CommitId, OperationId, RecordId } from "../../core/ids";
import type { Sql } from "../database";
import { compareRows, ROW, type Check, type Difference, type Findings } from "./differences";
import type { TrueHistory } from "./recordHistory";

type Triple = readonly [record: RecordId, first: number, second: number];

interface Table {
  readonly name: string;
  readonly columns: readonly [string, string];
  readonly expected: (history: TrueHistory) => Triple[];
}

const OPERATIONS: Table = {
  name: "record_wise_operations",
  columns: [`"commit"`, "operation"],
  expected: ({ record, operations }) =>
    [...operations].flatMap(([commit, own]) => own.map(({ id }): Triple => [record, commit, id])),
};

const EDGES: Table = {
  name: "record_wise_operations_edges",
  columns: ["parent", "child"],
  expected: ({ record, parents }) =>
    [...parents].flatMap(([child, above]) => above.map((parent): Triple => [record, parent, child])),
};

export async function checkRecordWise(
  sql: Sql,
  records: readonly RecordId[],
  histories: ReadonlyMap<RecordId, TrueHistory>,
): Promise<Findings> {
  const found = [];
  for (const table of [OPERATIONS, EDGES]) found.push(await checkTable(sql, table, records, histories));
  return {
    differences: found.flatMap(({ differences }) => differences),
    repairs: found.flatMap(({ repairs }) => repairs),
  };
}

async function checkTable(
  sql: Sql,
  { name, columns: [first, second], expected }: Table,
  records: readonly RecordId[],
  histories: ReadonlyMap<RecordId, TrueHistory>,
): Promise<Findings> {
  const { rows } = await sql.query<{ record: RecordId; first: number; second: number }>(
    `select record, ${first} as first, ${second} as second from omdb.${name} where record = any($1::uuid[])`,
    [records],
  );
  const asRows = (triples: Iterable<Triple>) => new Map(Array.from(triples, (triple) => [triple.join(" "), ROW]));
  const must = [...histories.values()].flatMap(expected);
  const differences = compareRows(
    name,
    asRows(rows.map((row): Triple => [row.record, row.first, row.second])),
    asRows(must),
  );
  if (differences.length === 0) return { differences, repairs: [] };
  const columns = (keep: (difference: Difference) => boolean) => {
    const keys = differences.filter(keep).map(({ key }) => key.split(" "));
    return [0, 1, 2].map((place) => keys.map((key) => key[place]));
  };
  const given = `unnest($1::uuid[], $2::bigint[], $3::bigint[]) as k(record, first, second)`;
  return {
    differences,
    repairs: [
      (mending) =>
        mending.query(
          `delete from omdb.${name} t using ${given}
           where t.record = k.record and t.${first} = k.first and t.${second} = k.second`,
          columns(({ expected: must }) => must === null),
        ),
      (mending) =>
        mending.query(
          `insert into omdb.${name} (record, ${first}, ${second}) select * from ${given}`,
          columns(({ expected: must }) => must !== null),
        ),
    ],
  };
}

/** Rows with an operation that stands in no commit: they would hold coalesced operations that have to go. */
export const checkRecordWiseOfNoCommit: Check = async (sql) => {
  const { rows } = await sql.query<{ record: RecordId; commit: CommitId; operation: OperationId }>(
    `select w.record, w."commit", w.operation from omdb.record_wise_operations w
     where not exists (select from omdb.operation_to_commit p where p.operation = w.operation)`,
  );
  if (rows.length === 0) return { differences: [], repairs: [] };
  return {
    differences: rows.map(({ record, commit, operation }) => ({
      ...{ table: OPERATIONS.name, key: `${record} ${commit} ${operation}`, stored: ROW, expected: null },
    })),
    repairs: [
      (mending) =>
        mending.query(
          `delete from omdb.record_wise_operations w
           where not exists (select from omdb.operation_to_commit p where p.operation = w.operation)`,
        ),
    ],
  };
};
