/** The records of a type in portions, and the histories that their tables have to follow from. */
import type { PlacedOperation } from "../../core/canonicalOrder";
import type { RecordId } from "../../core/ids";
import type { CommitGraphCache } from "../commitGraphCache";
import type { Sql } from "../database";
import { TrueHistory } from "./recordHistory";

/** Records that are counted at once, and that one portion has at most. */
const MOST_RECORDS = 500;
/** Operations after which a portion ends, and bytes of their parameters as they are stored. */
const MOST_OPERATIONS = 20_000;
const MOST_BYTES = 16 * 1024 * 1024;

/** Portions of the records of a type, by uuid: each is one record at least. */
export async function* recordChunks(
  sql: Sql,
  type: string,
  mostBytes = MOST_BYTES,
): AsyncGenerator<RecordId[], void, undefined> {
  for (let after = "00000000-0000-0000-0000-000000000000"; ;) {
    const { rows } = await sql.query<{ id: RecordId; operations: number; bytes: number }>(
      `select r.id, o.operations, o.bytes
       from omdb.records r cross join lateral (
         select count(*) as operations, coalesce(sum(pg_column_size(o.parameters)), 0) as bytes
         from omdb.operations o where o.record = r.id
       ) o
       where r.type = $1 and r.id > $2::uuid order by r.id limit $3`,
      [type, after, MOST_RECORDS],
    );
    let chunk: RecordId[] = [];
    let [operations, bytes] = [0, 0];
    for (const row of rows) {
      if (chunk.length > 0 && (operations + row.operations > MOST_OPERATIONS || bytes + row.bytes > mostBytes)) {
        yield chunk;
        [chunk, operations, bytes] = [[], 0, 0];
      }
      chunk.push(row.id);
      operations += row.operations;
      bytes += row.bytes;
    }
    if (chunk.length > 0) yield chunk;
    if (rows.length < MOST_RECORDS) return;
    after = rows.at(-1)!.id;
  }
}

/**
 * From operations and commits alone.
 * @param graph with times that are made
 */
export async function readHistories(
  sql: Sql,
  graph: CommitGraphCache,
  records: readonly RecordId[],
): Promise<Map<RecordId, TrueHistory>> {
  const { rows } = await sql.query<Omit<PlacedOperation, "logicalTime"> & { record: RecordId }>(
    `select o.id, o.record, p."commit", o.path, o.operation, o.parameters
     from omdb.operations o join omdb.operation_to_commit p on p.operation = o.id
     where o.record = any($1::uuid[]) order by o.id`,
    [records],
  );
  await graph.ensure(new Set(rows.map((row) => row.commit)));
  const operations = new Map<RecordId, PlacedOperation[]>(records.map((record) => [record, []]));
  for (const { record, ...row } of rows) {
    operations.get(record)!.push({ ...row, logicalTime: graph.graph.logicalTime(row.commit) });
  }
  return new Map([...operations].map(([record, own]) => [record, new TrueHistory(graph.graph, record, own)]));
}
