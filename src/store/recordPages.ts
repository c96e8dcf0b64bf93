/** Pages of a type's records as frontiers with rows hold them: `where` and `orderBy` in SQL over `latest_<type>`. */
import { ABSENT, found, isList, isObject, type Found } from "../core/json";
import type { CommitId, RecordId } from "../core/ids";
import { lookup, type Path } from "../core/path";
import type { Predicate } from "../core/predicates";
import type { Sql } from "./database";
import { omdbTable } from "./identifiers";
import { fromLatestRow } from "./latest";
import type { RecordVersion } from "./recordStates";
import { columnsOf, levelsOf, validAt, type RowsAt } from "./rowsAt";
import { orderKeys, PREFIX_CHARACTERS } from "./sqlOrder";
import { boundPathExpression } from "./sqlPath";
import { parameters, predicateSql, type Bind } from "./sqlPredicate";
import type { TypeRow } from "./typeTables";
import type { Window } from "./window";

export interface RecordOrder {
  readonly path: Path;
  readonly descending: boolean;
}

/** Where a record stands in an order: its values at the paths of the order, then its uuid. */
export interface RecordKey {
  readonly values: readonly Found[];
  readonly record: RecordId;
}

export interface RecordSelection {
  readonly type: TypeRow;
  readonly where: Predicate | null;
  readonly orderBy: readonly RecordOrder[];
}

/** The key of a record in an order. Lists, and objects, are equal in order: an empty one stands for all. */
export function recordKey(orderBy: readonly RecordOrder[], version: RecordVersion): RecordKey {
  const values = orderBy.map(({ path }) => {
    const value = lookup(version.state, path);
    if (!value.exists) return ABSENT;
    if (isList(value.value)) return found([]);
    return isObject(value.value) ? found({}) : value;
  });
  return { values, record: version.record };
}

/**
 * One page for each place, in one query: of each level of a place no more than the page holds, in the order of an index,
 * and of these the page. Records that are removed are not there.
 * @returns in the order of the places, each in the order of the window
 */
export async function readRecordPages(
  sql: Sql,
  selection: RecordSelection,
  window: Window<RecordKey>,
  places: readonly RowsAt[],
): Promise<RecordVersion[][]> {
  const { levels, values, bind } = bindLevels(places);
  const { type, orderBy } = selection;
  const conditions = [
    "l.frontier = v.frontier",
    validAt("v.sequence", "l"),
    ...selected(selection, bind),
    ...(window.after ? [beyond(orderBy, window.after, false, bind)] : []),
    ...(window.before ? [beyond(orderBy, window.before, true, bind)] : []),
    ...(places.some(({ bases }) => bases.length > 0) ? [`not ${hidden(type)}`] : []),
  ];
  const order = orderTerms(orderBy, bind)
    .map((term) => `${term.sql} ${term.descending === window.backward ? "asc" : "desc"}`)
    .join(", ");
  const limit = `${bind(window.limit)}::int`;
  const { rows } = await sql.query<{ place: number; record: RecordId; heads: CommitId[]; state: never }>(
    `with levels as materialized (${levels})
     select place, record, heads, state from (
       select v.place, r.*, row_number() over (partition by v.place order by ${order}) as position
       from levels v cross join lateral (
         select record, heads, state from ${omdbTable(type.latest)} l
         where ${conditions.join(" and ")} order by ${order} limit ${limit}
       ) r
     ) page where position <= ${limit} order by place, position`,
    values,
  );
  const pages: RecordVersion[][] = places.map(() => []);
  for (const { place, ...row } of rows) pages[place]?.push(fromLatestRow(row));
  return pages;
}

/**
 * How many records are selected at each place, in one query: of each level all, but for those that have a row in a nearer
 * one. These are looked up one by one: the nearer levels hold what was changed since, and the last one the rest.
 */
export async function countRecords(sql: Sql, selection: RecordSelection, places: readonly RowsAt[]): Promise<number[]> {
  const { levels, values, bind } = bindLevels(places);
  const table = omdbTable(selection.type.latest);
  const conditions = selected(selection, bind).join(" and ");
  const { rows } = await sql.query<{ place: number; count: number }>(
    `with levels as materialized (${levels})
     select v.place, sum(
       (select count(*) from ${table} l where l.frontier = v.frontier and ${validAt("v.sequence", "l")} and ${conditions})
       - (select count(*) from (
            select distinct n.record as nearer from unnest(v.nearer, v.nearer_sequences) as w(frontier, sequence)
            join ${table} n on n.frontier = w.frontier and ${validAt("w.sequence", "n")}
          ) n cross join lateral (
            select * from ${table} l
            where l.frontier = v.frontier and l.record = n.nearer and l.from_sequence <= v.sequence
            order by l.from_sequence desc limit 1
          ) l where coalesce(l.to_sequence, v.sequence + 1) > v.sequence and ${conditions})
     )::bigint as count
     from levels v group by v.place`,
    values,
  );
  const counts = new Map(rows.map(({ place, count }) => [place, count]));
  return places.map((_, place) => counts.get(place) ?? 0);
}

