/** Views of commits that earlier imports made, which new commits build on. */
import { history } from "../../core/graph";
import type { CommitId, RecordId } from "../../core/ids";
import type { Effect } from "../../core/operation";
import type { Sql } from "../database";
import type { Known } from "./known";
import { extend } from "./recordHistory";
import type { Views } from "./views";

/** Commits whose operations are read at a time. */
const CHUNK = 500;

/**
 * Fills in the views of commits by going through their history once, with the operations as they are stored.
 * @param needed commits whose views were announced
 */
export async function loadEarlierViews(
  sql: Sql,
  known: Known,
  needed: Iterable<CommitId>,
  views: Views,
): Promise<void> {
  const version = [...needed];
  if (version.length === 0) return;
  const commits = [...history(known.graph, version)]
    .reverse()
    .map((id) => ({ id, logicalTime: known.graph.logicalTime(id), parents: known.graph.parents(id) }));
  for (const { parents } of commits) for (const parent of parents) views.announce(parent);
  for (let start = 0; start < commits.length; start += CHUNK) {
    const chunk = commits.slice(start, start + CHUNK);
    const operations = await readOperations(
      sql,
      chunk.map((commit) => commit.id),
    );
    for (const commit of chunk) {
      const { view } = views.merge(commit.parents);
      for (const [record, mine] of operations.get(commit.id) ?? []) {
        view.set(record, extend(view.get(record), commit, mine));
      }
      views.keep(commit.id, view);
    }
  }
}

interface OperationRow extends Effect {
  readonly commit: CommitId;
  readonly record: RecordId;
}

async function readOperations(sql: Sql, commits: readonly CommitId[]): Promise<Map<CommitId, Map<RecordId, Effect[]>>> {
  const { rows } = await sql.query<OperationRow>(
    `select p."commit", o.record, o.path, o.operation, o.parameters
     from omdb.operation_to_commit p join omdb.operations o on o.id = p.operation
     where p."commit" = any($1::bigint[]) order by p."commit", o.id`,
    [commits],
  );
  const byCommit = new Map<CommitId, Map<RecordId, Effect[]>>();
  for (const { commit, record, ...operation } of rows) {
    const records = byCommit.get(commit) ?? new Map<RecordId, Effect[]>();
    const operations = records.get(record) ?? [];
    operations.push(operation);
    records.set(record, operations);
    byCommit.set(commit, records);
  }
  return byCommit;
}
