/** Writing many commits at once, set-wise: for imports, whose history is given. Judges nothing. */
import { InvalidInput } from "../core/errors";
import type { CommitId, RecordId } from "../core/ids";
import type { Json } from "../core/json";
import type { Path } from "../core/path";
import { quoted } from "../core/quote";
import { CutBuilder } from "./cuts/cutBuilder";
import { storedCuts } from "./cuts/storedCuts";
import { writeCuts } from "./cuts/writeCuts";
import type { Sql } from "./database";
import { jsonColumn } from "./jsonColumn";
import { reserveIds } from "./reserveIds";
import type { TypeRow } from "./typeTables";

/** Ids that are taken at once for cuts and their operations. */
export const ID_BLOCK = 1_000;

export interface BulkCommit {
  /** From `reserveCommitIds`. */
  readonly id: CommitId;
  readonly logicalTime: number;
  /** Maximal. */
  readonly parents: readonly CommitId[];
  readonly time: Date;
  readonly author: string | null;
  readonly message: string | null;
  readonly metadata: Json;
  readonly changes: readonly BulkChange[];
  /** Operations that it settles: each is the one with this index among a commit's operations on a record. */
  readonly settles: readonly { readonly record: RecordId; readonly commit: CommitId; readonly index: number }[];
  /** What it stands for in a source, by which a later import finds it again. */
  readonly imported: { readonly source: string; readonly name: string };
}

/** The operations of a commit on one record, without predicates. */
export interface BulkChange {
  readonly record: RecordId;
  readonly operations: readonly { readonly path: Path; readonly operation: string; readonly parameters: Json }[];
  /** The maximal commits in the history of the commit's parents that touch the record. */
  readonly parents: readonly CommitId[];
}

/** Ids for new commits, ascending; ids that are not used are lost. */
export const reserveCommitIds = (sql: Sql, count: number): Promise<CommitId[]> =>
  reserveIds(sql, "omdb.commits", count);

/**
 * Writes commits with their edges, operations and record-wise rows, and the records that they create. Must run in a
 * transaction; parents are written, or come earlier in the list.
 * @param type of all their records
 * @param builder may remember earlier commits that were written in transactions that are over
 * @returns the number of records that are new
 * @throws InvalidInput where a record has another type
 */
export async function writeBulkCommits(
  sql: Sql,
  type: TypeRow,
  commits: readonly BulkCommit[],
  builder = new CutBuilder(storedCuts(() => sql, ID_BLOCK)),
): Promise<number> {
  const changes = commits.flatMap((commit) => commit.changes.map((change) => ({ commit: commit.id, ...change })));
  const created = await writeRecords(sql, type.name, new Set(changes.map((change) => change.record)));
  await sql.query(
    `insert into omdb.commits (id, logical_time, ts, author, message, metadata)
     select id, logical_time, ts, author, message, metadata::jsonb
     from rows from (unnest($1::bigint[]), unnest($2::bigint[]), unnest($3::timestamptz[]), unnest($4::text[]),
       unnest($5::text[]), json_array_elements($6::json)) as data(id, logical_time, ts, author, message, metadata)`,
    [
      commits.map((commit) => commit.id),
      commits.map((commit) => commit.logicalTime),
      commits.map((commit) => commit.time.toISOString()),
      commits.map((commit) => commit.author),
      commits.map((commit) => commit.message),
      jsonColumn(commits.map((commit) => commit.metadata)),
    ],
  );
  const edges = commits.flatMap((commit) => commit.parents.map((parent) => ({ parent, child: commit.id })));
  await sql.query(
    `insert into omdb.commit_to_commit (parent, child) select * from unnest($1::bigint[], $2::bigint[])`,
    [edges.map((edge) => edge.parent), edges.map((edge) => edge.child)],
  );
  await sql.query(
    `insert into omdb.imported_commits (source, name, "commit") select * from unnest($1::text[], $2::text[], $3::bigint[])`,
    [
      commits.map((commit) => commit.imported.source),
      commits.map((commit) => commit.imported.name),
      commits.map((commit) => commit.id),
    ],
  );
  await writeOperations(sql, changes);
  await writeSettlements(sql, commits);
  const recordEdges = changes.flatMap(({ record, parents, commit }) =>
    parents.map((parent) => ({ record, parent, child: commit })),
  );
  await sql.query(
    `insert into omdb.record_wise_operations_edges (record, parent, child)
     select * from unnest($1::uuid[], $2::bigint[], $3::bigint[])`,
    [
      recordEdges.map((edge) => edge.record),
      recordEdges.map((edge) => edge.parent),
      recordEdges.map((edge) => edge.child),
    ],
  );
  await builder.add(
    commits.flatMap(({ id, logicalTime, changes }) =>
      changes.map(({ record, parents, operations }) => {
        return { record, commit: id, logicalTime, parents, effects: operations, snapshots: type.snapshots };
      }),
    ),
  );
  await writeCuts(sql, builder.take());
  return created;
}

