/** Pages of frontiers by name, and of their logs. Deleted frontiers are not there. */
import type { CommitId } from "../core/ids";
import type { Sql } from "./database";
import { CHANGE_COLUMNS, type ChangeCause, type FrontierChangeRow } from "./frontierLog";
import { FRONTIER_COLUMNS, type FrontierRow } from "./frontiers";
import { parameters, type Bind } from "./sqlPredicate";
import type { Window } from "./window";

/** Names are ordered by code point, whatever the database's collation. */
const NAME = `f.id collate "C"`;

/** A page of names that start with a prefix. */
export async function readFrontierNames(sql: Sql, prefix: string, window: Window<string>): Promise<string[]> {
  const { values, bind } = parameters([prefix]);
  const direction = window.backward ? "desc" : "asc";
  const conditions = [
    "f.deleted_at is null",
    "starts_with(f.id, $1::text)",
    ...(window.after === undefined ? [] : [`${NAME} > ${bind(window.after)}::text`]),
    ...(window.before === undefined ? [] : [`${NAME} < ${bind(window.before)}::text`]),
  ];
  const { rows } = await sql.query<{ id: string }>(
    `select f.id from omdb.frontiers f where ${conditions.join(" and ")}
     order by ${NAME} ${direction} limit ${bind(window.limit)}::int`,
    values,
  );
  return rows.map((row) => row.id);
}

export async function countFrontiers(sql: Sql, prefix: string): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    `select count(*) from omdb.frontiers f where f.deleted_at is null and starts_with(f.id, $1::text)`,
    [prefix],
  );
  return rows[0]?.count ?? 0;
}

/**
 * The frontiers of which each commit is a member, by name, as they are at one moment: one page for each commit, in one
 * query.
 * @param others names that are left out
 */
export async function readMemberships(
  sql: Sql,
  commits: readonly CommitId[],
  window: Window<string>,
  others: readonly string[],
): Promise<FrontierRow[][]> {
  const { values, bind } = parameters([commits, others]);
  const direction = window.backward ? "desc" : "asc";
  const conditions = [
    `m."commit" = k."commit"`,
    "f.deleted_at is null",
    "f.id <> all($2::text[])",
    ...(window.after === undefined ? [] : [`${NAME} > ${bind(window.after)}::text`]),
    ...(window.before === undefined ? [] : [`${NAME} < ${bind(window.before)}::text`]),
  ];
  const { rows } = await sql.query<FrontierRow & { place: number }>(
    `select k.place, p.* from unnest($1::bigint[]) with ordinality as k("commit", place)
     cross join lateral (
       select ${FRONTIER_COLUMNS} from omdb.frontier_commits m join omdb.frontiers f on f.id = m.frontier
       where ${conditions.join(" and ")} order by ${NAME} ${direction} limit ${bind(window.limit)}::int
     ) p order by k.place, p.name collate "C" ${direction}`,
    values,
  );
  const pages: FrontierRow[][] = commits.map(() => []);
  for (const { place, ...row } of rows) pages[place - 1]?.push(row);
  return pages;
}

/** Of how many frontiers each commit is a member, some names left out. */
export async function countMemberships(
  sql: Sql,
  commits: readonly CommitId[],
  others: readonly string[],
): Promise<number[]> {
  const { rows } = await sql.query<{ count: number }>(
    `select (select count(*) from omdb.frontier_commits m
             where m."commit" = k."commit" and m.frontier <> all($2::text[])) as count
     from unnest($1::bigint[]) with ordinality as k("commit", place) order by k.place`,
    [commits, others],
  );
  return rows.map((row) => row.count);
}

/** Which changes of a log are wanted; what is undefined or null does not restrict. */
export interface LogSelection {
  readonly author?: string | null;
  readonly cause?: ChangeCause | null;
  readonly since?: Date | null;
  readonly until?: Date | null;
}

/** A frontier's log up to the sequence that the reader sees. */
export interface LogPlace {
  readonly frontier: string;
  readonly sequence: number;
}

function logConditions(selection: LogSelection, bind: Bind): string[] {
  const given = <T>(value: T | null | undefined): value is T => value !== undefined && value !== null;
  return [
    "l.frontier = k.frontier",
    "l.sequence <= k.sequence",
    ...(given(selection.author) ? [`l.author = ${bind(selection.author)}::text`] : []),
    ...(given(selection.cause) ? [`l.cause = ${bind(selection.cause)}::text`] : []),
    ...(given(selection.since) ? [`l."time" >= ${bind(selection.since)}::timestamptz`] : []),
    ...(given(selection.until) ? [`l."time" <= ${bind(selection.until)}::timestamptz`] : []),
  ];
}

const logPlaces = (places: readonly LogPlace[]) =>
  parameters([places.map((place) => place.frontier), places.map((place) => place.sequence)]);

const LOG_PLACES = `unnest($1::text[], $2::bigint[]) with ordinality as k(frontier, sequence, place)`;

/** Changes, newest first: one page for each frontier, in one query. */
export async function readLogPages(
  sql: Sql,
  places: readonly LogPlace[],
  selection: LogSelection,
  window: Window<number>,
): Promise<FrontierChangeRow[][]> {
  const { values, bind } = logPlaces(places);
  const direction = window.backward ? "asc" : "desc";
  const conditions = [
    ...logConditions(selection, bind),
    ...(window.after === undefined ? [] : [`l.sequence < ${bind(window.after)}::bigint`]),
    ...(window.before === undefined ? [] : [`l.sequence > ${bind(window.before)}::bigint`]),
  ];
  const { rows } = await sql.query<FrontierChangeRow & { place: number }>(
    `select k.place, p.* from ${LOG_PLACES}
     cross join lateral (
       select ${CHANGE_COLUMNS} from omdb.frontier_log l where ${conditions.join(" and ")}
       order by l.sequence ${direction} limit ${bind(window.limit)}::int
     ) p order by k.place, p.sequence ${direction}`,
    values,
  );
  const pages: FrontierChangeRow[][] = places.map(() => []);
  for (const { place, ...change } of rows) pages[place - 1]?.push(change);
  return pages;
}

export async function countLog(sql: Sql, places: readonly LogPlace[], selection: LogSelection): Promise<number[]> {
  const { values, bind } = logPlaces(places);
  const { rows } = await sql.query<{ count: number }>(
    `select (select count(*) from omdb.frontier_log l where ${logConditions(selection, bind).join(" and ")}) as count
     from ${LOG_PLACES} order by k.place`,
    values,
  );
  return rows.map((row) => row.count);
}

/** Changes by frontier and sequence; null for those that are not there. */
export async function readChangesByKey(sql: Sql, keys: readonly LogPlace[]): Promise<(FrontierChangeRow | null)[]> {
  const { values } = logPlaces(keys);
  const { rows } = await sql.query<FrontierChangeRow & { place: number }>(
    `select k.place, l.* from ${LOG_PLACES}
     join omdb.frontier_log l on l.frontier = k.frontier and l.sequence = k.sequence`,
    values,
  );
  const found = new Map(rows.map(({ place, ...change }) => [place, change]));
  return keys.map((_, index) => found.get(index + 1) ?? null);
}
