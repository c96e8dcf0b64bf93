/** What happened to records lately in what versions form together, with the states before it. */
import { maximal, type Antichain } from "../core/antichain";
import type { JudgedOperation } from "../core/consistency";
import type { CommitId, RecordId } from "../core/ids";
import type { State } from "../core/json";
import { applyAll } from "../core/operation";
import type { Sql } from "./database";
import type { RecordVersion } from "./recordStates";
import { readRecordWindows, readStatesAtHeads, stateKey } from "./recordWindows";
import type { Store } from "./store";
import type { TypeRow } from "./typeTables";
import { readHeads, readRecords } from "./versionHeads";
import type { Version } from "./versions";

export interface BasedWindow {
  readonly record: RecordId;
  /** The record's own version in the whole. */
  readonly heads: readonly CommitId[];
  /** In canonical order. */
  readonly operations: readonly JudgedOperation[];
  /** The maximal commits of the record before the operations, and the state that they leave. */
  readonly cut: Antichain;
  readonly base: State;
}

/** Cuts of a record are shared by versions where they are made at the same logical times, and so are their states. */
const STRIDE = 32;

/** The last logical time, not after another one, at which windows may begin. */
export function startOfWindows(logicalTime: number): number {
  return Number.isFinite(logicalTime) ? logicalTime - (logicalTime % STRIDE) : logicalTime;
}

/**
 * Reads records in what some versions form together.
 * @param start the least logical time of operations that are wanted, from `startOfWindows`
 * @param types of all the records, where they are known
 * @returns one for each record, in order
 */
export async function readBasedWindows(
  store: Store,
  sql: Sql,
  versions: readonly Version[],
  records: readonly RecordId[],
  start: number,
  types?: readonly TypeRow[],
): Promise<BasedWindow[]> {
  if (records.length === 0) return [];
  const known: ReadonlyMap<RecordId, readonly CommitId[]>[] = [];
  for (const version of versions) known.push(await headsIn(store, sql, version, records, types));
  const all = records.map((record) => known.flatMap((heads) => heads.get(record) ?? []));
  await store.commits.ensure(all.flat());
  const { graph } = store.commits;
  const requests = records.map((record, place) => ({ record, heads: maximal(graph, all[place]!) }));
  const windows = await readRecordWindows(sql, graph, requests, start);
  const bases = await readStatesAtHeads(
    store,
    sql,
    windows.map(({ record, cut }) => ({ record, heads: cut })),
  );
  return windows.map((window, place) => ({ ...window, heads: requests[place]!.heads, base: bases[place] }));
}

/** Heads of records in a version; a state that is found with them is kept, since it may be the one before a window. */
async function headsIn(
  store: Store,
  sql: Sql,
  version: Version,
  records: readonly RecordId[],
  types?: readonly TypeRow[],
): Promise<ReadonlyMap<RecordId, readonly CommitId[]>> {
  if (!version.rows) return readHeads(store, sql, version, records, types);
  const found = await readRecords(store, sql, version, records, types);
  for (const { record, heads, state } of found.values()) {
    if (heads.length > 0) store.states.set(stateKey(record, heads), state);
  }
  return new Map([...found].map(([record, { heads }]) => [record, heads]));
}

/**
 * The records in what some versions form together, of which little lies above a logical time.
 * @param start from `startOfWindows`
 * @param known those of the windows that were read before
 * @returns one for each record, in order
 */
export async function readJoined(
  store: Store,
  sql: Sql,
  versions: readonly Version[],
  records: readonly RecordId[],
  start: number,
  known: ReadonlyMap<RecordId, BasedWindow> = new Map(),
): Promise<RecordVersion[]> {
  const missing = records.filter((record) => !known.has(record));
  const read = await readBasedWindows(store, sql, versions, missing, start);
  const windows = new Map([...known, ...read.map((window) => [window.record, window] as const)]);
  return records.map((record) => {
    const { heads, operations, base } = windows.get(record)!;
    return { record, heads: [...heads], state: applyAll(base, operations) };
  });
}
