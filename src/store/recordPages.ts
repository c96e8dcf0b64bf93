/** Pages of a type's records as frontiers with rows hold them: `where` and `orderBy` in SQL over `latest_<type>`. */
import { ABSENT, found, isList, isObject, type Found } from "../core/json";
import type { CommitId, RecordId } from "../core/ids";
import { lookup, type Path } from "../core/path";
import type { Predicate } from "../core/predicates";
import type { Sql } from "./database";
import { omdbTable } from "./identifiers";
import { fromLatestRow } from "./latest";
import type { RecordVersion } from "./recordStates";
import { levelsOf, validAt, type RowsAt } from "./rowsAt";
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
  const { depth, from, values, bind } = bindPlaces(places);
  const conditions = [
    ...selected(selection, bind),
    ...(window.after ? [beyond(selection.orderBy, window.after, false, bind)] : []),
    ...(window.before ? [beyond(selection.orderBy, window.before, true, bind)] : []),
  ];
  const order = orderTerms(selection.orderBy, bind)
    .map((term) => `${term.sql} ${term.descending === window.backward ? "asc" : "desc"}`)
    .join(", ");
  const limit = `${bind(window.limit)}::int`;
  const branches = Array.from(
    { length: depth },
    (_, level) =>
      `(select record, heads, state from ${omdbTable(selection.type.latest)} l
        where ${[...inLevel(selection, level), ...conditions].join(" and ")} order by ${order} limit ${limit})`,
  );
  const page =
    branches.length === 1
      ? branches[0]
      : `(select * from (${branches.join(" union all ")}) levels order by ${order} limit ${limit})`;
  const { rows } = await sql.query<{ place: number; record: RecordId; heads: CommitId[]; state: never }>(
    `select k.place, r.record, r.heads, r.state from ${from}
     cross join lateral (select page.*, row_number() over () as position from ${page} page) r
     order by k.place, r.position`,
    values,
  );
  const pages: RecordVersion[][] = places.map(() => []);
  for (const { place, ...row } of rows) pages[place - 1]?.push(fromLatestRow(row));
  return pages;
}

/** How many records are selected at each place, in one query. */
export async function countRecords(sql: Sql, selection: RecordSelection, places: readonly RowsAt[]): Promise<number[]> {
  const { depth, from, values, bind } = bindPlaces(places);
  const conditions = selected(selection, bind);
  const counts = Array.from(
    { length: depth },
    (_, level) =>
      `(select count(*) from ${omdbTable(selection.type.latest)} l
        where ${[...inLevel(selection, level), ...conditions].join(" and ")})`,
  );
  const { rows } = await sql.query<{ count: number }>(
    `select ${counts.join(" + ")} as count from ${from} order by k.place`,
    values,
  );
  return rows.map((row) => row.count);
}

/**
 * Places as a table `k(frontier0, sequence0, frontier1, …, place)`: a column for each level, so that each is searched by
 * an index of its own. A place with fewer levels has nulls, which find nothing.
 */
function bindPlaces(places: readonly RowsAt[]) {
  const { values, bind } = parameters();
  const levels = places.map(levelsOf);
  const depth = Math.max(1, ...levels.map(({ length }) => length));
  const names = Array.from({ length: depth }, (_, level) => `frontier${level}, sequence${level}`);
  const columns = names.map((_, level) => {
    const frontiers = bind(levels.map((own) => own[level]?.frontier ?? null));
    return `${frontiers}::text[], ${bind(levels.map((own) => own[level]?.sequence ?? null))}::bigint[]`;
  });
  const from = `unnest(${columns.join(", ")}) with ordinality as k(${names.join(", ")}, place)`;
  return { depth, from, values, bind };
}

/** A row `l` is what its place holds: valid in the level, and not hidden by a nearer one. */
function inLevel({ type }: RecordSelection, level: number): string[] {
  const nearer = Array.from(
    { length: level },
    (_, index) =>
      `not exists (select from ${omdbTable(type.latest)} n where n.frontier = k.frontier${index}
         and n.record = l.record and ${validAt(`k.sequence${index}`, "n")})`,
  );
  return [`l.frontier = k.frontier${level}`, validAt(`k.sequence${level}`, "l"), ...nearer];
}

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
