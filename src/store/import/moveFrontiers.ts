/** Moving frontiers to where an import wants them, all in one transaction: rows, members, log, latest states, one nudge each. */
import type { CommitId } from "../../core/ids";
import type { Sql } from "../database";
import { CHANNEL } from "../frontierLog";
import { omdbTable } from "../identifiers";
import { exclusive } from "../../core/graph";
import { placeRows } from "../inherit";
import { writeLatest, writeVersions } from "../latest";
import { recordsOfCommits } from "../recordsOfCommits";
import type { Store } from "../store";
import { ensureType, type TypeRow } from "../typeTables";
import { readRecords } from "../versionHeads";
import { versionOfCommit } from "../versions";
import { planMove, type FrontierGoal, type FrontierNow, type Move } from "./frontierMoves";
import type { Known } from "./known";
import { placeTips, readStart } from "./placeTips";
import type { View } from "./views";

export interface FrontierOutcome {
  readonly goal: FrontierGoal;
  readonly move: Move;
  /** After it. */
  readonly sequence: number;
}

interface FrontierState extends FrontierNow {
  readonly name: string;
  readonly sequence: number;
  readonly materialised: boolean;
  /** It has bases: its own rows are not all that it holds. */
  readonly inherits: boolean;
}

const STATE = `
  select f.id as name, f.sequence, f.locked, f.materialised, f.deleted_at is null as "exists",
    exists (select from omdb.frontier_bases b
            where b.frontier = f.id and b.incarnation = f.incarnation and b.ended_at is null) as inherits,
    array(select c."commit" from omdb.frontier_commits c where c.frontier = f.id order by 1) as members,
    coalesce((
      select l.cause = 'IMPORT' from omdb.frontier_log l
      where l.frontier = f.id and l.cause not in ('LOCK', 'UNLOCK') order by l.sequence desc limit 1
    ), false) as imported
  from omdb.frontiers f`;

/** The frontier that others inherit from, before all. */
const FIRST = "main";

async function readStates(sql: Sql, names: readonly string[]): Promise<Map<string, FrontierState>> {
  const { rows } = await sql.query<FrontierState>(`${STATE} where f.id = any($1::text[])`, [names]);
  return new Map(rows.map((row) => [row.name, row]));
}

/** Names of frontiers that imports have put on commits of the source, and nobody else has moved since. */
export async function importedFrontiers(sql: Sql, known: Known): Promise<string[]> {
  const { rows } = await sql.query<FrontierState>(`${STATE} where f.deleted_at is null order by f.id`);
  const belongs = (row: FrontierState) =>
    row.imported && row.members.length > 0 && row.members.every((member) => known.commits.has(member));
  return rows.filter(belongs).map((row) => row.name);
}

/**
 * The goals whose tips' views `moveFrontiers` needs: those that would change a frontier which has all its rows in
 * `latest_<type>` itself, and those that make a frontier of what is not imported yet; where there are such, also `main`.
 * @param goals a tip that is not imported yet is null
 */
export async function goalsWithViews<G extends { readonly name: string; readonly tip: CommitId | null }>(
  sql: Sql,
  goals: readonly G[],
): Promise<G[]> {
  const states = await readStates(
    sql,
    goals.map((goal) => goal.name),
  );
  const isFresh = ({ name, tip }: G) => tip === null && !states.get(name)?.exists;
  const fresh = goals.some(isFresh);
  return goals.filter((goal) => {
    const state = states.get(goal.name);
    if (isFresh(goal)) return true;
    if (!state?.exists || !state.materialised) return false;
    if (state.members.length === 1 && state.members[0] === goal.tip) return fresh && goal.name === FIRST;
    return !state.inherits;
  });
}

/**
 * Moves frontiers. Those that somebody else took away from the imported history stay where they are.
 * @param goals with different names
 * @param views of the tips of `goalsWithRows`
 */
