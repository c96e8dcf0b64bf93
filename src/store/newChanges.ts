/**
 * Changes that have just come, with what those who are told of them are likely to ask for next: one statement reads what
 * would take six, one after the other.
 */
import type { CommitId } from "../core/ids";
import type { Sql } from "./database";
import { few } from "./plannedOnce";
import { CHANGE_COLUMNS, type FrontierChangeRow } from "./frontierLog";
import type { Commit, Operation, Record as RecordRow } from "./prisma/client";

/** A commit with what belongs to it; none of it ever changes. */
export interface CommitContents {
  readonly commit: Commit;
  /** Ascending. */
  readonly parents: readonly CommitId[];
  /** All of them, ascending by id, with their records; undefined where they are many or large. */
  readonly operations: readonly { readonly operation: Operation; readonly record: RecordRow }[] | undefined;
}

export interface NewChanges {
  readonly changes: readonly FrontierChangeRow[];
  /** The members that joined. */
  readonly joined: readonly CommitContents[];
}

/** Operations of a commit, and bytes of them as they are stored, beyond which they are left to those who want them. */
const MOST_OPERATIONS = 50;
const MOST_BYTES = 16 * 1024;

/** Members without names: they are written and read in half the time. */
type CommitFields = [
  id: number,
  logicalTime: number,
  ts: number,
  author: string | null,
  message: string | null,
  metadata: Commit["metadata"],
  parents: CommitId[],
];

type OperationFields = [
  id: number,
  predicates: Operation["predicates"],
  path: Operation["path"],
  operation: string,
  parameters: Operation["parameters"],
  record: string,
  type: string,
  createdAt: number,
];

/** Where operations are read: null where they are many or large. */
type ContentsRow = readonly [...CommitFields, operations?: readonly OperationFields[] | null];

/** Milliseconds since 1970, cut as dates are that come from the database. */
const milliseconds = (time: string): string => `floor(extract(epoch from ${time}) * 1000)`;

/** SQL: CommitFields. */
const COMMIT_FIELDS = `c.id, c.logical_time, ${milliseconds("c.ts")}, c.author, c.message, c.metadata,
  array(select e.parent from omdb.commit_to_commit e where e.child = c.id order by e.parent)`;

// From each to the next by its key, whatever the planner thinks of the tables: hence offset 0.
/** SQL: the commits `j("commit")` as `c`. */
const COMMITS = `cross join lateral (select * from omdb.commits c where c.id = j."commit" offset 0) c`;

/** SQL: the operations of `c` as `k(operations)`. */
const OPERATIONS = `
  cross join lateral (
    select case when count(*) <= ${MOST_OPERATIONS}
        and coalesce(sum(pg_column_size(o.predicates) + pg_column_size(o.path) + pg_column_size(o.parameters)), 0)
          <= ${MOST_BYTES}
      then coalesce(json_agg(json_build_array(o.id, o.predicates, o.path, o.operation, o.parameters, r.id, r.type,
        ${milliseconds("r.created_at")}) order by o.id), '[]') end as operations
    from (select p.operation from omdb.operation_to_commit p where p."commit" = c.id limit ${MOST_OPERATIONS + 1}) p
    cross join lateral (select * from omdb.operations o where o.id = p.operation offset 0) o
    cross join lateral (select * from omdb.records r where r.id = o.record offset 0) r
  ) k`;

const CONTENTS = `
  select json_agg(json_build_array(${COMMIT_FIELDS}, k.operations))
  from unnest(l.joined) j("commit") ${COMMITS} ${OPERATIONS}`;

/** At most `limit` changes of a frontier after a sequence, ascending, with what joined. */
export async function readNewChanges(sql: Sql, frontier: string, after: number, limit: number): Promise<NewChanges> {
  const { rows } = await sql.query<FrontierChangeRow & { readonly contents: readonly ContentsRow[] | null }>(
    `select ${CHANGE_COLUMNS}, (${CONTENTS}) as contents from omdb.frontier_log l
     where frontier = $1 and sequence > $2 order by sequence limit $3`,
    [frontier, after, limit],
  );
  return {
    changes: rows.map(({ contents: _, ...change }) => change),
    joined: rows.flatMap(({ contents }) => (contents ?? []).map(contentsOf)),
  };
}

/** Commits that are told of, with or without their operations; those that do not exist are left out. */
export async function readCommitsTold(
  sql: Sql,
  commits: readonly CommitId[],
  withOperations: boolean,
): Promise<CommitContents[]> {
  // One text, which is read in a fraction of the time of rows.
  const { rows } = await sql.query<{ readonly told: readonly ContentsRow[] | null }>({
    name: withOperations ? "omdb commits told with operations" : "omdb commits told",
    text: `select json_agg(json_build_array(${COMMIT_FIELDS}${withOperations ? ", k.operations" : ""})) as told
     from ${few("unnest($1::bigint[])", "$1::bigint[]")} as j("commit") ${COMMITS} ${withOperations ? OPERATIONS : ""}`,
    // Written as PostgreSQL reads it: pg would look at each for what to escape.
    values: [`{${commits.join(",")}}`],
  });
  return (rows[0]?.told ?? []).map(contentsOf);
}

function contentsOf([
  id,
  logicalTime,
  ts,
  author,
  message,
  metadata,
  parents,
  operations,
]: ContentsRow): CommitContents {
  const commit = { id: BigInt(id), logicalTime: BigInt(logicalTime), ts: new Date(ts), author, message, metadata };
  return { commit, parents, operations: operations?.map(operationOf) };
}

const operationOf = ([id, predicates, path, operation, parameters, record, type, createdAt]: OperationFields) => ({
  operation: { id: BigInt(id), recordId: record, predicates, path, operation, parameters },
  record: { id: record, typeName: type, createdAt: new Date(createdAt) },
});
