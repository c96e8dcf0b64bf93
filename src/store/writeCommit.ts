import { InvalidInput, type InputPath } from "../core/errors";
import type { CommitId, OperationId, RecordId } from "../core/ids";
import type { Json } from "../core/json";
import type { Operation } from "../core/operation";
import { recordsRead } from "../core/predicates";
import { quoted } from "../core/quote";
import { together, type Sql } from "./database";
import { readTypesByRecord } from "./typeTables";

export interface NewCommit {
  /** From `reserveCommitIds`. */
  readonly id: CommitId;
  readonly parents: readonly CommitId[];
  readonly author: string | null;
  readonly message: string | null;
  readonly metadata: Json | undefined;
  /** Records that are new to the database, or that may be; `at` is where the type stands in the input. */
  readonly created: readonly { readonly record: RecordId; readonly type: string; readonly at: InputPath }[];
  readonly operations: readonly Operation[];
  /** The latest commits in the parents' history that touch each record of the operations. */
  readonly recordParents: ReadonlyMap<RecordId, readonly CommitId[]>;
  /** Operations that it settles, if it is a merge commit. */
  readonly settles?: readonly OperationId[];
}

/**
 * Writes a commit with its edges and operations, the records that are new and the record-wise tables; judges nothing.
 * All its statements are sent before it returns.
 * @throws InvalidInput when another transaction gave a created record another type meanwhile
 */
export async function writeCommit(sql: Sql, commit: NewCommit): Promise<void> {
  const edges = [...commit.recordParents].flatMap(([record, parents]) => parents.map((parent) => ({ record, parent })));
  const { operations } = commit;
  const reads = operations.flatMap(({ record, predicates }, index) => {
    const others = new Set(predicates.flatMap(recordsRead));
    others.delete(record);
    return [...others].map((other) => ({ other, place: index + 1 }));
  });
  // In one order everywhere: commits on other frontiers that make the same records wait for this one, or it for them.
  const created = [...commit.created].sort((a, b) => (a.record < b.record ? -1 : 1));
  const written = sql.query({
    name: "omdb new commit",
    text: `with new_records as (
       insert into omdb.records (id, type) select * from unnest($16::uuid[], $17::text[]) as data(id, type) order by id
       on conflict (id) do nothing
     ), new_commit as (
       insert into omdb.commits (id, logical_time, ts, author, message, metadata)
       select $12::bigint, coalesce((select max(p.logical_time) + 1 from omdb.commits p where p.id = any($1::bigint[])), 0),
         date_trunc('milliseconds', clock_timestamp()), $2, $3, $4::jsonb
       returning id
     ), parent_edges as (
       insert into omdb.commit_to_commit (parent, child) select unnest($1::bigint[]), id from new_commit
     ), data as (
       select nextval(pg_get_serial_sequence('omdb.operations', 'id')) as id, ordered.* from (
         select * from unnest($5::text[], $6::uuid[], $7::text[], $8::text[], $9::text[]) with ordinality
           as given(predicates, record, path, operation, parameters, place)
         order by place) ordered
     ), new_operations as (
       insert into omdb.operations (id, predicates, record, path, operation, parameters)
       select id, predicates::jsonb, record, path::jsonb, operation, parameters::jsonb from data
       returning id, record
     ), reads as (
       insert into omdb.operation_reads (record, "commit", operation)
       select r.record, c.id, data.id
       from unnest($13::uuid[], $14::bigint[]) as r(record, place) join data on data.place = r.place, new_commit c
     ), settled as (
       insert into omdb.settlements ("commit", operation) select c.id, unnest($15::bigint[]) from new_commit c
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
     select 1`,
    values: [
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
      commit.id,
      reads.map(({ other }) => other),
      reads.map(({ place }) => place),
      [...(commit.settles ?? [])],
      created.map(({ record }) => record),
      created.map(({ type }) => type),
    ],
  });
  await together(written, created.length === 0 ? Promise.resolve() : refuseOtherTypes(sql, created));
}

async function refuseOtherTypes(sql: Sql, created: NewCommit["created"]): Promise<void> {
  const types = await readTypesByRecord(
    sql,
    created.map(({ record }) => record),
  );
  for (const { record, type, at } of created) {
    const present = types.get(record);
    if (present === type) continue;
    throw new InvalidInput(`The record ${record} has another type, ${quoted(String(present))}.`, at);
  }
}
