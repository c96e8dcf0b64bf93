/** Rows of `latest_<type>`: what a materialised frontier holds of each record, and held a short while ago. */
import type { CommitId, RecordId } from "../core/ids";
import type { State } from "../core/json";
import type { Sql } from "./database";
import { omdbTable } from "./identifiers";
import type { RecordVersion } from "./recordStates";
import type { TypeRow } from "./typeTables";

/** How long rows that ended are kept for documents that read an older sequence, as a PostgreSQL interval. */
const KEPT_FOR = "10 minutes";
/** Rows of a record that one write drops at most: more than it adds, so that they do not heap up. */
const DROPPED_AT_ONCE = 10;

/** The condition that a row is what its frontier held at a sequence. */
export const validAt = (sequence: string): string =>
  `from_sequence <= ${sequence} and (to_sequence is null or to_sequence > ${sequence})`;

interface LatestRow {
  readonly record: RecordId;
  readonly heads: CommitId[];
  readonly state: Exclude<State, undefined> | null;
}

export const fromLatestRow = (row: LatestRow): RecordVersion => ({ ...row, state: row.state ?? undefined });

/**
 * The records that a materialised frontier held at a sequence, in one query.
 * @returns by record; one that the frontier's history never touched is missing
 */
export async function readLatest(
  sql: Sql,
  types: readonly TypeRow[],
  frontier: string,
  sequence: number,
  records: readonly RecordId[],
): Promise<Map<RecordId, RecordVersion>> {
  if (types.length === 0 || records.length === 0) return new Map();
  const branches = types.map(
    (type) =>
      `select record, heads, state from ${omdbTable(type.latest)}
       where frontier = $1 and record = any($3::uuid[]) and ${validAt("$2")}`,
  );
  const { rows } = await sql.query<LatestRow>(branches.join(" union all "), [frontier, sequence, records]);
  return new Map(rows.map((row) => [row.record, fromLatestRow(row)]));
}

/**
 * Records as materialised frontiers held them at sequences, in one query whatever the number of frontiers.
 * @returns in the order asked; undefined for a record that the frontier's history never touched
 */
export async function readLatestAt(
  sql: Sql,
  types: readonly TypeRow[],
  places: readonly { readonly frontier: string; readonly sequence: number; readonly record: RecordId }[],
): Promise<(RecordVersion | undefined)[]> {
  if (types.length === 0 || places.length === 0) return places.map(() => undefined);
  const branches = types.map(
    (type) =>
      `select k.place, l.record, l.heads, l.state
       from unnest($1::text[], $2::bigint[], $3::uuid[]) with ordinality as k(frontier, sequence, record, place)
       join ${omdbTable(type.latest)} l on l.frontier = k.frontier and l.record = k.record and ${validAt("k.sequence")}`,
  );
  const { rows } = await sql.query<LatestRow & { place: number }>(branches.join(" union all "), [
    places.map((place) => place.frontier),
    places.map((place) => place.sequence),
    places.map((place) => place.record),
  ]);
  const found = new Map(rows.map(({ place, ...row }) => [place, fromLatestRow(row)]));
  return places.map((_, index) => found.get(index + 1));
}

/**
 * Ends the current rows of these records at a sequence and puts the new ones in their place, in one statement. Of rows
 * of these records that ended long ago some go, the oldest first; long ago by the clock, not by the times in the log,
 * which imports bring with them.
 */
export async function writeLatest(
  sql: Sql,
  type: TypeRow,
  frontier: string,
  sequence: number,
  versions: readonly RecordVersion[],
): Promise<void> {
  if (versions.length === 0) return;
  const table = omdbTable(type.latest);
  // The count makes the insert wait for the update: the unique index allows one current row.
  await sql.query(
    `with data as (
       select * from unnest($3::uuid[], $4::text[], $5::text[]) as data(record, heads, state)
     ), dropped as (
       delete from ${table} gone using (
         select o.record, o.from_sequence from data cross join lateral (
           select l.record, l.from_sequence, l.to_sequence from ${table} l
           where l.frontier = $1 and l.record = data.record and l.to_sequence is not null
           order by l.from_sequence limit ${DROPPED_AT_ONCE}
         ) o
         join omdb.frontier_log g on g.frontier = $1 and g.sequence = o.to_sequence
         where g.written_at < now() - interval '${KEPT_FOR}'
       ) old
       where gone.frontier = $1 and gone.record = old.record and gone.from_sequence = old.from_sequence
     ), ended as (
       update ${table} set to_sequence = $2
       where frontier = $1 and record = any($3::uuid[]) and to_sequence is null
       returning 1
     )
     insert into ${table} (frontier, record, from_sequence, heads, state)
     select $1, data.record, $2, data.heads::bigint[], data.state::jsonb from data
     where (select count(*) from ended) >= 0`,
    [
      frontier,
      sequence,
      versions.map((version) => version.record),
      versions.map((version) => `{${version.heads.join(",")}}`),
      versions.map((version) => (version.state === undefined ? null : JSON.stringify(version.state))),
    ],
  );
}

/** Ends all current rows of a frontier at a sequence: it holds nothing any more. */
export async function endRows(sql: Sql, frontier: string, sequence: number): Promise<void> {
  const { rows } = await sql.query<{ latest: string }>(`select latest from omdb.types order by id`);
  for (const { latest } of rows) {
    await sql.query(`update ${omdbTable(latest)} set to_sequence = $2 where frontier = $1 and to_sequence is null`, [
      frontier,
      sequence,
    ]);
  }
}
