/** Frontiers: named antichains of commits. */
import { AlreadyExists, Locked, NotFound, StaleSequence } from "../core/errors";
import type { CommitId } from "../core/ids";
import { quoted } from "../core/quote";
import { together, type Sql } from "./database";
import { few } from "./plannedOnce";
import type { Level, RowsAt } from "./rowsAt";

export interface FrontierRow {
  readonly name: string;
  /** Number of changes so far. */
  readonly sequence: number;
  /** Sequence of the change that made it; a name made again after a deletion has a later one. */
  readonly incarnation: number;
  readonly locked: boolean;
  /** Whether `latest_<type>` holds its rows, its own and those of its bases. */
  readonly materialised: boolean;
  /** What it inherits from, the nearest first. */
  readonly bases: readonly Level[];
  readonly deleted: boolean;
  /** Ascending. */
  readonly members: CommitId[];
}

/** Of a row `f` of omdb.frontiers: the columns of FrontierRow. */
export const FRONTIER_COLUMNS = `f.id as name, f.sequence, f.incarnation, f.locked, f.materialised,
    f.deleted_at is not null as deleted,
    coalesce((
      select json_agg(json_build_object('frontier', b.base, 'sequence', b.base_sequence) order by b.depth)
      from omdb.frontier_bases b where b.frontier = f.id and b.incarnation = f.incarnation and b.ended_at is null
    ), '[]') as bases,
    array(select c."commit" from omdb.frontier_commits c where c.frontier = f.id order by 1) as members`;

/** Where its rows hold what a frontier is. */
export const rowsOf = ({ name, sequence, bases }: FrontierRow): RowsAt => ({ frontier: name, sequence, bases });

/** Frontiers by name, deleted ones included, all as of one statement; unknown names are missing from the map. */
export async function readFrontiers(sql: Sql, names: readonly string[]): Promise<Map<string, FrontierRow>> {
  const { rows } = await sql.query<FrontierRow>({
    name: "omdb frontiers",
    text: `select f.* from ${few("unnest($1::text[])", "$1::text[]")} as k(id)
     cross join lateral (select ${FRONTIER_COLUMNS} from omdb.frontiers f where f.id = k.id offset 0) f`,
    values: [[...new Set(names)]],
  });
  return new Map(rows.map((row) => [row.name, row]));
}

async function readFrontier(sql: Sql, name: string): Promise<FrontierRow | undefined> {
  const { rows } = await sql.query<FrontierRow>({
    name: "omdb frontier",
    text: `select ${FRONTIER_COLUMNS} from omdb.frontiers f where f.id = $1`,
    values: [name],
  });
  return rows[0];
}

/**
 * Locks a frontier's row until the transaction ends, and reads it: changes of one frontier come one after another.
 * @param sql a transaction's connection
 * @throws NotFound where it does not exist or is deleted
 */
export async function lockFrontierRow(sql: Sql, name: string, inputPath: readonly string[]): Promise<FrontierRow> {
  // Two statements: the members must be read by a snapshot that is taken after the lock is held.
  const [, frontier] = await together(
    sql.query({
      name: "omdb frontier lock",
      text: `select from omdb.frontiers where id = $1 for update`,
      values: [name],
    }),
    readFrontier(sql, name),
  );
  if (!frontier || frontier.deleted) throw new NotFound(`There is no frontier ${quoted(name)}.`, inputPath);
  return frontier;
}

/** @throws Locked */
export function refuseLocked(frontier: FrontierRow): void {
  if (frontier.locked) throw new Locked(`The frontier ${quoted(frontier.name)} is locked.`);
}

/** @throws StaleSequence when the caller saw another sequence than the frontier has now */
export function refuseStale(frontier: FrontierRow, expected: number | null | undefined): void {
  if (expected === null || expected === undefined || expected === frontier.sequence) return;
  throw new StaleSequence(
    `The frontier ${quoted(frontier.name)} is at sequence ${frontier.sequence}, not ${expected}.`,
    frontier.sequence,
  );
}

/**
 * Makes the row of a new frontier and locks it; the caller says what it inherits (`placeRows`) and appends its CREATE
 * change. A deleted name goes on counting.
 * @throws AlreadyExists
 */
export async function insertFrontier(
  sql: Sql,
  name: string,
  options: { readonly locked: boolean; readonly materialised: boolean },
  inputPath: readonly string[],
): Promise<FrontierRow> {
  await sql.query(`insert into omdb.frontiers (id, deleted_at) values ($1, now()) on conflict (id) do nothing`, [name]);
  await sql.query(`select from omdb.frontiers where id = $1 for update`, [name]);
  const existing = (await readFrontiers(sql, [name])).get(name);
  if (!existing?.deleted) {
    throw new AlreadyExists(`There is a frontier ${quoted(name)} already.`, inputPath);
  }
  await sql.query(
    `update omdb.frontiers
     set deleted_at = null, created_at = now(), locked = $2, materialised = $3, rows_from = sequence + 1
     where id = $1`,
    [name, options.locked, options.materialised],
  );
  return { ...existing, ...options, incarnation: existing.sequence + 1, deleted: false, members: [], bases: [] };
}
