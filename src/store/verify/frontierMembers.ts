/** `frontier_commits`: the members after the last change in a frontier's log. */
import type { CommitId } from "../../core/ids";
import type { Check } from "./differences";

const MEMBERS = `
  select f.id as frontier, m."commit" from omdb.frontiers f
  join omdb.frontier_log l on l.frontier = f.id and l.sequence = f.sequence
  cross join lateral unnest(l.members) as m("commit")`;

export const checkFrontierMembers: Check = async (sql) => {
  const { rows } = await sql.query<{ frontier: string; commit: CommitId; stored: boolean }>(
    `with must as (${MEMBERS})
     select coalesce(m.frontier, c.frontier) as frontier, coalesce(m."commit", c."commit") as "commit",
       c.frontier is not null as stored
     from must m full join omdb.frontier_commits c on c.frontier = m.frontier and c."commit" = m."commit"
     where m.frontier is null or c.frontier is null order by 1, 2`,
  );
  if (rows.length === 0) return { differences: [], repairs: [] };
  return {
    differences: rows.map(({ frontier, commit, stored }) => ({
      table: "frontier_commits",
      key: `${frontier} ${commit}`,
      stored: stored ? "a member" : null,
      expected: stored ? null : "a member",
    })),
    repairs: [
      (mending) =>
        mending.query(
          `delete from omdb.frontier_commits c
           where not exists (select from (${MEMBERS}) m where m.frontier = c.frontier and m."commit" = c."commit")`,
        ),
      (mending) =>
        mending.query(
          `insert into omdb.frontier_commits (frontier, "commit") select frontier, "commit" from (${MEMBERS}) m
           on conflict do nothing`,
        ),
    ],
  };
};