async function writeSettlements(sql: Sql, commits: readonly BulkCommit[]): Promise<void> {
  const settled = commits.flatMap(({ id, settles }) => settles.map((place) => ({ merge: id, ...place })));
  if (settled.length === 0) return;
  await sql.query(
    `insert into omdb.settlements ("commit", operation)
     select data.merge, o.operation
     from unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::bigint[]) as data(merge, record, "commit", index)
     cross join lateral (
       select w.operation from omdb.record_wise_operations w
       where w.record = data.record and w."commit" = data."commit"
       order by w.operation offset data.index limit 1
     ) o`,
    [
      settled.map(({ merge }) => merge),
      settled.map(({ record }) => record),
      settled.map(({ commit }) => commit),
      settled.map(({ index }) => index),
    ],
  );
}

async function writeRecords(sql: Sql, type: string, records: ReadonlySet<RecordId>): Promise<number> {
  const ids = [...records];
  const { rowCount } = await sql.query(
    `insert into omdb.records (id, type) select id, $2 from unnest($1::uuid[]) as data(id) order by id on conflict (id) do nothing`,
    [ids, type],
  );
  const { rows } = await sql.query<{ id: RecordId; type: string }>(
    `select id, type from omdb.records where id = any($1::uuid[]) and type <> $2 limit 1`,
    [ids, type],
  );
  const other = rows[0];
  if (other) throw new InvalidInput(`The record ${other.id} has the type ${quoted(other.type)}.`, ["type"]);
  return rowCount ?? 0;
}

async function writeOperations(sql: Sql, changes: readonly ({ commit: CommitId } & BulkChange)[]): Promise<void> {
  const operations = changes.flatMap(({ record, commit, operations }) =>
    operations.map((operation) => ({ ...operation, record, commit })),
  );
  const ids = await reserveIds(sql, "omdb.operations", operations.length);
  const records = operations.map((operation) => operation.record);
  const commits = operations.map((operation) => operation.commit);
  await sql.query(
    `insert into omdb.operations (id, predicates, record, path, operation, parameters)
     select id, '[]', record, path::jsonb, operation, parameters::jsonb
     from rows from (unnest($1::bigint[]), unnest($2::uuid[]), json_array_elements($3::json), unnest($4::text[]),
       json_array_elements($5::json)) as data(id, record, path, operation, parameters)`,
    [
      ids,
      records,
      jsonColumn(operations.map((operation) => operation.path)),
      operations.map((operation) => operation.operation),
      jsonColumn(operations.map((operation) => operation.parameters)),
    ],
  );
  await sql.query(
    `insert into omdb.operation_to_commit (operation, "commit") select * from unnest($1::bigint[], $2::bigint[])`,
    [ids, commits],
  );
  await sql.query(
    `insert into omdb.record_wise_operations (record, "commit", operation)
     select * from unnest($1::uuid[], $2::bigint[], $3::bigint[])`,
    [records, commits, ids],
  );
}
