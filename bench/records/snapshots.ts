/** The baseline: a snapshot every 100 operations and replay of the rest, two prepared statements, as simple as that. */
import type { JsonObject, State } from "../../src/core/json";
import { applyAll, type Effect } from "../../src/core/operation";
import type { Database } from "../../src/store/database";

const EVERY = 100;
const WRITTEN_AT_ONCE = 5_000;

export async function writeSnapshots(database: Database, record: string, effects: readonly Effect[]): Promise<void> {
  const { pool } = database;
  await pool.query(`create schema if not exists bench`);
  await pool.query(`create table if not exists bench.operations (record text, place bigint, path jsonb, operation text,
    parameters jsonb, primary key (record, place))`);
  await pool.query(`create table if not exists bench.snapshots (record text, place bigint, state jsonb,
    primary key (record, place))`);
  let state: State;
  for (let start = 0; start < effects.length; start += WRITTEN_AT_ONCE) {
    const chunk = effects.slice(start, start + WRITTEN_AT_ONCE);
    await pool.query(
      `insert into bench.operations select $1, place, path::jsonb, operation, parameters::jsonb
       from unnest($2::bigint[], $3::text[], $4::text[], $5::text[]) as data(place, path, operation, parameters)`,
      [
        record,
        chunk.map((_, index) => start + index),
        chunk.map(({ path }) => JSON.stringify(path)),
        chunk.map(({ operation }) => operation),
        chunk.map(({ parameters }) => JSON.stringify(parameters)),
      ],
    );
    for (let index = 0; index < chunk.length; index += EVERY) {
      state = applyAll(state, chunk.slice(index, index + EVERY));
      await pool.query(`insert into bench.snapshots values ($1, $2, $3)`, [
        record,
        start + Math.min(index + EVERY, chunk.length) - 1,
        JSON.stringify(state),
      ]);
    }
  }
}

/** The state after the operation at a place. */
export async function readBySnapshots({ pool }: Database, record: string, place: number): Promise<State> {
  const snapshots = await pool.query<{ place: number; state: JsonObject }>({
    name: "bench snapshot",
    text: `select place, state from bench.snapshots where record = $1 and place <= $2 order by place desc limit 1`,
    values: [record, place],
  });
  const [snapshot] = snapshots.rows;
  const operations = await pool.query<Effect>({
    name: "bench operations",
    text: `select path, operation, parameters from bench.operations
           where record = $1 and place > $2 and place <= $3 order by place`,
    values: [record, snapshot?.place ?? -1, place],
  });
  return applyAll(snapshot?.state, operations.rows);
}

/** The same from all operations. */
export async function readByReplay({ pool }: Database, record: string, place: number): Promise<State> {
  const { rows } = await pool.query<Effect>({
    name: "bench replay",
    text: `select path, operation, parameters from bench.operations where record = $1 and place <= $2 order by place`,
    values: [record, place],
  });
  return applyAll(undefined, rows);
}
