/** `frontiers.sequence`: the last one in the frontier's log. */
import type { Check } from "./differences";

const LAST = `coalesce(
  (select l.sequence from omdb.frontier_log l where l.frontier = f.id order by l.sequence desc limit 1), 0)`;

/** What a frontier holds is found by its sequence: it is looked at before what stands at that. */
export const checkFrontierSequences: Check = async (sql) => {
  const { rows } = await sql.query<{ name: string; stored: number; last: number }>(
    `select f.id as name, f.sequence as stored, ${LAST} as last from omdb.frontiers f
     where f.sequence <> ${LAST} order by f.id`,
  );
  return {
    differences: rows.map(({ name, stored, last }) => ({
      ...{ table: "frontiers", key: name, stored: `sequence ${stored}`, expected: `sequence ${last}` },
    })),
    repairs:
      rows.length > 0
        ? [(mending) => mending.query(`update omdb.frontiers f set sequence = ${LAST} where f.sequence <> ${LAST}`)]
        : [],
  };
};
