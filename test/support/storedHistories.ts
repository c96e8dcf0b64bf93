/** Random histories in a database, as an import would bring them: concurrent, merged, with several roots. */
import { randomUUID } from "node:crypto";
import { maximal } from "../../src/core/antichain";
import { compareCanonical, type PlacedOperation } from "../../src/core/canonicalOrder";
import { MemoryCommitGraph } from "../../src/core/graph";
import type { CommitId, RecordId } from "../../src/core/ids";
import { reserveCommitIds, writeBulkCommits } from "../../src/store/bulkCommits";
import { inTransaction, type Database } from "../../src/store/database";
import { ensureType } from "../../src/store/typeTables";
import { naiveHeads, type RecordHistory } from "./arbitrariesRecords";

export interface StoredHistories {
  /** With the ids of the database; ancestors first. */
  readonly order: readonly CommitId[];
  readonly commits: MemoryCommitGraph;
  /** The operations of each record, as they are stored. */
  readonly records: ReadonlyMap<RecordId, Pick<RecordHistory, "commits" | "operations">>;
}

/**
 * Writes the histories of records on one graph.
 * @param type the records' type, which exists
 */
export async function storeHistories(
  database: Database,
  type: string,
  histories: readonly RecordHistory[],
): Promise<StoredHistories> {
  const [{ commits: graph, order }] = histories as [RecordHistory];
  const named = histories.map((history) => ({ record: randomUUID(), history }));
  const ids = new Map<CommitId, CommitId>();
  const commits = new MemoryCommitGraph();
  await inTransaction(database, async (sql) => {
    const reserved = await reserveCommitIds(sql, order.length);
    order.forEach((commit, index) => ids.set(commit, reserved[index]!));
    const here = (found: Iterable<CommitId>) => [...found].map((commit) => ids.get(commit)!);
    const source = randomUUID();
    const written = order.map((commit) => {
      const parents = maximal(graph, graph.parents(commit));
      commits.add(ids.get(commit)!, graph.logicalTime(commit), here(parents));
      return {
        id: ids.get(commit)!,
        logicalTime: graph.logicalTime(commit),
        parents: here(parents),
        time: new Date(0),
        author: null,
        message: null,
        metadata: null,
        settles: [],
        imported: { source, name: String(commit) },
        changes: named.flatMap(({ record, history }) => {
          const operations = history.operations.filter((operation) => operation.commit === commit);
          return operations.length === 0 ? [] : [{ record, operations, parents: here(naiveHeads(history, parents)) }];
        }),
      };
    });
    await writeBulkCommits(sql, await ensureType(sql, type), written);
  });
  const { rows } = await database.pool.query<PlacedOperation & { readonly record: RecordId }>(
    `select o.record, o.id, o.path, o.operation, o.parameters, c.id as "commit", c.logical_time as "logicalTime"
     from omdb.operations o join omdb.operation_to_commit p on p.operation = o.id join omdb.commits c on c.id = p."commit"
     where c.id = any($1::bigint[])`,
    [[...ids.values()]],
  );
  rows.sort(compareCanonical);
  return {
    order: order.map((commit) => ids.get(commit)!),
    commits,
    records: new Map(
      named.map(({ record }) => [record, { commits, operations: rows.filter((row) => row.record === record) }]),
    ),
  };
}
