/**
 * What a process knows of cuts and of the commits above them from writing them: the next commit on the same records need
 * not read it. None of it ever changes once it is committed, and nothing is kept before: after a crash PostgreSQL may give
 * ids again that a transaction had that was never committed. Only a repair of the tables makes it wrong: where a cut that
 * is remembered is gone, the commit is tried again without.
 */
import { LRUCache } from "lru-cache";
import { effectBytes, type Touch } from "../../core/cuts";
import type { CommitId, RecordId } from "../../core/ids";
import type { State } from "../../core/json";
import type { Effect } from "../../core/operation";
import { StateCache } from "../stateCache";
import type { CutId, CutRow, EntryRow } from "./cutRow";

/** A commit that touches a record; without effects where only its place is known, and without a place where only they are. */
export interface KnownCommit extends EntryRow {
  readonly touch?: Touch;
  readonly placed: boolean;
}

/** What leads to a cut that was made here: from the one below, coalesced too, and from where it jumps to. */
export interface MadeCut {
  readonly segment: readonly Effect[];
  readonly prev?: Effect;
  readonly jump?: Effect;
}

const COMMIT_BYTES = 16 * 1024 * 1024;
const MADE_BYTES = 16 * 1024 * 1024;
const STATE_BYTES = 32 * 1024 * 1024;
/** Members of cuts, and cuts. */
const CUT_NUMBERS = 200_000;
/** An entry's key and overhead. */
const ENTRY_BYTES = 200;

const bytesOf = (effects: readonly Effect[]): number =>
  effects.reduce((sum, effect) => sum + effectBytes(effect), ENTRY_BYTES);

export class CutMemory {
  private readonly commits = new LRUCache<string, KnownCommit>({
    maxSize: COMMIT_BYTES,
    sizeCalculation: ({ touch }) => bytesOf(touch?.effects ?? []),
  });
  private readonly rows = new LRUCache<CutId, CutRow>({
    maxSize: CUT_NUMBERS,
    sizeCalculation: ({ members }) => 10 + members.length,
  });
  private readonly ways = new LRUCache<CutId, MadeCut>({
    maxSize: MADE_BYTES,
    sizeCalculation: ({ segment, prev, jump }) =>
      bytesOf([...segment, ...(prev ? [prev] : []), ...(jump ? [jump] : [])]),
  });
  private readonly values = new StateCache(STATE_BYTES);

  commit(record: RecordId, commit: CommitId): KnownCommit | undefined {
    return this.commits.get(`${record} ${commit}`);
  }

  cut(id: CutId): CutRow | undefined {
    return this.rows.get(id);
  }

  made(id: CutId): MadeCut | undefined {
    return this.ways.get(id);
  }

  state(id: CutId): { readonly state: State } | undefined {
    return this.values.get(String(id));
  }

  keepCommit(known: KnownCommit): void {
    this.commits.set(`${known.record} ${known.commit}`, known);
  }

  keepCut(cut: CutRow): void {
    this.rows.set(cut.id, cut);
  }

  keepMade(id: CutId, made: MadeCut): void {
    this.ways.set(id, made);
  }

  keepState(id: CutId, state: State): void {
    this.values.set(String(id), state);
  }

  clear(): void {
    for (const cache of [this.commits, this.rows, this.ways, this.values]) cache.clear();
  }
}
