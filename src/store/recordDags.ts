/** Reads the DAGs of records. */
import type { Antichain } from "../core/antichain";
import type { CommitId, RecordId } from "../core/ids";
import type { Sql } from "./database";
import { RecordDag } from "./recordDag";
import type { Store } from "./store";

/**
 * The DAGs of the records, each complete for the versions that are asked of it, in one query for those that are not
 * cached.
 */
export async function readRecordDags(
  store: Store,
  requests: readonly { readonly record: RecordId; readonly version: Antichain }[],
  sql: Sql,
): Promise<Map<RecordId, RecordDag>> {
  const { graph } = store.commits;
  await store.commits.ensure(requests.flatMap(({ version }) => version));
  const dags = new Map<RecordId, RecordDag>();
  const missing = new Set<RecordId>();
  for (const { record, version } of requests) {
    const dag = dags.get(record) ?? store.dags.get(record);
    if (dag && version.every((commit) => graph.position(commit) < dag.complete)) dags.set(record, dag);
    else missing.add(record);
  }
  if (missing.size === 0) return dags;
  // Whatever the graph knows now was visible before the query below.
  const complete = graph.size;
  const { rows } = await sql.query<{
    record: RecordId;
    commits: CommitId[];
    parents: CommitId[];
    children: CommitId[];
  }>(
    `select k.record,
       array(select distinct w."commit" from omdb.record_wise_operations w where w.record = k.record) as commits,
       array(select e.parent from omdb.record_wise_operations_edges e where e.record = k.record order by e.parent, e.child)
         as parents,
       array(select e.child from omdb.record_wise_operations_edges e where e.record = k.record order by e.parent, e.child)
         as children
     from unnest($1::uuid[]) as k(record)`,
    [[...missing]],
  );
  for (const { record, commits, parents, children } of rows) {
    // Two subqueries of one statement see one snapshot, so the lists of edges belong together.
    const dag = new RecordDag(complete, commits, parents, children);
    dags.set(record, dag);
    store.dags.set(record, dag);
  }
  return dags;
}
