/** Pages of record types, by name in the order of code points. */
import type { Sql } from "./database";
import { parameters } from "./sqlPredicate";
import type { Window } from "./window";

const NAME = `t.id collate "C"`;

export async function readTypeNames(sql: Sql, window: Window<string>): Promise<string[]> {
  const { values, bind } = parameters();
  const conditions = [
    "true",
    ...(window.after === undefined ? [] : [`${NAME} > ${bind(window.after)}::text`]),
    ...(window.before === undefined ? [] : [`${NAME} < ${bind(window.before)}::text`]),
  ];
  const { rows } = await sql.query<{ id: string }>(
    `select t.id from omdb.types t where ${conditions.join(" and ")}
     order by ${NAME} ${window.backward ? "desc" : "asc"} limit ${bind(window.limit)}::int`,
    values,
  );
  return rows.map((row) => row.id);
}

export async function countTypes(sql: Sql): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(`select count(*) from omdb.types`);
  return rows[0]?.count ?? 0;
}
