/** Pages of a type's records as materialised frontiers hold them: `where` and `orderBy` in SQL over `latest_<type>`. */
import { ABSENT, found, isList, isObject, type Found } from "../core/json";
import type { CommitId, RecordId } from "../core/ids";
import { lookup, type Path } from "../core/path";
import type { Predicate } from "../core/predicates";
import type { Sql } from "./database";
import { omdbTable } from "./identifiers";
import { fromLatestRow, validAt } from "./latest";
import type { RecordVersion } from "./recordStates";
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

/** What a materialised frontier was at a sequence. */
export interface RowsAt {
  readonly frontier: string;
  readonly sequence: number;
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
 * One page for each place, in one query. Records that are removed are not there.
 * @returns in the order of the places, each in the order of the window
 */
export async function readRecordPages(
  sql: Sql,
  selection: RecordSelection,
  window: Window<RecordKey>,
  places: readonly RowsAt[],
): Promise<RecordVersion[][]> {
  const { values, bind } = parameters([places.map((place) => place.frontier), places.map((place) => place.sequence)]);
  const conditions = [
    ...baseConditions(selection, bind),
    ...(window.after ? [beyond(selection.orderBy, window.after, false, bind)] : []),
    ...(window.before ? [beyond(selection.orderBy, window.before, true, bind)] : []),
  ];
  const order = orderTerms(selection.orderBy, bind).map(
    (term) => `${term.sql} ${term.descending === window.backward ? "asc" : "desc"}`,
  );
  const { rows } = await sql.query<{ place: number; record: RecordId; heads: CommitId[]; state: never }>(
    `select k.place, r.record, r.heads, r.state
     from unnest($1::text[], $2::bigint[]) with ordinality as k(frontier, sequence, place)
     cross join lateral (
       select page.*, row_number() over () as position from (
         select record, heads, state from ${omdbTable(selection.type.latest)} l
         where ${conditions.join(" and ")}
         order by ${order.join(", ")} limit ${bind(window.limit)}::int
       ) page
     ) r order by k.place, r.position`,
    values,
  );
  const pages: RecordVersion[][] = places.map(() => []);
  for (const row of rows) pages[row.place - 1]?.push(fromLatestRow(row));
  return pages;
}

/** How many records are selected at each place, in one query. */
export async function countRecords(sql: Sql, selection: RecordSelection, places: readonly RowsAt[]): Promise<number[]> {
  const { values, bind } = parameters([places.map((place) => place.frontier), places.map((place) => place.sequence)]);
  const { rows } = await sql.query<{ count: number }>(
    `select (select count(*) from ${omdbTable(selection.type.latest)} l
             where ${baseConditions(selection, bind).join(" and ")}) as count
     from unnest($1::text[], $2::bigint[]) with ordinality as k(frontier, sequence, place) order by k.place`,
    values,
  );
  return rows.map((row) => row.count);
}

function baseConditions(selection: RecordSelection, bind: Bind): string[] {
  return [
    "l.frontier = k.frontier",
    validAt("k.sequence"),
    "state is not null",
    ...(selection.where ? [predicateSql(selection.where, "state", bind)] : []),
  ];
}

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
