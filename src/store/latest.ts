/** Rows of `latest_<type>`: what a frontier holds of each record that it does not inherit, and held a short while ago. */
import type { CommitId, RecordId } from "../core/ids";
import type { State } from "../core/json";
import type { Sql } from "./database";
import { omdbTable } from "./identifiers";
import { jsonColumn } from "./jsonColumn";
import { few, nameByLatest } from "./plannedOnce";
import type { RecordVersion } from "./recordStates";
import { columnsOf, isInherited, KEPT_FOR, levelsOf, type RowsAt } from "./rowsAt";
import { readAllTypes, readTypeOf, type TypeRow } from "./typeTables";

/** Rows of a record that one write drops at most: more than four add, so that they do not heap up. */
const DROPPED_AT_ONCE = 10;

/**
 * One write in four looks for them, by chance but always the same ones: those of which somebody inherits each would be
 * looked at by every write in vain.
 */
const LOOKS_BACK = "hashint8($2::bigint) & 3 = 0";

interface LatestRow {
  readonly record: RecordId;
  readonly heads: CommitId[];
  readonly state: Exclude<State, undefined> | null;
}

export const fromLatestRow = (row: LatestRow): RecordVersion => ({ ...row, state: row.state ?? undefined });

/**
 * SQL: the row of a record in a level `v(frontier, sequence)`, if it has one there. Rows of a record do not overlap, so
 * it can only be the last that began, whatever the number of rows that ended.
 */
const rowInLevel = (type: TypeRow, record: string): string =>
  `cross join lateral (
     select l.record, l.heads, l.state, l.to_sequence from ${omdbTable(type.latest)} l
     where l.frontier = v.frontier and l.record = ${record} and l.from_sequence <= v.sequence
     order by l.from_sequence desc limit 1
   ) l
   where (l.to_sequence is null or l.to_sequence > v.sequence)`;

/**
 * The records that a frontier with rows held at a sequence, in one query.
 * @returns by record; one that the frontier's history never touched is missing, or has no heads
 */
export async function readLatest(
  sql: Sql,
  types: readonly TypeRow[],
  at: RowsAt,
  records: readonly RecordId[],
): Promise<Map<RecordId, RecordVersion>> {
  if (types.length === 0 || records.length === 0) return new Map();
  const branches = types.map(
    (type) =>
      `(select distinct on (l.record) l.record, l.heads, l.state
        from ${few("unnest($1::text[], $2::bigint[]) with ordinality", "$1::text[]")} as v(frontier, sequence, level)
        cross join ${few("unnest($3::uuid[])", "$3::uuid[]")} as k(record)
        ${rowInLevel(type, "k.record")}
        order by l.record, v.level)`,
  );
  const { rows } = await sql.query<LatestRow>({
    ...(types.length === 1 ? { name: nameByLatest("rows of", types[0]!.latest) } : {}),
    text: branches.join(" union all "),
    values: [...columnsOf(levelsOf(at)), records],
  });
  return new Map(rows.map((row) => [row.record, fromLatestRow(row)]));
}

/**
 * Records as frontiers with rows held them at sequences, in one query whatever the number of frontiers.
 * @returns in the order asked; undefined for a record that the frontier's history never touched (or without heads)
 */
export async function readLatestAt(
  sql: Sql,
  types: readonly TypeRow[],
  places: readonly { readonly rows: RowsAt; readonly record: RecordId }[],
): Promise<(RecordVersion | undefined)[]> {
  if (types.length === 0 || places.length === 0) return places.map(() => undefined);
  const versions = new Map<string, { readonly number: number; readonly rows: RowsAt }>();
  const numbers = places.map(({ rows }) => {
    const key = `${rows.sequence} ${rows.frontier}`;
    const version = versions.get(key) ?? { number: versions.size, rows };
    versions.set(key, version);
    return version.number;
  });
  const levels = [...versions.values()].flatMap(({ number, rows }) =>
    levelsOf(rows).map((level, index) => ({ ...level, number, index })),
  );
  const branches = types.map(
    (type) =>
      `(select distinct on (k.place) k.place, l.record, l.heads, l.state
        from unnest($1::int[], $2::uuid[]) with ordinality as k(version, record, place)
        join unnest($3::text[], $4::bigint[], $5::int[], $6::int[]) as v(frontier, sequence, version, level)
          on v.version = k.version
        ${rowInLevel(type, "k.record")}
        order by k.place, v.level)`,
  );
  const { rows } = await sql.query<LatestRow & { place: number }>(branches.join(" union all "), [
    numbers,
    places.map((place) => place.record),
    ...columnsOf(levels),
    levels.map(({ number }) => number),
    levels.map(({ index }) => index),
  ]);
  const found = new Map(rows.map(({ place, ...row }) => [place, fromLatestRow(row)]));
  return places.map((_, index) => found.get(index + 1));
}

