/** What happened to records lately in what versions form together, with the states before it. */
import { maximal, type Antichain } from "../core/antichain";
import type { JudgedOperation } from "../core/consistency";
import { isInHistory } from "../core/graph";
import type { CommitId, RecordId } from "../core/ids";
import type { State } from "../core/json";
import { applyAll } from "../core/operation";
import type { Sql } from "./database";
import type { RecordVersion } from "./recordStates";
import { readRecordWindows, readStatesAtHeads, stateKey } from "./recordWindows";
import type { Store } from "./store";
import type { TypeRow } from "./typeTables";
import { readHeadsAt } from "./recordHeads";
import { readRecords } from "./versionHeads";
import type { Version } from "./versions";

export interface HeadedWindow {
  readonly record: RecordId;
  /** The record's own version in the whole. */
  readonly heads: readonly CommitId[];
  /** In canonical order. */
  readonly operations: readonly JudgedOperation[];
  /** The maximal commits of the record before the operations. */
  readonly cut: Antichain;
}

export interface BasedWindow extends HeadedWindow {
  /** The state that the cut leaves. */
  readonly base: State;
}

/** Cuts of a record are shared by versions where they are made at the same logical times, and so are their states. */
const STRIDE = 32;

/** The last logical time, not after another one, at which windows may begin. */
export function startOfWindows(logicalTime: number): number {
  return Number.isFinite(logicalTime) ? logicalTime - (logicalTime % STRIDE) : logicalTime;
}

/** What a version has of a record, where it was found with its state. */
interface Held {
  readonly version: Version;
  readonly state: State;
}

/** A record's heads in every one of some versions. */
interface HeadsInAny {
  readonly heads: CommitId[];
  readonly held: Held[];
}

async function headsInAny(
  store: Store,
  sql: Sql,
  versions: readonly Version[],
  records: readonly RecordId[],
  types?: readonly TypeRow[],
): Promise<HeadsInAny[]> {
  const all = records.map((): HeadsInAny => ({ heads: [], held: [] }));
  const bare = versions.filter(({ rows }) => !rows);
  const requests = records.flatMap((record, place) =>
    bare.map(({ commits }) => ({ request: { record, version: commits }, place })),
  );
  const found = await readHeadsAt(
    store,
    sql,
    requests.map(({ request }) => request),
  );
  for (const [index, { place }] of requests.entries()) all[place]!.heads.push(...found[index]!);
  for (const version of versions) {
    if (!version.rows) continue;
    const held = await readRecords(store, sql, version, records, types);
    for (const [place, record] of records.entries()) {
      const { heads, state } = held.get(record)!;
      all[place]!.held.push({ version, state });
      if (heads.length === 0) continue;
      // It may be the one before a window.
      store.states.set(stateKey(record, heads), state);
      all[place]!.heads.push(...heads);
    }
  }
  return all;
}

/** Records in what some versions form together, of which little lies above a logical time: each is read once. */
export class JoinedWindows {
  readonly #headed = new Map<RecordId, HeadedWindow>();
  readonly #based = new Map<RecordId, BasedWindow>();
  readonly #held = new Map<RecordId, readonly Held[]>();

  /** @param start the least logical time of operations that are wanted, from `startOfWindows` */
  constructor(
    private readonly store: Store,
    private readonly sql: Sql,
    private readonly versions: readonly Version[],
    private readonly start: number,
  ) {}

  /**
   * One for each record, in order, without the states before them.
   * @param types of all the records, where they are known
   */
  async headed(records: readonly RecordId[], types?: readonly TypeRow[]): Promise<HeadedWindow[]> {
    const missing = records.filter((record) => !this.#headed.has(record));
    for (const window of await this.#readHeaded(missing, types)) this.#headed.set(window.record, window);
    return records.map((record) => this.#headed.get(record)!);
  }

  /**
   * One for each record, in order.
   * @param types of all the records, where they are known
   */
  async based(records: readonly RecordId[], types?: readonly TypeRow[]): Promise<BasedWindow[]> {
    const missing = records.filter((record) => !this.#based.has(record));
    const windows = await this.headed(missing, types);
    const cuts = windows.map(({ record, cut }) => ({ record, heads: cut }));
    const bases = await readStatesAtHeads(this.store, this.sql, cuts);
    for (const [place, window] of windows.entries()) {
      this.#based.set(window.record, { ...window, base: bases[place] });
    }
    return records.map((record) => this.#based.get(record)!);
  }

  /** The records themselves, in order. */
  async versionsOf(records: readonly RecordId[]): Promise<RecordVersion[]> {
    const shortened = new Map((await this.headed(records)).map((window) => [window.record, this.#shortened(window)]));
    const others = records.filter((record) => shortened.get(record) === undefined);
    const based = new Map((await this.based(others)).map((window) => [window.record, window]));
    return records.map((record) => {
      const { heads, operations, base } = shortened.get(record) ?? based.get(record)!;
      return { record, heads: [...heads], state: applyAll(base, operations) };
    });
  }

  /**
   * The window without what a version holds of it already, where that is where the window begins: often all that one side
   * did is before all that the other did. Undefined where no version is like that, or its state was not found with it.
   */
  #shortened(window: HeadedWindow): BasedWindow | undefined {
    const { graph } = this.store.commits;
    const { operations } = window;
    for (const { version, state } of this.#held.get(window.record) ?? []) {
      const has = operations.map(({ commit }) => isInHistory(graph, commit, version.commits));
      const kept = has.includes(false) ? has.indexOf(false) : has.length;
      if (!has.includes(true, kept)) return { ...window, operations: operations.slice(kept), base: state };
    }
    return undefined;
  }

  async #readHeaded(records: readonly RecordId[], types?: readonly TypeRow[]): Promise<HeadedWindow[]> {
    if (records.length === 0) return [];
    const all = await headsInAny(this.store, this.sql, this.versions, records, types);
    await this.store.commits.ensure(all.flatMap(({ heads }) => heads));
    const { graph } = this.store.commits;
    for (const [place, record] of records.entries()) this.#held.set(record, all[place]!.held);
    const requests = records.map((record, place) => ({ record, heads: maximal(graph, all[place]!.heads) }));
    const windows = await readRecordWindows(this.sql, graph, requests, this.start);
    return windows.map((window, place) => ({ ...window, heads: requests[place]!.heads }));
  }
}
