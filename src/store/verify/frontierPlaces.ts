/** What frontiers hold by their log, and where their rows are looked for. */
import type { CommitId } from "../../core/ids";
import type { CommitGraphCache } from "../commitGraphCache";
import type { Sql } from "../database";
import type { Level } from "../rowsAt";

/** A frontier, a deleted one included. */
export interface FrontierPlace {
  readonly name: string;
  readonly sequence: number;
  /** From this sequence on its rows hold what it held. */
  readonly rowsFrom: number;
  /** It is there, and has rows: its own ones and those of its bases. */
  readonly readable: boolean;
  readonly bases: readonly Level[];
  /** By the log. */
  readonly members: readonly CommitId[];
}

export async function readFrontierPlaces(sql: Sql): Promise<ReadonlyMap<string, FrontierPlace>> {
  const { rows } = await sql.query<FrontierPlace>(
    `select f.id as name, f.sequence, f.rows_from as "rowsFrom", f.deleted_at is null and f.materialised as readable,
       coalesce(l.members, '{}') as members,
       coalesce((
         select json_agg(json_build_object('frontier', b.base, 'sequence', b.base_sequence) order by b.depth)
         from omdb.frontier_bases b where b.frontier = f.id and b.incarnation = f.incarnation and b.ended_at is null
       ), '[]') as bases
     from omdb.frontiers f left join omdb.frontier_log l on l.frontier = f.id and l.sequence = f.sequence order by f.id`,
  );
  return new Map(rows.map((row) => [row.name, row]));
}

/** The members of frontiers at sequences; at 0, before the first change, there are none. */
export async function readMembersAt(
  sql: Sql,
  graph: CommitGraphCache,
  levels: readonly Level[],
): Promise<(at: Level) => readonly CommitId[]> {
  const { rows } = await sql.query<Level & { members: CommitId[] }>(
    `select distinct l.frontier, l.sequence, l.members from unnest($1::text[], $2::bigint[]) as k(frontier, sequence)
     join omdb.frontier_log l on l.frontier = k.frontier and l.sequence = k.sequence`,
    [levels.map(({ frontier }) => frontier), levels.map(({ sequence }) => sequence)],
  );
  const found = new Map(rows.map((row) => [`${row.sequence} ${row.frontier}`, row.members]));
  await graph.ensure(new Set(rows.flatMap(({ members }) => members)));
  return ({ frontier, sequence }) => found.get(`${sequence} ${frontier}`) ?? [];
}
