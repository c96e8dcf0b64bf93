/**
 * The shortest ways to records' states: down the cuts to the nearest snapshot by the longest coalesced operations there
 * are, and single operations where there are none. One statement, whatever the number of records of a type.
 */
import { createHash } from "node:crypto";
import type { CommitId, RecordId } from "../../core/ids";
import type { Json, JsonObject, State } from "../../core/json";
import { applyAll, type Effect } from "../../core/operation";
import type { Sql } from "../database";
import { omdbTable } from "../identifiers";
import { few as fewOf } from "../plannedOnce";
import type { CutId, CutRow } from "./cutRow";

/** From a record's own version down to a snapshot, or to the beginning. */
export interface HeadsRequest {
  readonly record: RecordId;
  /** At least one. */
  readonly heads: readonly CommitId[];
}

/** From a cut down to another one. */
export interface CutRequest {
  readonly record: RecordId;
  readonly from: CutId;
  /** Null: to the beginning. */
  readonly to: CutId | null;
}

export interface Path {
  /** Before the first effect, where the lower end has a snapshot or is the beginning. */
  readonly state: State;
  /** Whether the lower end has a snapshot. */
  readonly hasSnapshot: boolean;
  /** In canonical order. */
  readonly effects: readonly Effect[];
  /** Rows that were read for it, the snapshot's included. */
  readonly rows: number;
}

/** An operation, or the snapshot. */
export interface PathRow {
  /** -1: the snapshot's. */
  readonly time: number;
  readonly commit: CommitId;
  readonly id: number;
  readonly path: Effect["path"];
  readonly operation: string | null;
  readonly parameters: Json;
}

// Where a way goes on from a cut: at its end nowhere, else by the jump where that has an operation and does not go too far.
const JUMPS = `c.jump_operation is not null and c.jump_rank >= coalesce(t.base_rank, 0)`;
const STEP = `t.place, t.record, t.base, t.base_rank, c.members, c.prev_until, c.until, c.id is not distinct from t.base as ended,
  case when c.id is not distinct from t.base then null when ${JUMPS} then c.jump else c.prev end as next,
  case when c.id is not distinct from t.base then null when ${JUMPS} then c.jump_operation else c.prev_operation end
    as operation`;

// One row after the other by its index, however small the tables were when the statement was planned: what is joined
// behind `offset 0` is not joined in another way.
const looked = (table: string, condition: string): string =>
  `cross join lateral (select * from omdb.${table} x where ${condition} offset 0)`;
const PARENTS = `${looked("record_wise_operations_edges", `x.record = w.record and x.child = w."commit"`)} e
    ${looked("record_commits", `x.record = w.record and x."commit" = e.parent and x.logical_time > w.floor`)} r`;

const waysFrom = (tops: string, seeds: string, snapshots: string): string => `
  with recursive ${tops}, way as (
    select ${STEP} from tops t ${looked("record_cuts", "x.id = t.cut")} c
    union all
    select ${STEP} from way t ${looked("record_cuts", "x.id = t.next")} c
  ), walk as (
    select s.place, s.record, s."commit", r.logical_time, s.floor
    from (${seeds}
      select w.place, w.record, unnest(w.members) as "commit", coalesce(w.prev_until, -1) as floor
      from way w where w.operation is null and not w.ended
    ) s ${looked("record_commits", `x.record = s.record and x."commit" = s."commit" and x.logical_time > s.floor`)} r
    union
    select w.place, w.record, e.parent, r.logical_time, w.floor
    from walk w ${PARENTS}
  )
  select w.place, w.logical_time as time, w."commit", o.id, o.path, o.operation, o.parameters
  from walk w
  ${looked("record_wise_operations", `x.record = w.record and x."commit" = w."commit"`)} i
  ${looked("operations", "x.id = i.operation")} o
  union all
  select w.place, w.until, 0, o.id, o.path, o.operation, o.parameters
  from way w ${looked("operations", "x.id = w.operation")} o
  union all
  select w.place, -1, 0, 0, null, case when s.record is null then null else 'snapshot' end, s.state
  from way w
  left join lateral (
    select * from ${omdbTable(snapshots)} x where x.record = w.record and x.heads = w.members offset 0
  ) s on true
  where w.ended`;

const fromHeads = (given: string): string => `
  wanted as materialized (
    select w.place, w.record, w."commit", r.cut
    from ${given} as w(place, record, "commit")
    ${looked("record_commits", `x.record = w.record and x."commit" = w."commit"`)} r
  ), tops as materialized (
    select t.place, t.record, t.cut, c.until, c.base, c.base_rank
    from (
      select place, record, case when count(cut) = count(*) and min(cut) = max(cut) then min(cut)
                                 when count(cut) = count(*) then omdb.common_cut(array_agg(cut)) end as cut
      from wanted group by place, record
    ) t left join lateral (select * from omdb.record_cuts x where x.id = t.cut offset 0) c on true
  )`;

const HEADS = `
      select h.place, h.record, h."commit", coalesce(t.until, -1) as floor from wanted h join tops t using (place)
      union all`;

const FROM_CUTS = `
  tops as materialized (
    select w.place, w.record, w.cut, w.base, b.rank as base_rank
    from ${fewOf("unnest($1::int[], $2::uuid[], $3::bigint[], $4::bigint[])", "$1::int[]")} as w(place, record, cut, base)
    left join lateral (select * from omdb.record_cuts x where x.id = w.base offset 0) b on true
  )`;

