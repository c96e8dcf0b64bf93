/** Keeping the cuts of records true while commits are written. */
import type { CommitId, RecordId } from "../../core/ids";
import type { Effect } from "../../core/operation";
import { whenCommitted, type Sql } from "../database";
import type { CutMemory } from "./cutMemory";
import { CutBuilder, MissingCut, type RecordTouch } from "./cutBuilder";
import { placeUnknown } from "./placeUnknown";
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
export async function indexCommit(sql: Sql, commit: CommitToIndex, memory: CutMemory): Promise<void> {
  const builder = new CutBuilder(
    storedCuts(() => sql),
    memory,
  );
  try {
    await builder.add(await placeUnknown(sql, touchesOf(commit), builder));
    await writeCuts(sql, builder.take());
  } catch (error) {
    if (!(error instanceof MissingCut) && codeOf(error) !== MISSING_KEY) throw error;
    // What was remembered is no longer there since a repair: in another try it is read.
    memory.clear();
    throw new StaleCuts(error);
  }
  whenCommitted(sql, () => builder.leave());
}

const MISSING_KEY = "23503";

const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown } | null)?.code;

/** The transaction is to be run again (`inTransaction`). */
class StaleCuts extends Error {
  readonly code = "40001";

  constructor(cause: unknown) {
    super("The cuts of a record were made anew meanwhile.", { cause });
  }
}

function touchesOf({ commit, logicalTime, operations, recordParents, snapshots }: CommitToIndex): RecordTouch[] {
  const effects = new Map<RecordId, Effect[]>();
  for (const { record, path, operation, parameters } of operations) {
    // Nothing else of it is remembered.
    const effect = { path, operation, parameters };
    const own = effects.get(record);
    if (own) own.push(effect);
    else effects.set(record, [effect]);
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
