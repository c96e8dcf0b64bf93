import type { Sql } from "./database";

/** New ids of a table, ascending; ids that are not used are lost. */
export async function reserveIds(
  sql: Sql,
  table: "omdb.commits" | "omdb.operations" | "omdb.record_cuts",
  count: number,
): Promise<number[]> {
  const { rows } = await sql.query<{ id: number }>({
    name: "omdb new ids",
    // The sequence is looked up once, not for every id.
    text: `with own as materialized (select pg_get_serial_sequence($1, 'id')::regclass as ids)
     select nextval(own.ids) as id from own, (select from generate_series(1, $2::bigint) limit $2::bigint) each`,
    values: [table, count],
  });
  return rows.map((row) => row.id).sort((a, b) => a - b);
}
