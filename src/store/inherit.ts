/** What a new frontier inherits: the path of its bases, found when it is made, and never changed after. */
import { exclusive, historySize } from "../core/graph";
import type { CommitId, RecordId } from "../core/ids";
import { DatabaseBusy } from "./databaseBusy";
import type { Sql } from "./database";
import { FRONTIER_COLUMNS, readFrontiers, rowsOf, type FrontierRow } from "./frontiers";
import { omdbTable } from "./identifiers";
import { readLatest, writeVersions } from "./latest";
import { recordsOfCommits } from "./recordsOfCommits";
import { columnsOf, KEPT_FOR, levelsOf, validAt, type Level, type RowsAt } from "./rowsAt";
import type { Store } from "./store";
import { readAllTypes, readTypesOfRecords, type TypeRow } from "./typeTables";
import { antichainOf, type Version } from "./versions";
import { readRecords } from "./versionHeads";

/** Bases of a frontier at most; a longer path is flattened: the nearer ones become rows of the new frontier. */
export const MOST_BASES = 8;
/** Records whose rows are made at once. */
const STEP = 500;
/** Changes of frontiers that passed through a version which are looked at. */
const PASSED = 20;

/** A frontier that is being made: its row is locked. */
export type NewFrontier = Pick<FrontierRow, "name" | "incarnation">;

/**
 * Gives a new frontier its rows. What another one holds, or held a short while ago, is inherited, whatever the number of
 * records; else it inherits from a frontier that is near and gets rows for the records in which they differ. Until the
 * transaction ends, nobody can change the frontier that is inherited from.
 * @param options.sequence the first at which it holds the version; default: that of the change that makes it, its incarnation
 * @param options.near names of frontiers that may be near to the version, besides main
 */
export async function placeRows(
  store: Store,
  sql: Sql,
  frontier: NewFrontier,
  version: Version,
  {
    sequence = frontier.incarnation,
    near = [],
  }: { readonly sequence?: number; readonly near?: readonly string[] } = {},
): Promise<void> {
  if (version.commits.length === 0) return;
  if (version.rows && (await tryToInherit(sql, frontier, sequence, version.rows))) return;
  for (const passed of await readPassed(sql, version.commits)) {
    if (await tryToInherit(sql, frontier, sequence, passed)) return;
  }
  const base = await nearest(store, sql, version, ["main", ...near]);
  const records = await recordsOfCommits(sql, base.apart);
  await writeRows(store, sql, frontier, sequence, version, records, base.rows);
  if (base.rows === null || (await tryToInherit(sql, frontier, sequence, base.rows))) return;
  throw new DatabaseBusy(`Making the rows of a frontier took longer than ${KEPT_FOR}.`);
}

/**
 * Frontiers that hold exactly this version, or held it, the newest change first. Whether what they held is still there
 * is another question.
 */
async function readPassed(sql: Sql, commits: readonly CommitId[]): Promise<RowsAt[]> {
  const { rows } = await sql.query<FrontierRow & { at: number }>(
    `select ${FRONTIER_COLUMNS}, l.sequence as at
     from omdb.frontier_log l join omdb.frontiers f on f.id = l.frontier
     where l.members = $1::bigint[] and f.deleted_at is null and f.materialised and l.sequence >= f.rows_from
     order by l.written_at desc limit ${PASSED}`,
    [commits],
  );
  return rows.map(({ name, bases, at }) => ({ frontier: name, sequence: at, bases }));
}

/** A frontier to inherit from, and the commits whose records make the difference. */
interface Base {
  readonly rows: RowsAt | null;
  readonly apart: readonly CommitId[];
}

/** The frontier with the fewest commits between it and a version; none where the version's own history is shorter. */
async function nearest(store: Store, sql: Sql, version: Version, names: readonly string[]): Promise<Base> {
  const { graph } = store.commits;
  let best: Base | undefined;
  for (const frontier of (await readFrontiers(sql, names)).values()) {
    if (frontier.deleted || !frontier.materialised) continue;
    const members = await antichainOf(store, frontier.members, []);
    const apart = [...exclusive(graph, version.commits, members), ...exclusive(graph, members, version.commits)];
    if (best === undefined || apart.length < best.apart.length) best = { rows: rowsOf(frontier), apart };
  }
  if (best && best.apart.length < historySize(graph, version.commits)) return best;
  return { rows: null, apart: exclusive(graph, version.commits, []) };
}