export async function moveFrontiers(
  store: Store,
  sql: Sql,
  goals: readonly FrontierGoal[],
  views: ReadonlyMap<CommitId, View>,
  known: Known,
  typeName: string,
): Promise<FrontierOutcome[]> {
  const names = goals.map((goal) => goal.name).sort();
  // New names start as deleted ones; a row that is locked now cannot be changed by anybody else until the end.
  await sql.query(
    `insert into omdb.frontiers (id, deleted_at) select name, now() from unnest($1::text[]) as data(name)
     where not exists (select from omdb.frontiers f where f.id = name) on conflict (id) do nothing`,
    [names],
  );
  await sql.query(`select from omdb.frontiers where id = any($1::text[]) order by id for update`, [names]);
  const states = await readStates(sql, names);
  const changes = goals.map((goal) => {
    const state = states.get(goal.name);
    if (!state) throw new Error(`frontier ${goal.name} vanished while it was moved`);
    return { goal, state, move: planMove(known.graph, goal, state) };
  });
  const moved = changes.flatMap(({ goal, state, move }) =>
    move.kind === "move" ? [{ goal, state, steps: move.steps, sequence: state.sequence + move.steps.length }] : [],
  );
  if (moved.length > 0) {
    const type = await ensureType(sql, typeName);
    await writeFrontiers(sql, moved);
    for (const change of moved) {
      if (!change.state.exists || !change.state.materialised) continue;
      if (change.state.inherits) await writeApart(store, sql, known, change);
      else await writeRows(sql, type, change, views);
    }
    // After that, so that it says as late as can be when the rows ended.
    await writeLog(sql, moved);
    const made = moved.filter(({ state }) => !state.exists);
    await placeNew(store, sql, type, known, made, views);
    await sql.query(
      `select pg_notify('${CHANNEL}', json_build_object('frontier', frontier, 'sequence', sequence)::text)
       from unnest($1::text[], $2::bigint[]) as data(frontier, sequence)`,
      [moved.map((change) => change.goal.name), moved.map((change) => change.sequence)],
    );
  }
  return changes.map(({ goal, state, move }) => ({
    goal,
    move,
    sequence: state.sequence + (move.kind === "move" ? move.steps.length : 0),
  }));
}

interface Moved {
  readonly goal: FrontierGoal;
  readonly state: FrontierState;
  readonly steps: readonly CommitId[];
  /** After the last step. */
  readonly sequence: number;
}

async function writeLog(sql: Sql, moved: readonly Moved[]): Promise<void> {
  const rows = moved.flatMap(({ goal, state, steps }) =>
    steps.map((commit, index) => {
      const earlier = index === 0 ? (state.exists ? state.members : []) : steps.slice(index - 1, index);
      return {
        frontier: goal.name,
        sequence: state.sequence + index + 1,
        base: state.sequence,
        commit,
        committed: goal.line !== null,
        joined: `{${earlier.includes(commit) ? "" : commit}}`,
        left: `{${earlier.filter((member) => member !== commit).join(",")}}`,
      };
    }),
  );
  await sql.query(
    `insert into omdb.frontier_log (frontier, sequence, cause, "time", author, message, members, joined, "left")
     select data.frontier, data.sequence, 'IMPORT',
       greatest(
         max(case when data.committed then c.ts else date_trunc('milliseconds', clock_timestamp()) end)
           over (partition by data.frontier order by data.sequence),
         (select l."time" from omdb.frontier_log l where l.frontier = data.frontier and l.sequence = data.base)
       ),
       case when data.committed then c.author end, case when data.committed then c.message end,
       array[c.id], data.joined::bigint[], data."left"::bigint[]
     from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::boolean[], $6::text[], $7::text[])
       as data(frontier, sequence, base, "commit", committed, joined, "left")
     join omdb.commits c on c.id = data."commit"`,
    [
      rows.map((row) => row.frontier),
      rows.map((row) => row.sequence),
      rows.map((row) => row.base),
      rows.map((row) => row.commit),
      rows.map((row) => row.committed),
      rows.map((row) => row.joined),
      rows.map((row) => row.left),
    ],
  );
}

async function writeFrontiers(sql: Sql, moved: readonly Moved[]): Promise<void> {
  const names = moved.map((change) => change.goal.name);
  await sql.query(
    `update omdb.frontiers f set
       sequence = data.sequence,
       incarnation = case when f.deleted_at is not null or f.incarnation = 0 then f.sequence + 1 else f.incarnation end,
       locked = case when f.deleted_at is not null then data.fixed else f.locked end,
       materialised = f.materialised and f.deleted_at is null,
       rows_from = data.sequence,
       created_at = case when f.deleted_at is not null then now() else f.created_at end,
       deleted_at = null
     from unnest($1::text[], $2::bigint[], $3::boolean[]) as data(name, sequence, fixed)
     where f.id = data.name`,
    [names, moved.map((change) => change.sequence), moved.map((change) => change.goal.fixed)],
  );
  await sql.query(`delete from omdb.frontier_commits where frontier = any($1::text[])`, [names]);
  await sql.query(
    `insert into omdb.frontier_commits (frontier, "commit") select * from unnest($1::text[], $2::bigint[])`,
    [names, moved.map((change) => change.goal.tip)],
  );
}

