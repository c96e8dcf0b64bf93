/** States of records at arbitrary versions: where each record's history ends there, and the shortest way to its state. */
import type { Antichain } from "../core/antichain";
import type { CommitId, RecordId } from "../core/ids";
import type { State } from "../core/json";
import type { Sql } from "./database";
import { readNewestPath } from "./cuts/newestPath";
import { readPathsFromHeads, stateAfter } from "./cuts/readPaths";
import { isOnlyHead, readHeadsAt } from "./recordHeads";
import { readStatesAtHeads, stateKey } from "./recordWindows";
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
  const [only] = requests;
  const likely = only && requests.length === 1 ? await readLikely(store, sql, only) : null;
  if (likely) return [likely];
  const found = await readHeadsAt(store, sql, requests);
  const wanted = requests.map(({ record }, place) => ({ record, heads: found[place]! }));
  const states = await readStatesAtHeads(store, sql, wanted);
  return wanted.map(({ record, heads }, place) => ({ record, heads, state: states[place] }));
}

/**
 * Reads one record at one commit in one query (two among many branches), where its newest commit up to there is its only head: in most histories
 * it is. Null where it is not.
 */
async function readLikely(
  store: Store,
  sql: Sql,
  request: { readonly record: RecordId; readonly version: Antichain },
): Promise<RecordVersion | null> {
  const { record, version } = request;
  const [commit] = version;
  const table = store.snapshotTables.get(record);
  if (commit === undefined || version.length > 1 || table === undefined) return null;
  await store.commits.ensure(version);
  const before = { commit, logicalTime: store.commits.graph.logicalTime(commit) };
  const found = await readNewestPath(sql, store.commits.graph, table, record, before);
  if (!found || !isOnlyHead(store, request, found.head)) return null;
  const heads = [found.head];
  const path = found.path ?? (await readPathsFromHeads(sql, table, [{ record, heads }]))[0]!;
  const state = stateAfter(path);
  store.states.set(stateKey(record, heads), state);
  return { record, heads, state };
}
