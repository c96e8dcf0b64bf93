/** The cuts of records as the database has them. */
import type { Touch } from "../../core/cuts";
import type { RecordId } from "../../core/ids";
import type { Effect } from "../../core/operation";
import { together, type Sql } from "../database";
import { reserveIds } from "../reserveIds";
import { few } from "../plannedOnce";
import { cutColumns, type CutRow, type EntryRow } from "./cutRow";
import type { CutSource } from "./cutSource";
import { readPathsFromCuts, readStatesAtCuts } from "./readPaths";

/**
 * @param connection gives the transaction that will write what is made
 * @param block how many ids are taken at once; those that are not used are lost
 */
export function storedCuts(connection: () => Sql, block = 1): CutSource {
  const cutIds = new Ids(connection, "omdb.record_cuts", block);
  const operationIds = new Ids(connection, "omdb.operations", block);
  return {
    lock: async (records) => {
      if (records.length === 0) return;
      // Whoever locks makes cuts; most have two operations.
      await together(
        connection().query(`select from omdb.records where id = any($1::uuid[]) order by id for no key update`, [
          records,
        ]),
        cutIds.keep(records.length),
        operationIds.keep(2 * records.length),
      );
    },

    entries: async (keys) => {
      const { rows } = await connection().query<EntryRow & { readonly own: CutRow | null }>({
        name: "omdb record entries",
        text: `select e.record, e."commit", e.logical_time as "logicalTime", e.cut, e.loose,
           case when c.id is not null then (select row_to_json(own) from (select ${cutColumns("c")}) own) end as own
         from ${few("unnest($1::uuid[], $2::bigint[])", "$1::uuid[]")} as k(record, "commit")
         cross join lateral (
           select e.* from omdb.record_commits e where e.record = k.record and e."commit" = k."commit" offset 0
         ) e
         left join lateral (select c.* from omdb.record_cuts c where c.id = e.cut offset 0) c on true`,
        values: [keys.map(({ record }) => record), keys.map(({ commit }) => commit)],
      });
      return { entries: rows, cuts: rows.flatMap(({ own }) => own ?? []) };
    },

    cuts: async (ids) => {
      const { rows } = await connection().query<CutRow>({
        name: "omdb record cuts",
        text: `select ${cutColumns("c")} from ${few("unnest($1::bigint[])", "$1::bigint[]")} as k(id)
         cross join lateral (select c.* from omdb.record_cuts c where c.id = k.id offset 0) c`,
        values: [ids],
      });
      return rows;
    },

    standingOn: async (places) => {
      // The index of records and what stands below finds both what is equal and what is null, but not one or the other.
      const { rows } = await connection().query<CutRow>({
        name: "omdb cuts that stand on one",
        text: `select ${cutColumns("c")} from ${few("unnest($1::uuid[], $2::bigint[])", "$1::uuid[]")} as k(record, cut)
         cross join lateral (
           select c.* from omdb.record_cuts c where c.record = k.record and c.prev = k.cut
           union all
           select c.* from omdb.record_cuts c where k.cut is null and c.record = k.record and c.prev is null
         ) c
         order by c.ordinal`,
        values: [places.map(({ record }) => record), places.map(({ cut }) => cut)],
      });
      return rows;
    },

    touches: (requests) => readTouches(connection(), requests),

    states: (cuts, table) => readStatesAtCuts(connection(), table, cuts),

    effects: async (ways, table) => (await readPathsFromCuts(connection(), table, ways)).map(({ effects }) => effects),

    newCutId: () => cutIds.next(),
    newOperationId: () => operationIds.next(),
  };
}

/** New ids of a table; those that are not used are lost. */
class Ids {
  /** The next one is the last. */
  private readonly kept: number[] = [];

  /** @param block how many are taken at once at least */
  constructor(
    private readonly connection: () => Sql,
    private readonly table: "omdb.operations" | "omdb.record_cuts",
    private readonly block: number,
  ) {}

  /** Sees to it that so many are at hand. */
  async keep(count: number): Promise<void> {
    const missing = count - this.kept.length;
    if (missing <= 0) return;
    this.kept.unshift(...(await reserveIds(this.connection(), this.table, Math.max(missing, this.block))).reverse());
  }

  async next(): Promise<number> {
    await this.keep(1);
    return this.kept.pop()!;
  }
}

interface TouchRow {
  readonly record: RecordId;
  readonly commit: number;
  readonly logicalTime: number;
  readonly parents: number[] | null;
  readonly effects: Effect[];
}

/** The commits in the histories of records' versions that are later than a logical time, in one query. */
export async function readTouches(
  sql: Sql,
  requests: readonly { readonly record: RecordId; readonly heads: readonly number[]; readonly floor: number }[],
): Promise<(Touch & { readonly record: RecordId })[]> {
  const heads = requests.flatMap(({ record, heads, floor }) => heads.map((commit) => ({ record, commit, floor })));
  // Each step of the walk looks its few rows up, however many there are of them in all: hence lateral, and offset 0.
  const { rows } = await sql.query<TouchRow>({
    name: "omdb record touches",
    text: `with recursive walk as (
       select s.record, s."commit", r.logical_time, s.floor
       from ${few("unnest($1::uuid[], $2::bigint[], $3::bigint[])", "$1::uuid[]")} as s(record, "commit", floor)
       cross join lateral (
         select r.logical_time from omdb.record_commits r
         where r.record = s.record and r."commit" = s."commit" and r.logical_time > s.floor offset 0
       ) r
       union
       select w.record, e.parent, r.logical_time, w.floor
       from walk w
       cross join lateral (
         select e.parent from omdb.record_wise_operations_edges e
         where e.record = w.record and e.child = w."commit" offset 0
       ) e
       cross join lateral (
         select r.logical_time from omdb.record_commits r
         where r.record = w.record and r."commit" = e.parent and r.logical_time > w.floor offset 0
       ) r
     )
     select distinct on (w.record, w."commit") w.record, w."commit", w.logical_time as "logicalTime",
       (select array_agg(e.parent order by e.parent) from omdb.record_wise_operations_edges e
        where e.record = w.record and e.child = w."commit") as parents,
       (select json_agg(json_build_object('path', o.path, 'operation', o.operation, 'parameters', o.parameters) order by o.id)
        from omdb.record_wise_operations i join omdb.operations o on o.id = i.operation
        where i.record = w.record and i."commit" = w."commit") as effects
     from walk w`,
    values: [heads.map(({ record }) => record), heads.map(({ commit }) => commit), heads.map(({ floor }) => floor)],
  });
  return rows.map((row) => ({ ...row, parents: row.parents ?? [] }));
}
