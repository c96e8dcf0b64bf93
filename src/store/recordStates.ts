/** States of records at arbitrary versions: where each record's history ends there, and the shortest way to its state. */
import type { Antichain } from "../core/antichain";
import type { CommitId, RecordId } from "../core/ids";
import type { State } from "../core/json";
import type { Sql } from "./database";
import { readHeadsAt } from "./recordHeads";
import { readStatesAtHeads } from "./recordWindows";
import type { Store } from "./store";

/** A record in a version: its latest commits there, ascending (none: it was not created yet), and its state. */
export interface RecordVersion {
  readonly record: RecordId;
  readonly heads: CommitId[];
  readonly state: State;
  /** Names the trial whose operations made the state; without one it is what the heads hold. */
  readonly trial?: string;
}

/**
 * Reads records at versions, in two or a few queries whatever their number and the length of their histories.
 * @param sql a transaction's connection where its own writes must be seen; default: the pool
 * @returns one for each request, in the same order; a record that the version does not know has no heads and no state
 */
export async function readRecordVersions(
  store: Store,
  requests: readonly { readonly record: RecordId; readonly version: Antichain }[],
  sql: Sql = store.database.pool,
): Promise<RecordVersion[]> {
  if (requests.length === 0) return [];
  const found = await readHeadsAt(store, sql, requests);
  const wanted = requests.map(({ record }, place) => ({ record, heads: found[place]! }));
  const states = await readStatesAtHeads(store, sql, wanted);
  return wanted.map(({ record, heads }, place) => ({ record, heads, state: states[place] }));
}
