/** Who gave the leaves of records their values: `core/blame` on what the database holds of the records. */
import type { Antichain } from "../core/antichain";
import { blame } from "../core/blame";
import type { RecordId } from "../core/ids";
import { NOTHING_TRACED, type Traced } from "../core/trace";
import { readRecordDags } from "./recordDags";
import { readRecordWindows } from "./recordWindows";
import type { Store } from "./store";

/**
 * States of records with the operation of each leaf, in two queries whatever their number. Reads the records' own
 * operations and no others.
 * @param requests the heads are the record's own version
 */
export async function readBlames(
  store: Store,
  requests: readonly { readonly record: RecordId; readonly heads: Antichain }[],
): Promise<Traced[]> {
  const sql = store.database.pool;
  const { graph } = store.commits;
  const versions = requests.map(({ record, heads }) => ({ record, version: heads }));
  const dags = await readRecordDags(store, versions, sql);
  const windows = await readRecordWindows(sql, graph, requests, 0);
  return requests.map(({ record, heads }, place) => {
    const dag = dags.get(record);
    if (dag === undefined) return NOTHING_TRACED;
    return blame(graph, { graph: dag.within(graph), operations: windows[place]!.operations }, heads);
  });
}