/** The planner takes JSON for a hundred values: a few of a few are one. */
const ROWS = "rows from (unnest($3::uuid[]), unnest($4::text[]), json_array_elements($5::json))";

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
  // The oldest rows come from the primary key, in order; if only ended ones were asked for, another index would give all of
  // them, to be sorted. The current one, if it is among them, is not dropped: it ended at no change of the log. Few are old:
  // only of these it is asked who inherits them, hence offset 0.
  // The count makes the insert wait for the update: the unique index allows one current row.
  // The log has an index by time, too, that finds no sequence but by reading all: hence the order.
  // What is planned once for empty tables must not read them whole when they are large: each of the few rows is looked
  // up, hence lateral and offset 0, and what ends or goes is found by where it is.
  await sql.query({
    name: nameByLatest("rows to", type.latest),
    text: `with data as (
       select record, heads::bigint[], nullif(state::text, 'null')::jsonb as state
       from ${few(`${few(ROWS, "$3::uuid[]")} k`, "$3::uuid[]")} as data(record, heads, state)
     ), dropped as (
       delete from ${table} where ctid = any(array(
         select o.place from (
           select o.* from data cross join lateral (
             select l.ctid as place, l.from_sequence, l.to_sequence from ${table} l
             where ${LOOKS_BACK} and l.frontier = $1 and l.record = data.record
             order by l.from_sequence limit ${DROPPED_AT_ONCE}
           ) o
           cross join lateral (
             select g.written_at from omdb.frontier_log g
             where g.frontier = $1 and g.sequence between o.to_sequence and o.to_sequence order by g.sequence limit 1
           ) g
           where g.written_at < now() - interval '${KEPT_FOR}' offset 0
         ) o
         where not ${isInherited("$1", "o")}
       ))
     ), ended as (
       update ${table} set to_sequence = $2 where ctid = any(array(
         select o.place from data cross join lateral (
           select l.ctid as place from ${table} l
           where l.frontier = $1 and l.record = data.record and l.to_sequence is null offset 0
         ) o
       ))
       returning 1
     )
     insert into ${table} (frontier, record, from_sequence, heads, state)
     select $1, record, $2, heads, state from data
     where (select count(*) from ended) >= 0`,
    values: [
      frontier,
      sequence,
      versions.map((version) => version.record),
      versions.map((version) => `{${version.heads.join(",")}}`),
      jsonColumn(versions.map((version) => version.state ?? null)),
    ],
  });
}

/**
 * The same for records of any types.
 * @param typeOf gives the type of each of them, where they are known
 */
export async function writeVersions(
  sql: Sql,
  frontier: string,
  sequence: number,
  versions: readonly RecordVersion[],
  typeOf?: (record: RecordId) => TypeRow,
): Promise<void> {
  if (versions.length === 0) return;
  const known =
    typeOf ??
    (await readTypeOf(
      sql,
      versions.map(({ record }) => record),
    ));
  const types = new Map(versions.map(({ record }) => [known(record).name, known(record)]));
  for (const type of types.values()) {
    const own = versions.filter(({ record }) => known(record).name === type.name);
    await writeLatest(sql, type, frontier, sequence, own);
  }
}

/**
 * Ends all current rows of a frontier at a sequence, and what it inherits: it holds nothing any more. Those who inherit
 * from it go on reading the rows.
 */
export async function endRows(sql: Sql, frontier: string, sequence: number): Promise<void> {
  for (const { latest } of await readAllTypes(sql)) {
    await sql.query(`update ${omdbTable(latest)} set to_sequence = $2 where frontier = $1 and to_sequence is null`, [
      frontier,
      sequence,
    ]);
  }
  await sql.query(
    `update omdb.frontier_bases set ended_at = clock_timestamp() where frontier = $1 and ended_at is null`,
    [frontier],
  );
}