/** Up to so many heads have a statement for their number. */
const FEW = 4;

/**
 * @param snapshots the table of snapshots of the records' type, unquoted
 * @returns one for each request, in order
 */
export async function readPathsFromHeads(
  sql: Sql,
  snapshots: string,
  requests: readonly HeadsRequest[],
): Promise<Path[]> {
  const heads = requests.flatMap(({ record, heads }, place) => heads.map((commit) => ({ place, record, commit })));
  // The plan of a list is made for its length, each time anew; that of a few values is made once.
  const few = heads.length <= FEW;
  const given = few
    ? `(values ${heads.map((_, row) => `($${3 * row + 1}::int, $${3 * row + 2}::uuid, $${3 * row + 3}::bigint)`).join()})`
    : `unnest($1::int[], $2::uuid[], $3::bigint[])`;
  const values = few
    ? heads.flatMap(({ place, record, commit }) => [place, record, commit])
    : [heads.map(({ place }) => place), heads.map(({ record }) => record), heads.map(({ commit }) => commit)];
  const name = `heads ${few ? heads.length : "many"} ${snapshots}`;
  const rows = await run(sql, name, waysFrom(fromHeads(given), HEADS, snapshots), values, requests.length);
  for (const [place, { record }] of requests.entries()) refuseMissing(rows[place]!, record);
  return rows.map(pathOf);
}

/** A cut says that it has a snapshot, which is not there: nothing can be told of the record's state. */
export function refuseMissing(rows: readonly PathRow[], record: RecordId): void {
  if (rows.some(({ time, operation }) => time === -1 && operation === null)) throw missingSnapshot(record);
}

function missingSnapshot(record: RecordId): Error {
  return new Error(`A snapshot of the record ${record} is missing: run omdb verify --repair.`);
}

/**
 * The states at cuts, one for each.
 * @throws Error where a snapshot is missing
 */
export async function readStatesAtCuts(
  sql: Sql,
  snapshots: string,
  cuts: readonly Pick<CutRow, "id" | "record" | "base">[],
): Promise<State[]> {
  const requests = cuts.map(({ id, record, base }) => ({ record, from: id, to: base }));
  const paths = await readPathsFromCuts(sql, snapshots, requests);
  return paths.map((path, place) => {
    const { base, record } = cuts[place]!;
    if (base !== null && !path.hasSnapshot) throw missingSnapshot(record);
    return stateAfter(path);
  });
}

/** The same between cuts: the lower one need not have a snapshot. */
export async function readPathsFromCuts(sql: Sql, snapshots: string, requests: readonly CutRequest[]): Promise<Path[]> {
  const values = [
    requests.map((_, place) => place),
    requests.map(({ record }) => record),
    requests.map(({ from }) => from),
    requests.map(({ to }) => to),
  ];
  const rows = await run(sql, `cuts ${snapshots}`, waysFrom(FROM_CUTS, "", snapshots), values, requests.length);
  return rows.map(pathOf);
}

/**
 * The statement is named, since planning it takes longer than running it.
 * @returns the rows of each of so many places
 */
async function run(sql: Sql, name: string, text: string, values: unknown[], places: number): Promise<PathRow[][]> {
  const statement = { name: statementName(name), text: GATHERED(text), values };
  const { rows } = await sql.query<{ place: number; rows: Columns[] }>(statement);
  const byPlace = Array.from({ length: places }, (): PathRow[] => []);
  for (const { place, rows: own } of rows) {
    byPlace[place] = own.map(([time, commit, id, path, operation, parameters]) => {
      return { time, commit, id, path, operation, parameters };
    });
  }
  return byPlace;
}

const statementNames = new Map<string, string>();

/** The name under which a statement is prepared. */
export function statementName(name: string): string {
  let prepared = statementNames.get(name);
  if (prepared === undefined) {
    // Names have at most 63 bytes, and a statement each.
    prepared = `omdb_${createHash("sha256").update(name).digest("hex").slice(0, 32)}`;
    statementNames.set(name, prepared);
  }
  return prepared;
}

type Columns = [
  PathRow["time"],
  PathRow["commit"],
  PathRow["id"],
  PathRow["path"],
  PathRow["operation"],
  PathRow["parameters"],
];

/** One row for each place: the many short ones cost more on their way than in the tables. */
const GATHERED = (text: string): string => `
  select place, json_agg(json_build_array("time", "commit", id, path, operation, parameters)) as rows
  from (${text}) as found group by place`;

/** @param rows in any order */
export function pathOf(rows: PathRow[]): Path {
  // A coalesced operation stands at the time of its upper cut, where no single one is read.
  rows.sort((a, b) => a.time - b.time || a.commit - b.commit || a.id - b.id);
  const [first] = rows;
  const ends = first?.time === -1;
  return {
    state: ends ? ((first.parameters as JsonObject | null) ?? undefined) : undefined,
    hasSnapshot: ends && first.operation !== null,
    effects: (ends ? rows.slice(1) : rows) as unknown as Effect[],
    rows: rows.length,
  };
}

export function stateAfter({ state, effects }: Path): State {
  return applyAll(state, effects);
}
