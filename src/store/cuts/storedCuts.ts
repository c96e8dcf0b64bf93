/** The cuts of records as the database has them. */
import type { Touch } from "../../core/cuts";
import type { RecordId } from "../../core/ids";
import type { Effect } from "../../core/operation";
import type { Sql } from "../database";
import { reserveIds } from "../reserveIds";
import { few } from "../plannedOnce";
import { cutColumns, type CutRow, type EntryRow } from "./cutRow";
import type { CutSource } from "./cutSource";
import { readPathsFromCuts, stateAfter } from "./readPaths";

/**
 * @param connection gives the transaction that will write what is made
 * @param block how many ids are taken at once; those that are not used are lost
 */
export function storedCuts(connection: () => Sql, block = 1): CutSource {
  const cutIds: number[] = [];
  const operationIds: number[] = [];
  const newId = async (kept: number[], table: "omdb.operations" | "omdb.record_cuts"): Promise<number> => {
    if (kept.length === 0) kept.push(...(await reserveIds(connection(), table, block)).reverse());
    return kept.pop()!;
  };
  return {
    lock: async (records) => {
      if (records.length === 0) return;
      await connection().query(`select from omdb.records where id = any($1::uuid[]) order by id for no key update`, [
        records,
      ]);
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
      const { rows } = await connection().query<CutRow>(
        `select ${cutColumns("c")} from omdb.record_cuts c where c.id = any($1::bigint[])`,
        [ids],
      );
      return rows;
    },

    standingOn: async (places) => {
      const { rows } = await connection().query<CutRow>(
        `select ${cutColumns("c")} from unnest($1::uuid[], $2::bigint[]) as k(record, cut)
         join omdb.record_cuts c on c.record = k.record and c.prev is not distinct from k.cut order by c.ordinal`,
        [places.map(({ record }) => record), places.map(({ cut }) => cut)],
      );
      return rows;
    },

    touches: (requests) => readTouches(connection(), requests),

    states: async (cuts, table) => {
      const requests = cuts.map(({ id, record, base }) => ({ record, from: id, to: base }));
      return (await readPathsFromCuts(connection(), table, requests)).map(stateAfter);
    },

    effects: async (ways, table) => (await readPathsFromCuts(connection(), table, ways)).map(({ effects }) => effects),

    newCutId: () => newId(cutIds, "omdb.record_cuts"),
    newOperationId: () => newId(operationIds, "omdb.operations"),
  };
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
       from unnest($1::uuid[], $2::bigint[], $3::bigint[]) as s(record, "commit", floor)
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
