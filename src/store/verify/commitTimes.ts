/** `commits.logical_time`: one more than the greatest of the parents. */
import type { CommitId } from "../../core/ids";
import type { CommitGraphCache } from "../commitGraphCache";
import type { Sql } from "../database";
import { compareRows, type Check } from "./differences";

/**
 * @param graph with times that are made
 * @param after, upTo numbers of commits
 */
export function checkCommitTimes(graph: CommitGraphCache, after: CommitId, upTo: CommitId): Check {
  return async (sql) => {
    const { rows } = await sql.query<{ id: CommitId; time: number }>(
      `select id, logical_time as "time" from omdb.commits where id > $1 and id <= $2 order by id`,
      [after, upTo],
    );
    await graph.ensure(rows.map(({ id }) => id));
    const timeOf = (id: CommitId) => graph.graph.logicalTime(id);
    const wrong = rows.filter(({ id, time }) => time !== timeOf(id));
    const repair = (mending: Sql) =>
      mending.query(
        `update omdb.commits c set logical_time = data.time
         from unnest($1::bigint[], $2::bigint[]) as data(id, time) where c.id = data.id`,
        [wrong.map(({ id }) => id), wrong.map(({ id }) => timeOf(id))],
      );
    return {
      differences: compareRows(
        "commits",
        new Map(wrong.map(({ id, time }) => [String(id), `logical_time ${time}`])),
        new Map(wrong.map(({ id }) => [String(id), `logical_time ${timeOf(id)}`])),
      ),
      repairs: wrong.length > 0 ? [repair] : [],
    };
  };
}