/**
 * The levels of all places as a table `(place, frontier, sequence, nearer, nearer_sequences)`, the last two being arrays
 * of the levels that hide its rows. A query over it is planned alike whatever the number of levels.
 */
function bindLevels(places: readonly RowsAt[]) {
  const all = places.flatMap((rows, place) => {
    const levels = levelsOf(rows);
    return levels.map((level, index) => ({ ...level, place, nearer: columnsOf(levels.slice(0, index)) }));
  });
  const { values, bind } = parameters();
  const columns = [
    `${bind(all.map(({ place }) => place))}::int[]`,
    `${bind(all.map(({ frontier }) => frontier))}::text[]`,
    `${bind(all.map(({ sequence }) => sequence))}::bigint[]`,
    `${bind(all.map(({ nearer: [frontiers] }) => JSON.stringify(frontiers)))}::text[]`,
    `${bind(all.map(({ nearer: [, sequences] }) => `{${sequences.join(",")}}`))}::text[]`,
  ];
  const levels =
    `select place, frontier, sequence, array(select json_array_elements_text(nearer::json)) as nearer, ` +
    `nearer_sequences::bigint[] from unnest(${columns.join(", ")}) as v(place, frontier, sequence, nearer, nearer_sequences)`;
  return { levels, values, bind };
}

/** Whether a nearer level has a row of the record of `l`. */
const hidden = (type: TypeRow): string =>
  // Written so that it is no anti-join (the few rows of a page are looked up one by one, and planning many joins takes
  // longer than that), and that the planner takes it for something that many rows pass.
  `coalesce((
     select true from ${omdbTable(type.latest)} n where n.frontier = any(v.nearer) and n.record = l.record and (
       select true from unnest(v.nearer, v.nearer_sequences) as w(frontier, sequence)
       where w.frontier = n.frontier and ${validAt("w.sequence", "n")} limit 1
     ) limit 1), false)`;

const selected = ({ where }: RecordSelection, bind: Bind): string[] => [
  "state is not null",
  ...(where ? [predicateSql(where, "state", bind)] : []),
];

interface Term {
  readonly sql: string;
  readonly descending: boolean;
}

function orderTerms(orderBy: readonly RecordOrder[], bind: Bind): Term[] {
  const terms = orderBy.flatMap(({ path, descending }) => {
    const keys = orderKeys(boundPathExpression("state", path, bind));
    return [keys.rank, keys.number, keys.prefix, keys.text].map((sql) => ({ sql, descending }));
  });
  return [...terms, { sql: "record", descending: false }];
}

/** The condition that a row stands behind a key, or in front of it: lexicographic, spelled out for mixed directions. */
function beyond(orderBy: readonly RecordOrder[], key: RecordKey, before: boolean, bind: Bind): string {
  const terms = orderTerms(orderBy, bind);
  const bounds = [...key.values.flatMap((value) => boundValues(value, bind)), `${bind(key.record)}::uuid`];
  const operator = (term: Term) => (term.descending === before ? ">" : "<");
  const alternatives = terms.map((term, index) => {
    const equal = terms.slice(0, index).map((earlier, place) => `${earlier.sql} = ${bounds[place]}`);
    return `(${[...equal, `${term.sql} ${operator(term)} ${bounds[index]}`].join(" and ")})`;
  });
  const [first] = terms;
  // The first key alone, once more, gives an index a range to start from.
  const range = first && terms.length > 1 ? `${first.sql} ${operator(first)}= ${bounds[0]} and ` : "";
  return `(${range}(${alternatives.join(" or ")}))`;
}

function boundValues(value: Found, bind: Bind): string[] {
  const text = value.exists && typeof value.value === "string" ? value.value : "";
  const prefix = [...text].slice(0, PREFIX_CHARACTERS).join("");
  return [
    String(rankOf(value)),
    `${bind(value.exists && typeof value.value === "number" ? value.value : 0)}::numeric`,
    `${bind(prefix)}::text`,
    `${bind(text)}::text`,
  ];
}

function rankOf(value: Found): number {
  if (!value.exists) return 0;
  if (value.value === null) return 1;
  if (value.value === false) return 2;
  if (value.value === true) return 3;
  if (typeof value.value === "number") return 4;
  if (typeof value.value === "string") return 5;
  return isList(value.value) ? 6 : 7;
}
