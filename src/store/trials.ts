/** Records in a version on which operations are tried: nothing of it is stored, so lists are made in memory. */
import { LimitExceeded } from "../core/errors";
import type { RecordId } from "../core/ids";
import { holds } from "../core/judge";
import { changeBetween, readChangePages, type RecordChange } from "./recordChanges";
import { recordKey, type RecordKey, type RecordSelection } from "./recordPages";
import { compareKeys, scanRecordPages } from "./recordScan";
import type { RecordVersion } from "./recordStates";
import type { Store } from "./store";
import { readTypesByRecord } from "./typeTables";
import { readRecords } from "./versionHeads";
import type { Trial, Version } from "./versions";

/** A record as a trial leaves it, where the trial changes it. */
export function withTrial(found: RecordVersion, trial: Trial): RecordVersion {
  const { record } = found;
  return trial.states.has(record) ? { ...found, state: trial.states.get(record), trial: trial.name } : found;
}

/**
 * All records that are selected in a version with a trial, in the order of the selection.
 * @throws LimitExceeded past `recordsScanned`
 */
export async function recordsOfTrial(
  store: Store,
  selection: RecordSelection,
  version: Version,
  trial: Trial,
): Promise<RecordVersion[]> {
  const { type, where, orderBy } = selection;
  const most = store.limits.recordsScanned;
  const window = { limit: most + 1, backward: false };
  const [stored = []] = await scanRecordPages(store, { type, where: null, orderBy: [] }, window, [version.commits]);
  if (stored.length > most) {
    throw new LimitExceeded(`A trial reads at most ${most} records.`, ["type"], "recordsScanned", most);
  }
  const tried = [...trial.states.keys()];
  const types = await readTypesByRecord(store.database.pool, tried);
  const own = tried.filter((record) => (trial.created.get(record) ?? types.get(record)) === type.name);
  const known = await readRecords(store, store.database.pool, { commits: version.commits }, own);
  const all = new Map(stored.map((found) => [found.record, found]));
  for (const found of known.values()) all.set(found.record, withTrial(found, trial));
  const compare = compareKeys(orderBy);
  return [...all.values()]
    .filter(({ state }) => state !== undefined && (where === null || holds(where, () => state)))
    .map((found): { found: RecordVersion; key: RecordKey } => ({ found, key: recordKey(orderBy, found) }))
    .sort((a, b) => compare(a.key, b.key))
    .map(({ found }) => found);
}

/**
 * What differs between a version and another one with a trial, by uuid.
 * @throws LimitExceeded past `recordsScanned`
 */
export async function changesOfTrial(store: Store, from: Version, to: Version, trial: Trial): Promise<RecordChange[]> {
  const most = store.limits.recordsScanned;
  const pair = { from: from.commits, to: to.commits };
  const window = { limit: most + 1, backward: false };
  const [stored = []] = await readChangePages(store, [pair], { type: null, record: null }, window);
  if (stored.length > most) {
    throw new LimitExceeded(`A trial reads at most ${most} records.`, [], "recordsScanned", most);
  }
  const tried = [...trial.states.keys()];
  const [before, after] = await Promise.all(
    [pair.from, pair.to].map((commits) => readRecords(store, store.database.pool, { commits }, tried)),
  );
  const changes = new Map<RecordId, RecordChange>(stored.map((change) => [change.record, change]));
  for (const record of tried) {
    const change = changeBetween(before!.get(record)!, withTrial(after!.get(record)!, trial));
    if (change === null) changes.delete(record);
    else changes.set(record, change);
  }
  return [...changes.values()].sort((a, b) => (a.record < b.record ? -1 : 1));
}