/** Gives new frontiers what they inherit: the newest first, so that each is near to the one before it, or to main. */
async function placeNew(
  store: Store,
  sql: Sql,
  type: TypeRow,
  known: Known,
  made: readonly Moved[],
  views: ReadonlyMap<CommitId, View>,
): Promise<void> {
  const { graph } = known;
  const newestFirst = [...made].sort((a, b) => graph.logicalTime(b.goal.tip) - graph.logicalTime(a.goal.tip));
  const seen = newestFirst.filter(({ goal }) => views.has(goal.tip));
  let start = await readStart(sql, FIRST, views);
  const [newest] = seen;
  if (!start && newest) {
    await placeByReplay(store, sql, seen.splice(0, 1));
    start = await readStart(sql, newest.goal.name, views);
  }
  if (seen.length > 0) {
    const frontiers = seen.map(({ goal, state, sequence }) => {
      return { name: goal.name, tip: goal.tip, incarnation: state.sequence + 1, sequence };
    });
    await placeTips(sql, type, graph, frontiers, views, start);
  }
  await placeByReplay(
    store,
    sql,
    newestFirst.filter(({ goal }) => !views.has(goal.tip)),
  );
}

/** The same for frontiers whose views are not in memory, one after the other. */
async function placeByReplay(store: Store, sql: Sql, made: readonly Moved[]): Promise<void> {
  let near: string[] = [];
  for (const { goal, state, sequence } of made) {
    const version = { commits: await versionOfCommit(store, goal.tip, []) };
    await placeRows(store, sql, { name: goal.name, incarnation: state.sequence + 1 }, version, { sequence, near });
    // Not before: who has no rows yet is nobody to inherit from.
    await sql.query(`update omdb.frontiers set materialised = true where id = $1`, [goal.name]);
    near = [goal.name];
  }
}

/** Writes rows for the records that are touched by commits which come to a frontier or leave it. */
async function writeApart(store: Store, sql: Sql, known: Known, { goal, state, sequence }: Moved): Promise<void> {
  const commits = await versionOfCommit(store, goal.tip, []);
  const apart = [...exclusive(known.graph, commits, state.members), ...exclusive(known.graph, state.members, commits)];
  const records = await recordsOfCommits(sql, apart);
  for (let start = 0; start < records.length; start += CHUNK) {
    const found = await readRecords(store, sql, { commits }, records.slice(start, start + CHUNK));
    await writeVersions(sql, goal.name, sequence, [...found.values()]);
  }
}

/** Rows that are written at a time. */
const CHUNK = 1_000;

/** Ends the rows whose records the move changes and puts the new ones in their place. */
async function writeRows(sql: Sql, type: TypeRow, change: Moved, views: ReadonlyMap<CommitId, View>): Promise<void> {
  const { name } = change.goal;
  const view = views.get(change.goal.tip);
  if (!view) throw new Error(`frontier ${name} changed while the import was running: run it again`);
  const { rows } = await sql.query<{ record: string; heads: CommitId[] }>(
    `select record, heads from ${omdbTable(type.latest)} where frontier = $1 and to_sequence is null`,
    [name],
  );
  const current = new Map(rows.map((row) => [row.record, row.heads]));
  const changed: { record: string; heads: CommitId[]; state: Parameters<typeof writeLatest>[4][number]["state"] }[] =
    [];
  for (const [record, version] of view) {
    const heads = version.heads.map((head) => head.commit).sort((a, b) => a - b);
    const before = current.get(record);
    current.delete(record);
    if (before?.length === heads.length && before.every((head, index) => head === heads[index])) continue;
    changed.push({ record, heads, state: version.state });
  }
  for (let start = 0; start < changed.length; start += CHUNK) {
    await writeLatest(sql, type, name, change.sequence, changed.slice(start, start + CHUNK));
  }
  // What is left is not in the new history at all.
  await sql.query(
    `update ${omdbTable(type.latest)} set to_sequence = $2
     where frontier = $1 and record = any($3::uuid[]) and to_sequence is null`,
    [name, change.sequence, [...current.keys()]],
  );
}
