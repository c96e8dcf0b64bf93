/** What the logs of many frontiers say, in few words. */
import type { Sql } from "./database";
import type { ChangeCause } from "./frontierLog";

export interface FrontierStep {
  readonly frontier: string;
  readonly sequence: number;
  readonly cause: ChangeCause;
}

/** How many changes every frontier has had, deleted ones included. */
export async function readFrontierSequences(sql: Sql): Promise<Map<string, number>> {
  const { rows } = await sql.query<{ id: string; sequence: number }>(`select id, sequence from omdb.frontiers`);
  return new Map(rows.map(({ id, sequence }) => [id, sequence]));
}

/** Of each frontier the changes after a sequence, ascending; where there are more than `limit`, the newest. */
export async function readNewestChanges(
  sql: Sql,
  places: readonly { readonly frontier: string; readonly sequence: number }[],
  limit: number,
): Promise<FrontierStep[]> {
  const { rows } = await sql.query<FrontierStep>(
    `select l.frontier, l.sequence, l.cause
     from unnest($1::text[], $2::bigint[]) as k(frontier, sequence)
     cross join lateral (
       select n.frontier, n.sequence, n.cause from omdb.frontier_log n
       where n.frontier = k.frontier and n.sequence > k.sequence order by n.sequence desc limit $3
     ) l order by l.frontier, l.sequence`,
    [places.map(({ frontier }) => frontier), places.map(({ sequence }) => sequence), limit],
  );
  return rows;
}
