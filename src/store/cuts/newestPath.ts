/**
 * The way to the state of one record at its newest commit before another: what is read in most histories, in one short
 * statement.
 */
import { isInHistory, type CommitKey } from "../../core/graph";
import type { CommitGraph } from "../../core/commitGraph";
import type { CommitId, OperationId, RecordId } from "../../core/ids";
import type { Json, JsonObject } from "../../core/json";
import type { Effect } from "../../core/operation";
import type { Sql } from "../database";
import { omdbTable } from "../identifiers";
import { pathOf, refuseMissing, statementName, type Path, type PathRow } from "./readPaths";

export interface NewestPath {
  readonly head: CommitId;
  /** Null where too many commits stand beside the history's own for it to be read in this way. */
  readonly path: Path | null;
}

interface Row {
  readonly head: CommitId | null;
  /** Whether the way leads to a snapshot, and not to the beginning. */
  readonly hasBase: boolean;
  /** Null where the record was removed, and where there is no such snapshot. */
  readonly state: JsonObject | null;
  readonly found: boolean;
  readonly single: [OperationId, Effect["path"], string, Json][] | null;
  readonly standing: [OperationId, CommitId][] | null;
  readonly coalesced: [number, OperationId, Json][] | null;
}

/**
 * @param snapshots the table of snapshots of the record's type, unquoted
 * @param before a commit of the graph
 * @returns null where the record has no commit up to there
 */
export async function readNewestPath(
  sql: Sql,
  graph: CommitGraph,
  snapshots: string,
  record: RecordId,
  before: CommitKey,
): Promise<NewestPath | null> {
  const text = `
    select w.head, w.base is not null as "hasBase", w.single, w.standing, w.coalesced, s.state, s.record is not null as found
    from omdb.newest_path($1, $2, $3) w
    left join lateral (
      select x.record, x.state from ${omdbTable(snapshots)} x where x.record = $1 and x.heads = w.base offset 0
    ) s on true`;
  const values = [record, before.logicalTime, before.commit];
  const { rows } = await sql.query<Row>({ name: statementName(`newest ${snapshots}`), text, values });
  const [row] = rows;
  if (!row || row.head === null) return null;
  const { head, single } = row;
  if (single === null || !graph.has(head)) return { head, path: null };
  const found: PathRow[] = [];
  const commits = new Map(row.standing);
  for (const [id, path, operation, parameters] of single) {
    const commit = commits.get(id)!;
    if (!graph.has(commit) || !isInHistory(graph, commit, [head])) continue;
    found.push({ time: graph.logicalTime(commit), commit, id, path, operation, parameters });
  }
  for (const [time, id, parameters] of row.coalesced ?? []) {
    found.push({ time, commit: 0, id, path: [], operation: "coalesced", parameters });
  }
  if (row.hasBase) {
    const operation = row.found ? "snapshot" : null;
    found.push({ time: -1, commit: 0, id: 0, path: [], operation, parameters: row.state });
  }
  refuseMissing(found, record);
  return { head, path: pathOf(found) };
}
