/** The commits that earlier imports of a source have made. */
import { maximal } from "../../core/antichain";
import { MemoryCommitGraph } from "../../core/graph";
import type { CommitId } from "../../core/ids";
import type { JsonObject } from "../../core/json";
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
 * Finds the source's commits again, in one query.
 * @param origin the member of their metadata that tells them from all others
 * @param nameOf their name in the source, from their metadata
 */
export async function readKnown(
  sql: Sql,
  origin: JsonObject,
  nameOf: (metadata: JsonObject) => string | undefined,
  nodes: readonly SourceNode[],
): Promise<Known> {
  const { rows } = await sql.query<Candidate & { metadata: JsonObject }>(
    `select c.id, c.logical_time as "logicalTime", c.ts as time, c.metadata,
       array(select e.parent from omdb.commit_to_commit e where e.child = c.id order by 1) as parents
     from omdb.commits c where c.metadata @> $1::jsonb order by c.logical_time, c.id`,
    [JSON.stringify(origin)],
  );
  const graph = new MemoryCommitGraph();
  const commits = new Set<CommitId>();
  const byName = new Map<string, Candidate[]>();
  for (const { metadata, ...place } of rows) {
    // Metadata is anybody's to write: what does not hang on the source's commits was not made by an import.
    if (!place.parents.every((parent) => graph.has(parent))) continue;
    graph.add(place.id, place.logicalTime, place.parents);
    commits.add(place.id);
    const name = nameOf(metadata);
    if (name !== undefined) byName.set(name, [...(byName.get(name) ?? []), place]);
  }
  const known: Known = { graph, commits, places: new Map() };
  for (const node of nodes) {
    const place = byName.get(node.name)?.find((candidate) => isPlaceOf(known, node, candidate));
    if (place) known.places.set(node.name, place);
  }
  return known;
}

interface Candidate extends Place {
  readonly time: Date;
}

/** Whether the commit has the parents and the time that the source says. One that was only given the name has not. */
function isPlaceOf(known: Known, node: SourceNode, place: Candidate): boolean {
  if (place.time.getTime() !== node.time.getTime()) return false;
  const parents = parentsIn(known, node);
  return (
    parents !== null && parents.length === place.parents.length && parents.every((id, i) => id === place.parents[i])
  );
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
