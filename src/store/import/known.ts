/** The commits that earlier imports of a source have made. */
import { maximal } from "../../core/antichain";
import { MemoryCommitGraph } from "../../core/graph";
import type { CommitId } from "../../core/ids";
import type { Sql } from "../database";
import type { SourceNode } from "./source";

/** A commit of the source as omdb holds it. */
export interface Place {
  readonly id: CommitId;
  readonly logicalTime: number;
  /** Maximal, ascending. */
  readonly parents: readonly CommitId[];
}

export interface Known {
  /** All commits that imports of the source have made, those included that the source does not hold any more. */
  readonly graph: MemoryCommitGraph;
  readonly commits: Set<CommitId>;
  /** Those of the source's present history, by the source's name. */
  readonly places: Map<string, Place>;
}

/**
 * Finds the commits again that imports of a source have made, in one query.
 * @param nodes the source's present history, parents first
 */
export async function readKnown(sql: Sql, source: string, nodes: readonly SourceNode[]): Promise<Known> {
  const { rows } = await sql.query<Place & { name: string }>(
    `select i.name, c.id, c.logical_time as "logicalTime",
       array(select e.parent from omdb.commit_to_commit e where e.child = c.id order by 1) as parents
     from omdb.imported_commits i join omdb.commits c on c.id = i."commit"
     where i.source = $1 order by c.logical_time, c.id`,
    [source],
  );
  const known: Known = { graph: new MemoryCommitGraph(), commits: new Set(), places: new Map() };
  const byName = new Map<string, Place[]>();
  for (const { name, ...place } of rows) {
    known.graph.add(place.id, place.logicalTime, place.parents);
    known.commits.add(place.id);
    byName.set(name, [...(byName.get(name) ?? []), place]);
  }
  for (const node of nodes) {
    const place = byName.get(node.name)?.find((candidate) => hasParentsOf(known, node, candidate));
    if (place) known.places.set(node.name, place);
  }
  return known;
}

function hasParentsOf(known: Known, node: SourceNode, place: Place): boolean {
  const parents = parentsIn(known, node);
  return parents?.length === place.parents.length && parents.every((id, index) => id === place.parents[index]);
}

/** The parents of a node as omdb holds them: the maximal ones, ascending; null where one is not imported yet. */
export function parentsIn(known: Known, node: SourceNode): readonly CommitId[] | null {
  const parents: CommitId[] = [];
  for (const name of node.parents) {
    const place = known.places.get(name);
    if (!place) return null;
    parents.push(place.id);
  }
  return maximal(known.graph, parents);
}

/** Adds a commit that the import makes. */
export function addPlace(known: Known, name: string, place: Place): void {
  known.graph.add(place.id, place.logicalTime, place.parents);
  known.commits.add(place.id);
  known.places.set(name, place);
}
