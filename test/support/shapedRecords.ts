/** Records with histories of a given shape, in memory and in a database. */
import { randomUUID } from "node:crypto";
import { maximal } from "../../src/core/antichain";
import { historySet, MemoryCommitGraph } from "../../src/core/graph";
import type { CommitId, RecordId } from "../../src/core/ids";
import type { State } from "../../src/core/json";
import { applyAll, type Effect } from "../../src/core/operation";
import { reserveCommitIds, writeBulkCommits, type BulkCommit } from "../../src/store/bulkCommits";
import { inTransaction, type Database } from "../../src/store/database";
import { ensureType } from "../../src/store/typeTables";
import type { Shape } from "./shapes";

export interface ShapedRecord {
  readonly record: RecordId;
  /** Those that touch the record, ancestors first. */
  readonly commits: readonly CommitId[];
  readonly graph: MemoryCommitGraph;
  readonly effects: ReadonlyMap<CommitId, readonly Effect[]>;
}

/**
 * Writes a history of one record.
 * @param effectsAt what the commit at a place does; the first creates the record
 * @param every how many commits stand between two that touch the record
 * @param chunk how many commits are written at once; each chunk knows of the others only what is stored
 */
export async function storeShape(
  database: Database,
  shape: Shape,
  effectsAt: (place: number) => readonly Effect[],
  { every = 1, chunk = 1_000, type = "shaped" } = {},
): Promise<ShapedRecord> {
  const record = randomUUID();
  const graph = new MemoryCommitGraph();
  const effects = new Map<CommitId, readonly Effect[]>();
  const ids = await reserveCommitIds(database.pool, shape.length * every);
  const tips: CommitId[] = [];
  const heads = new Map<CommitId, readonly CommitId[]>();
  const commits: BulkCommit[] = [];
  let next = 0;
  for (const [place, parents] of shape.entries()) {
    let above = maximal(
      graph,
      parents.map((parent) => tips[parent]!),
    ) as readonly CommitId[];
    const before = maximal(
      graph,
      above.flatMap((parent) => heads.get(parent)!),
    );
    for (let step = 0; step < every; step++) {
      const id = ids[next++]!;
      const logicalTime = Math.max(-1, ...above.map((parent) => graph.logicalTime(parent))) + 1;
      graph.add(id, logicalTime, above);
      const touches = step === every - 1;
      const own = touches ? effectsAt(place) : [];
      if (touches) effects.set(id, own);
      heads.set(id, touches ? [id] : before);
      commits.push({
        ...{ id, logicalTime, parents: above, time: new Date(0), author: null, message: null, metadata: null },
        changes: touches ? [{ record, parents: before, operations: own }] : [],
        settles: [],
        imported: { source: record, name: String(id) },
      });
      above = [id];
    }
    tips.push(above[0]!);
  }
  for (let start = 0; start < commits.length; start += chunk) {
    await inTransaction(database, async (sql) => {
      await writeBulkCommits(sql, await ensureType(sql, type), commits.slice(start, start + chunk));
    });
  }
  return { record, commits: [...effects.keys()], graph, effects };
}

/** By the letter: all operations of the history in canonical order. */
export function naiveState({ graph, effects }: ShapedRecord, version: readonly CommitId[]): State {
  const history = [...historySet(graph, version)].filter((commit) => effects.has(commit));
  history.sort((a, b) => graph.logicalTime(a) - graph.logicalTime(b) || a - b);
  return applyAll(
    undefined,
    history.flatMap((commit) => effects.get(commit)!),
  );
}
