/** What happened to records lately: their operations from a logical time on, and the cut below (engine §2). */
import { maximal, versionKey, type Antichain } from "../core/antichain";
import { compareCanonical } from "../core/canonicalOrder";
import type { JudgedOperation } from "../core/consistency";
import type { CommitGraph } from "../core/graph";
import type { CommitId, RecordId } from "../core/ids";
import type { State } from "../core/json";
import { readPathsFromHeads, stateAfter } from "./cuts/readPaths";
import type { Sql } from "./database";
import { few } from "./plannedOnce";
import type { Store } from "./store";

export interface WindowRequest {
  readonly record: RecordId;
  /** The record's own version: its latest commits. */
  readonly heads: readonly CommitId[];
}

export interface RecordWindow {
  readonly record: RecordId;
  /** In canonical order. */
  readonly operations: readonly JudgedOperation[];
  /** The maximal commits of the record that are below the logical time; their state is the one before the operations. */
  readonly cut: Antichain;
}

type Told = JudgedOperation;

/** A commit, its logical time, and one of its operations; of one below the logical time, or without any, null. */
type Row = readonly [
  CommitId,
  number,
  Told["id"] | null,
  Told["path"],
  Told["operation"],
  Told["parameters"],
  Told["predicates"],
];

/**
 * Walks the records' own DAGs from their heads down to a logical time, in one query, which gives one row for each: the
 * many short ones cost more on their way than in the tables.
 * @param floor the least logical time of operations that are wanted
 * @returns one for each request, in order
 */
export async function readRecordWindows(
  sql: Sql,
  graph: CommitGraph,
  requests: readonly WindowRequest[],
  floor: number,
): Promise<RecordWindow[]> {
  if (requests.length === 0) return [];
  const starts = requests.flatMap(({ record, heads }, place) => heads.map((commit) => ({ record, commit, place })));
  // Each step of the walk looks its few rows up, however many there are of them in all: hence lateral, and offset 0.
  const { rows } = await sql.query<{ place: number; rows: Row[] }>({
    name: "omdb record windows",
    text: `with recursive walk(place, record, "commit", logical_time) as (
       select s.place, s.record, s."commit", c.logical_time
       from ${few("unnest($1::int[], $2::uuid[], $3::bigint[])", "$1::int[]")} as s(place, record, "commit")
       cross join lateral (select c.logical_time from omdb.commits c where c.id = s."commit" offset 0) c
       union
       select w.place, w.record, e.parent, c.logical_time
       from walk w
       cross join lateral (
         select e.parent from omdb.record_wise_operations_edges e
         where e.record = w.record and e.child = w."commit" offset 0
       ) e
       cross join lateral (select c.logical_time from omdb.commits c where c.id = e.parent offset 0) c
       where w.logical_time >= $4::bigint
     )
     select w.place, json_agg(json_build_array(
       w."commit", w.logical_time, o.id, o.path, o.operation, o.parameters, o.predicates)) as rows
     from walk w
     left join lateral (
       select o.* from omdb.record_wise_operations r join omdb.operations o on o.id = r.operation
       where w.logical_time >= $4::bigint and r.record = w.record and r."commit" = w."commit" offset 0
     ) o on true
     group by w.place`,
    values: [
      starts.map(({ place }) => place),
      starts.map(({ record }) => record),
      starts.map(({ commit }) => commit),
      Number.isFinite(floor) ? floor : 0,
    ],
  });
  const operations = requests.map((): JudgedOperation[] => []);
  const below = requests.map((): CommitId[] => []);
  for (const { place, rows: own } of rows) {
    const { record } = requests[place]!;
    for (const [commit, logicalTime, id, path, operation, parameters, predicates] of own) {
      if (logicalTime < floor) below[place]!.push(commit);
      else if (id !== null)
        operations[place]!.push({ id, record, path, operation, parameters, predicates, commit, logicalTime });
    }
  }
  return requests.map(({ record }, place) => ({
    record,
    operations: operations[place]!.sort(compareCanonical),
    cut: maximal(graph, below[place]!),
  }));
}

/**
 * The states of records at their own versions, in at most one query a type for those that are not cached.
 * @returns one for each request, in order; undefined for no heads, and for a record that is removed
 */
export async function readStatesAtHeads(store: Store, sql: Sql, requests: readonly WindowRequest[]): Promise<State[]> {
  const keys = requests.map(({ record, heads }) => stateKey(record, heads));
  const known = new Map<string, State>();
  const missing = new Map<string, WindowRequest>();
  for (const [place, request] of requests.entries()) {
    const key = keys[place]!;
    const cached = request.heads.length === 0 ? { state: undefined } : store.states.get(key);
    if (cached) known.set(key, cached.state);
    else missing.set(key, request);
  }
  for (const [table, group] of await bySnapshotTable(store, sql, [...missing.values()])) {
    const paths = await readPathsFromHeads(sql, table, group);
    for (const [place, path] of paths.entries()) {
      const { record, heads } = group[place]!;
      const state = stateAfter(path);
      known.set(stateKey(record, heads), state);
      store.states.set(stateKey(record, heads), state);
    }
  }
  return keys.map((key) => known.get(key));
}

async function bySnapshotTable(
  store: Store,
  sql: Sql,
  requests: readonly WindowRequest[],
): Promise<Map<string, WindowRequest[]>> {
  const tables = new Map<RecordId, string>();
  const unknown = requests.filter(({ record }) => {
    const table = store.snapshotTables.get(record);
    if (table !== undefined) tables.set(record, table);
    return table === undefined;
  });
  if (unknown.length > 0) {
    const { rows } = await sql.query<{ id: RecordId; snapshots: string }>(
      `select r.id, t.snapshots from omdb.records r join omdb.types t on t.id = r.type where r.id = any($1::uuid[])`,
      [unknown.map(({ record }) => record)],
    );
    for (const { id, snapshots } of rows) {
      tables.set(id, snapshots);
      // What a transaction has made may come to nothing.
      if (sql === store.database.pool) store.snapshotTables.set(id, snapshots);
    }
  }
  const groups = new Map<string, WindowRequest[]>();
  for (const request of requests) {
    const table = tables.get(request.record)!;
    const group = groups.get(table);
    if (group) group.push(request);
    else groups.set(table, [request]);
  }
  return groups;
}

/** What a record's state at its own version is cached by. */
export function stateKey(record: RecordId, heads: readonly CommitId[]): string {
  return `${record}@${versionKey(heads as Antichain)}`;
}
