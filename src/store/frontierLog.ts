/** The log of a frontier: one row for each change, gapless, read in order. */
import type { CommitId } from "../core/ids";
import type { Sql } from "./database";

export const CHANGE_CAUSES = [
  "CREATE",
  "COMMIT",
  "MERGE",
  "MOVE",
  "REVERT",
  "CHERRY_PICK",
  "IMPORT",
  "LOCK",
  "UNLOCK",
  "DELETE",
] as const;
export type ChangeCause = (typeof CHANGE_CAUSES)[number];

export interface FrontierChangeRow {
  readonly frontier: string;
  readonly sequence: number;
  readonly cause: ChangeCause;
  readonly time: Date;
  readonly author: string | null;
  readonly message: string | null;
  /** Members after the change, ascending. */
  readonly members: CommitId[];
  readonly joined: CommitId[];
  readonly left: CommitId[];
}

/** The PostgreSQL channel on which changes are told; a notification carries the frontier and the sequence only. */
export const CHANNEL = "omdb";

export const CHANGE_COLUMNS = `frontier, sequence, cause, "time", author, message, members, joined, "left"`;

/** At most `limit` changes of a frontier after a sequence, ascending. */
export async function readChanges(
  sql: Sql,
  frontier: string,
  after: number,
  limit: number,
): Promise<FrontierChangeRow[]> {
  // One text, which is read in a fraction of the time of rows.
  const { rows } = await sql.query<{ readonly changes: readonly ChangeFields[] | null }>(
    `select json_agg(json_build_array(l.sequence, l.cause, floor(extract(epoch from l."time") * 1000), l.author, l.message,
       l.members, l.joined, l."left") order by l.sequence) as changes
     from (
       select * from omdb.frontier_log where frontier = $1 and sequence > $2 order by sequence limit $3
     ) l`,
    [frontier, after, limit],
  );
  return (rows[0]?.changes ?? []).map(([sequence, cause, time, author, message, members, joined, left]) => ({
    frontier,
    sequence,
    cause,
    time: new Date(time),
    author,
    message,
    members,
    joined,
    left,
  }));
}

/** The time in milliseconds since 1970. */
type ChangeFields = [
  sequence: number,
  cause: ChangeCause,
  time: number,
  author: string | null,
  message: string | null,
  members: CommitId[],
  joined: CommitId[],
  left: CommitId[],
];

/** How many changes `wasLately` looks back. */
const LATELY = 64;

/**
 * Whether a frontier had just these members after one of its last changes.
 * @param members ascending
 */
export async function wasLately(sql: Sql, frontier: string, members: readonly CommitId[]): Promise<boolean> {
  const { rows } = await sql.query({
    name: "omdb frontier lately",
    text: `select from (
       select members from omdb.frontier_log where frontier = $1 order by sequence desc limit ${LATELY}
     ) l where l.members = $2::bigint[] limit 1`,
    values: [frontier, members],
  });
  return rows.length > 0;
}

/** The members of a frontier before a change of it. */
export function membersBefore(change: Pick<FrontierChangeRow, "members" | "joined" | "left">): CommitId[] {
  if (change.joined.length === change.members.length) return [...change.left].sort((a, b) => a - b);
  const joined = new Set(change.joined);
  return [...change.members.filter((member) => !joined.has(member)), ...change.left].sort((a, b) => a - b);
}

export interface NewChange {
  readonly cause: ChangeCause;
  readonly members: readonly CommitId[];
  readonly author: string | null;
  readonly message: string | null;
}

/**
 * Appends a change: log row, members, sequence and notification. The caller holds the lock of the frontier's row
 * (`lockFrontierRow`) and passes the row as it read it.
 * @returns the row as stored; its time is never before that of the row before it
 */
export async function appendChange(
  sql: Sql,
  frontier: { readonly name: string; readonly sequence: number; readonly members: readonly CommitId[] },
  change: NewChange,
): Promise<FrontierChangeRow> {
  const before = new Set(frontier.members);
  const after = new Set(change.members);
  const joined = change.members.filter((member) => !before.has(member));
  const left = frontier.members.filter((member) => !after.has(member));
  const { rows } = await sql.query<FrontierChangeRow>({
    name: "omdb frontier change",
    text: `with bumped as (
       update omdb.frontiers set
         sequence = $2,
         incarnation = case when $3 = 'CREATE' then $2 else incarnation end,
         deleted_at = case when $3 = 'DELETE' then clock_timestamp() end
       where id = $1
     ), gone as (
       delete from omdb.frontier_commits where frontier = $1 and "commit" = any($8)
     ), come as (
       insert into omdb.frontier_commits (frontier, "commit") select $1, unnest($7::bigint[])
     ), told as (
       select pg_notify('${CHANNEL}', json_build_object('frontier', $1::text, 'sequence', $2::bigint)::text)
     )
     insert into omdb.frontier_log (${CHANGE_COLUMNS})
     select $1::text, $2::bigint, $3::text,
       greatest(date_trunc('milliseconds', clock_timestamp()), (
         select l."time" from omdb.frontier_log l where l.frontier = $1 and l.sequence < $2 order by l.sequence desc limit 1
       )),
       $4, $5, $6::bigint[], $7::bigint[], $8::bigint[]
     from told
     returning ${CHANGE_COLUMNS}`,
    values: [
      frontier.name,
      frontier.sequence + 1,
      change.cause,
      change.author,
      change.message,
      [...change.members],
      joined,
      left,
    ],
  });
  const row = rows[0];
  if (!row) throw new Error(`the change of frontier ${frontier.name} was not stored`);
  return row;
}
