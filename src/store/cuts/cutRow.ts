/** Rows of `record_cuts` and `record_commits`. */
import type { CommitId, OperationId, RecordId } from "../../core/ids";

export type CutId = number;

/** A cut of a record's history (core/cuts.ts). What stands for another cut is its id; null: there is none. */
export interface CutRow {
  readonly id: CutId;
  readonly record: RecordId;
  /** Ascending. */
  readonly members: readonly CommitId[];
  readonly until: number;
  readonly rank: number;
  readonly prev: CutId | null;
  readonly prevUntil: number | null;
  readonly jump: CutId | null;
  readonly jumpRank: number | null;
  readonly ordinal: number;
  readonly base: CutId | null;
  readonly baseRank: number | null;
  readonly since: number;
  readonly prevOperation: OperationId | null;
  /** Of the operation, or without one of what it would stand for. */
  readonly prevBytes: number;
  readonly jumpOperation: OperationId | null;
  readonly jumpBytes: number;
}

/** A commit in the history of a record, and where it stands in the record's cuts. */
export interface EntryRow {
  readonly record: RecordId;
  readonly commit: CommitId;
  readonly logicalTime: number;
  readonly cut: CutId | null;
  /** Operations in its history above the cut. */
  readonly loose: number;
}

/** The columns of a cut, with the names of CutRow. */
export const cutColumns = (table: string): string =>
  `${table}.id, ${table}.record, ${table}.members, ${table}.until, ${table}.rank, ${table}.prev,
   ${table}.prev_until as "prevUntil", ${table}.jump, ${table}.jump_rank as "jumpRank", ${table}.ordinal, ${table}.base,
   ${table}.base_rank as "baseRank", ${table}.since, ${table}.prev_operation as "prevOperation",
   ${table}.prev_bytes as "prevBytes", ${table}.jump_operation as "jumpOperation", ${table}.jump_bytes as "jumpBytes"`;
