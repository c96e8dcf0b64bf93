import { InvalidInput, type InputPath } from "../core/errors";
import type { CommitId, RecordId } from "../core/ids";
import type { Json } from "../core/json";
import type { Operation } from "../core/operation";
import { quoted } from "../core/quote";
import type { Sql } from "./database";

export interface NewCommit {
  readonly parents: readonly CommitId[];
  readonly author: string | null;
  readonly message: string | null;
  readonly metadata: Json | undefined;
  /** Records that are new to the database, or that may be; `at` is where the type stands in the input. */
  readonly created: readonly { readonly record: RecordId; readonly type: string; readonly at: InputPath }[];
  readonly operations: readonly Operation[];
  /** The latest commits in the parents' history that touch each record of the operations. */
  readonly recordParents: ReadonlyMap<RecordId, readonly CommitId[]>;
}

/**
 * Writes a commit with its edges and operations and the record-wise tables, in a few statements; judges nothing.
 * @throws InvalidInput when another transaction gave a created record another type meanwhile
 */
export async function writeCommit(sql: Sql, commit: NewCommit): Promise<CommitId> {
  await writeRecords(sql, commit.created);
  const edges = [...commit.recordParents].flatMap(([record, parents]) => parents.map((parent) => ({ record, parent })));
  const { operations } = commit;
  const { rows } = await sql.query<{ id: CommitId }>(
    `with new_commit as (
       insert into omdb.commits (logical_time, ts, author, message, metadata)
       select coalesce((select max(p.logical_time) + 1 from omdb.commits p where p.id = any($1::bigint[])), 0),
         date_trunc('milliseconds', clock_timestamp()), $2, $3, $4::jsonb
       returning id
     ), parent_edges as (
       insert into omdb.commit_to_commit (parent, child) select unnest($1::bigint[]), id from new_commit
     ), new_operations as (
       insert into omdb.operations (predicates, record, path, operation, parameters)
       select data.predicates::jsonb, data.record, data.path::jsonb, data.operation, data.parameters::jsonb
       from unnest($5::text[], $6::uuid[], $7::text[], $8::text[], $9::text[]) with ordinality
         as data(predicates, record, path, operation, parameters, place)
       order by data.place
       returning id, record
     ), placed as (
       insert into omdb.operation_to_commit (operation, "commit") select o.id, c.id from new_operations o, new_commit c
     ), record_wise as (
       insert into omdb.record_wise_operations (record, "commit", operation)
       select o.record, c.id, o.id from new_operations o, new_commit c
     ), record_wise_edges as (
       insert into omdb.record_wise_operations_edges (record, parent, child)
       select data.record, data.parent, c.id
       from unnest($10::uuid[], $11::bigint[]) as data(record, parent), new_commit c
     )
     select id from new_commit`,
    [
      [...commit.parents],
      commit.author,
      commit.message,
      commit.metadata === undefined ? null : JSON.stringify(commit.metadata),
      operations.map((operation) => JSON.stringify(operation.predicates)),
      operations.map((operation) => operation.record),
      operations.map((operation) => JSON.stringify(operation.path)),
      operations.map((operation) => operation.operation),
      operations.map((operation) => JSON.stringify(operation.parameters)),
      edges.map((edge) => edge.record),
      edges.map((edge) => edge.parent),
    ],
  );
  const row = rows[0];
  if (!row) throw new Error("the commit was not stored");
  return row.id;
}

async function writeRecords(sql: Sql, created: NewCommit["created"]): Promise<void> {
  if (created.length === 0) return;
  // In one order everywhere: commits on other frontiers that make the same records wait for this one, or it for them.
  const records = [...created].sort((a, b) => (a.record < b.record ? -1 : 1));
  await sql.query(
    // In one order for all writers, so that none waits for another in a circle.
    `insert into omdb.records (id, type) select * from unnest($1::uuid[], $2::text[]) as data(id, type) order by id
     on conflict (id) do nothing`,
    [records.map(({ record }) => record), records.map(({ type }) => type)],
  );
  const { rows } = await sql.query<{ id: RecordId; type: string }>(
    `select id, type from omdb.records where id = any($1::uuid[])`,
    [records.map(({ record }) => record)],
  );
  const types = new Map(rows.map((row) => [row.id, row.type]));
  for (const { record, type, at } of created) {
    const present = types.get(record);
    if (present === type) continue;
    throw new InvalidInput(`The record ${record} has another type, ${quoted(String(present))}.`, at);
  }
}
