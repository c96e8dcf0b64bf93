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
import type { CutId } from "./cutRow";

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

interface Row {
  readonly place: number;
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

const waysFrom = (tops: string, seeds: string, snapshots: string): string => `
  with recursive ${tops}, way as (
    select ${STEP} from tops t join omdb.record_cuts c on c.id = t.cut
    union all
    select ${STEP} from way t join omdb.record_cuts c on c.id = t.next
  ), walk as (
    select s.place, s.record, s."commit", r.logical_time, s.floor
    from (${seeds}
      select w.place, w.record, unnest(w.members) as "commit", coalesce(w.prev_until, -1) as floor
      from way w where w.operation is null and not w.ended
    ) s join omdb.record_commits r on r.record = s.record and r."commit" = s."commit" and r.logical_time > s.floor
    union
    select w.place, w.record, e.parent, r.logical_time, w.floor
    from walk w
    join omdb.record_wise_operations_edges e on e.record = w.record and e.child = w."commit"
    join omdb.record_commits r on r.record = e.record and r."commit" = e.parent and r.logical_time > w.floor
  )
  select w.place, w.logical_time as time, w."commit", o.id, o.path, o.operation, o.parameters
  from walk w
  join omdb.record_wise_operations i on i.record = w.record and i."commit" = w."commit"
  join omdb.operations o on o.id = i.operation
  union all
  select w.place, w.until, 0, o.id, o.path, o.operation, o.parameters
  from way w join omdb.operations o on o.id = w.operation
  union all
  select w.place, -1, 0, 0, null, case when s.record is null then null else 'snapshot' end, s.state
  from way w left join ${omdbTable(snapshots)} s on s.record = w.record and s.heads = w.members
  where w.ended`;

const FROM_HEADS = `
  wanted as materialized (
    select w.place, w.record, w."commit", r.cut
    from unnest($1::int[], $2::uuid[], $3::bigint[]) as w(place, record, "commit")
    join omdb.record_commits r on r.record = w.record and r."commit" = w."commit"
  ), tops as materialized (
    select t.place, t.record, t.cut, c.until, c.base, c.base_rank
    from (
      select place, record, case when count(cut) = count(*) and min(cut) = max(cut) then min(cut)
                                 when count(cut) = count(*) then omdb.common_cut(array_agg(cut)) end as cut
      from wanted group by place, record
    ) t left join omdb.record_cuts c on c.id = t.cut
  )`;

const HEADS = `
      select h.place, h.record, h."commit", coalesce(t.until, -1) as floor from wanted h join tops t using (place)
      union all`;

const FROM_CUTS = `
  tops as materialized (
    select w.place, w.record, w.cut, w.base, b.rank as base_rank
    from unnest($1::int[], $2::uuid[], $3::bigint[], $4::bigint[]) as w(place, record, cut, base)
    left join omdb.record_cuts b on b.id = w.base
  )`;

/** A statement is named where connections keep them: planning it takes longer than running it. */
export interface Reading {
  readonly sql: Sql;
  readonly prepared: boolean;
}

/**
 * @param snapshots the table of snapshots of the records' type, unquoted
 * @returns one for each request, in order
 */
export async function readPathsFromHeads(
  reading: Reading,
  snapshots: string,
  requests: readonly HeadsRequest[],
): Promise<Path[]> {
  const heads = requests.flatMap(({ record, heads }, place) => heads.map((commit) => ({ place, record, commit })));
  const rows = await run(reading, `heads ${snapshots}`, waysFrom(FROM_HEADS, HEADS, snapshots), [
    heads.map(({ place }) => place),
    heads.map(({ record }) => record),
    heads.map(({ commit }) => commit),
  ]);
  for (const { time, operation, place } of rows) {
    if (time === -1 && operation === null)
      throw new Error(`A snapshot of the record ${requests[place]?.record} is missing: run omdb verify --repair.`);
  }
  return pathsOf(rows, requests.length);
}

/** The same between cuts. */
export async function readPathsFromCuts(
  reading: Reading,
  snapshots: string,
  requests: readonly CutRequest[],
): Promise<Path[]> {
  const rows = await run(reading, `cuts ${snapshots}`, waysFrom(FROM_CUTS, "", snapshots), [
    requests.map((_, place) => place),
    requests.map(({ record }) => record),
    requests.map(({ from }) => from),
    requests.map(({ to }) => to),
  ]);
  return pathsOf(rows, requests.length);
}

async function run({ sql, prepared }: Reading, name: string, text: string, values: unknown[]): Promise<Row[]> {
  if (!prepared) return (await sql.query<Row>(text, values)).rows;
  // Names have at most 63 bytes, and a statement each.
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 32);
  return (await sql.query<Row>({ name: `omdb_${hash}`, text, values })).rows;
}

function pathsOf(rows: readonly Row[], count: number): Path[] {
  const byPlace = Array.from({ length: count }, (): Row[] => []);
  for (const row of rows) byPlace[row.place]!.push(row);
  return byPlace.map((own) => {
    // A coalesced operation stands at the time of its upper cut, where no single one is read.
    own.sort((a, b) => a.time - b.time || a.commit - b.commit || a.id - b.id);
    const [first] = own;
    const ends = first?.time === -1;
    return {
      state: ends ? ((first.parameters as JsonObject | null) ?? undefined) : undefined,
      hasSnapshot: ends && first.operation !== null,
      effects: (ends ? own.slice(1) : own) as unknown as Effect[],
      rows: own.length,
    };
  });
}

export function stateAfter({ state, effects }: Path): State {
  return applyAll(state, effects);
}