/** Writes rows for records in a version, but for those that the base has alike. */
async function writeRows(
  store: Store,
  sql: Sql,
  { name }: NewFrontier,
  sequence: number,
  version: Version,
  records: readonly RecordId[],
  base: RowsAt | null,
): Promise<void> {
  for (let start = 0; start < records.length; start += STEP) {
    const step = records.slice(start, start + STEP);
    const inherited = base && (await readLatest(sql, await readTypesOfRecords(sql, step), base, step));
    const found = await readRecords(store, sql, { commits: version.commits }, step);
    const apart = [...found.values()].filter(
      ({ record, heads }) => heads.join() !== (inherited?.get(record)?.heads ?? []).join(),
    );
    await writeVersions(sql, name, sequence, apart);
  }
}

/**
 * Inherits what a frontier held at a sequence, if its rows are still there. Its row stays locked against changes, and
 * rows are not swept, until the transaction ends.
 */
async function tryToInherit(sql: Sql, frontier: NewFrontier, sequence: number, at: RowsAt): Promise<boolean> {
  await holdRows(sql, at.frontier);
  // By the clock after the lock: whoever drops rows goes by the time before it.
  const { rows } = await sql.query<{ readable: boolean }>(
    `select (f.sequence = $2 and f.deleted_at is null)
       or exists (select from omdb.frontier_log l where l.frontier = f.id and l.sequence = $2 + 1
                  and l.written_at > clock_timestamp() - interval '${KEPT_FOR}')
       or exists (select from omdb.frontier_bases b where b.base = f.id and b.base_sequence = $2 and b.ended_at is null)
       as readable
     from omdb.frontiers f where f.id = $1`,
    [at.frontier, at.sequence],
  );
  if (!rows[0]?.readable) return false;
  const types = await readAllTypes(sql);
  let path = await withoutEmpty(sql, types, levelsOf(at));
  if (path.length > MOST_BASES) {
    await flatten(sql, types, frontier.name, sequence, path.slice(0, -1));
    path = path.slice(-1);
  }
  await writeBases(sql, [{ frontier, path }]);
  return true;
}

/** Taken shared by who begins to inherit, and alone by who sweeps. */
export const SWEEP_LOCK = `hashtextextended('omdb.sweep', 0)`;

/** Until the transaction ends, nobody changes a frontier, and rows are not swept. */
export async function holdRows(sql: Sql, frontier: string): Promise<void> {
  await sql.query(`select pg_advisory_xact_lock_shared(${SWEEP_LOCK})`);
  await sql.query(`select from omdb.frontiers where id = $1 for share`, [frontier]);
}

/** What a new frontier inherits, the nearest level first. */
export interface Inheritance {
  readonly frontier: NewFrontier;
  readonly path: readonly Level[];
}

export async function writeBases(sql: Sql, inheritances: readonly Inheritance[]): Promise<void> {
  const rows = inheritances.flatMap(({ frontier, path }) => path.map((base, place) => ({ frontier, base, place })));
  await sql.query(
    `insert into omdb.frontier_bases (frontier, incarnation, depth, base, base_sequence)
     select * from unnest($1::text[], $2::bigint[], $3::int[], $4::text[], $5::bigint[])`,
    [
      rows.map(({ frontier }) => frontier.name),
      rows.map(({ frontier }) => frontier.incarnation),
      rows.map(({ place }) => place + 1),
      ...columnsOf(rows.map(({ base }) => base)),
    ],
  );
}

/** Levels without any row of their own hide nothing and hold nothing. */
async function withoutEmpty(sql: Sql, types: readonly TypeRow[], levels: readonly Level[]): Promise<Level[]> {
  if (types.length === 0) return [];
  const hasRows = types.map(
    ({ latest }) => `exists (select from ${omdbTable(latest)} l where l.frontier = v.frontier)`,
  );
  const { rows } = await sql.query<{ level: number }>(
    `select level from unnest($1::text[]) with ordinality as v(frontier, level) where ${hasRows.join(" or ")}`,
    [levels.map(({ frontier }) => frontier)],
  );
  const kept = new Set(rows.map(({ level }) => level));
  return levels.filter((_, index) => kept.has(index + 1));
}

/** Makes rows of what some levels hold, where the frontier has none yet. */
async function flatten(
  sql: Sql,
  types: readonly TypeRow[],
  name: string,
  sequence: number,
  levels: readonly Level[],
): Promise<void> {
  for (const { latest } of types) {
    await sql.query(
      `insert into ${omdbTable(latest)} (frontier, record, from_sequence, heads, state)
       select distinct on (l.record) $1, l.record, $2::bigint, l.heads, l.state
       from unnest($3::text[], $4::bigint[]) with ordinality as v(frontier, sequence, level)
       join ${omdbTable(latest)} l on l.frontier = v.frontier and ${validAt("v.sequence", "l")}
       order by l.record, v.level
       on conflict do nothing`,
      [name, sequence, ...columnsOf(levels)],
    );
  }
}
