/** Keeping the cuts of records true while commits are written. */
import type { CommitId, RecordId } from "../../core/ids";
import type { Effect } from "../../core/operation";
import type { Sql } from "../database";
import { CutBuilder, type RecordTouch } from "./cutBuilder";
import { storedCuts } from "./storedCuts";
import { writeCuts } from "./writeCuts";

/** A commit that has just been written, by the records that it touches. */
export interface CommitToIndex {
  readonly commit: CommitId;
  readonly logicalTime: number;
  readonly operations: readonly (Effect & { readonly record: RecordId })[];
  /** The latest commits before it that touch each record of the operations. */
  readonly recordParents: ReadonlyMap<RecordId, readonly CommitId[]>;
  /** The table of snapshots of a record's type, unquoted. */
  snapshots(record: RecordId): string;
}

/** In the transaction that wrote the commit. */
export async function indexCommit(sql: Sql, commit: CommitToIndex): Promise<void> {
  const builder = new CutBuilder(storedCuts(() => sql));
  await builder.add(touchesOf(commit));
  await writeCuts(sql, builder.take());
}

function touchesOf({ commit, logicalTime, operations, recordParents, snapshots }: CommitToIndex): RecordTouch[] {
  const effects = new Map<RecordId, Effect[]>();
  for (const operation of operations) {
    const own = effects.get(operation.record);
    if (own) own.push(operation);
    else effects.set(operation.record, [operation]);
  }
  return [...effects].map(([record, own]) => ({
    record,
    commit,
    logicalTime,
    parents: recordParents.get(record) ?? [],
    effects: own,
    snapshots: snapshots(record),
  }));
}
