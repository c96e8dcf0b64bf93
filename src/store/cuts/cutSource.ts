/** Where what is known of records' cuts comes from while more are made. */
import type { CommitId, OperationId, RecordId } from "../../core/ids";
import type { Touch } from "../../core/cuts";
import type { State } from "../../core/json";
import type { Effect } from "../../core/operation";
import type { CutId, CutRow, EntryRow } from "./cutRow";

export interface CutSource {
  /** Keeps others from making cuts of these records until the transaction ends. */
  lock(records: readonly RecordId[]): Promise<void>;
  /** Those that are there, with their cuts. */
  entries(
    keys: readonly EntryKey[],
  ): Promise<{ readonly entries: readonly EntryRow[]; readonly cuts: readonly CutRow[] }>;
  cuts(ids: readonly CutId[]): Promise<readonly CutRow[]>;
  /** Those that stand right on a cut; on null: the first ones of the record. */
  standingOn(places: readonly { readonly record: RecordId; readonly cut: CutId | null }[]): Promise<readonly CutRow[]>;
  /** The commits in the histories of these that are later than a logical time. */
  touches(
    requests: readonly { readonly record: RecordId; readonly heads: readonly CommitId[]; readonly floor: number }[],
  ): Promise<readonly (Touch & { readonly record: RecordId })[]>;
  states(cuts: readonly CutRow[], table: string): Promise<readonly State[]>;
  effects(
    ways: readonly { readonly record: RecordId; readonly from: CutId; readonly to: CutId }[],
    table: string,
  ): Promise<readonly (readonly Effect[])[]>;
  newCutId(): Promise<CutId>;
  /** How many others stood on the same one when this cut was made, where that is known; default: those that stand there. */
  ordinal?(cut: Pick<CutRow, "id" | "record" | "members" | "until" | "prev">): number | undefined;
  newOperationId(): Promise<OperationId>;
}

export interface EntryKey {
  readonly record: RecordId;
  readonly commit: CommitId;
}
