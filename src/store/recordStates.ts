/** States of records at arbitrary versions, by replay of each record's own operations and of no others. */
import type { Antichain } from "../core/antichain";
import type { CommitId, RecordId } from "../core/ids";
import type { State } from "../core/json";
import type { Sql } from "./database";
import { readRecordDags } from "./recordDags";
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
 * Reads records at versions, in two queries whatever their number.
 * @param sql a transaction's connection where its own writes must be seen; default: the pool
 * @returns one for each request, in the same order; a record that the version does not know has no heads and no state
 */
export async function readRecordVersions(
  store: Store,
  requests: readonly { readonly record: RecordId; readonly version: Antichain }[],
  sql: Sql = store.database.pool,
): Promise<RecordVersion[]> {
  if (requests.length === 0) return [];
  const dags = await readRecordDags(store, requests, sql);
  const wanted = await Promise.all(
    requests.map(async ({ record, version }) => {
      return { record, heads: dags.get(record)?.heads(await store.histories.of(version)) ?? [] };
    }),
  );
  const states = await readStatesAtHeads(store, sql, wanted);
  return wanted.map(({ record, heads }, place) => ({ record, heads, state: states[place] }));
}
