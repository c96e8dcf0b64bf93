/** Which records of a type a version's history touches, found from the commits of the history and not from the records. */
import { LRUCache } from "lru-cache";
import { versionKey, type Antichain } from "../core/antichain";
import { history, historySize } from "../core/graph";
import type { CommitId, RecordId } from "../core/ids";
import type { Database } from "./database";
import type { CommitGraphCache } from "./commitGraphCache";

/** Commits whose operations are looked up by one query. */
const CHUNK = 2_000;
/** Ids that are kept of all answers together, at some 100 bytes each. */
const CACHED_RECORDS = 500_000;

/** Histories never change, so neither do the answers: those given last are kept. */
export class TouchedRecords {
  private readonly lists = new LRUCache<string, readonly RecordId[]>({
    maxSize: CACHED_RECORDS,
    sizeCalculation: (records) => 1 + records.length,
  });

  constructor(
    private readonly database: Database,
    private readonly commits: CommitGraphCache,
  ) {}

  /**
   * @param most commits that the history may have for this to be worth it
   * @returns ascending by uuid; null where the history is longer
   */
  async of(version: Antichain, type: string, most: number): Promise<readonly RecordId[] | null> {
    const key = `${versionKey(version)} ${type}`;
    const kept = this.lists.get(key);
    if (kept) return kept;
    await this.commits.ensure(version);
    const { graph } = this.commits;
    if (historySize(graph, version) > most) return null;
    const touched = new Set<RecordId>();
    let chunk: CommitId[] = [];
    for (const commit of history(graph, version)) {
      chunk.push(commit);
      if (chunk.length < CHUNK) continue;
      await this.read(chunk, type, touched);
      chunk = [];
    }
    if (chunk.length > 0) await this.read(chunk, type, touched);
    const records = [...touched].sort();
    this.lists.set(key, records);
    return records;
  }

  private async read(commits: readonly CommitId[], type: string, touched: Set<RecordId>): Promise<void> {
    const { rows } = await this.database.pool.query<{ record: RecordId }>(
      `select distinct o.record from omdb.operation_to_commit c
       join omdb.operations o on o.id = c.operation
       join omdb.records r on r.id = o.record
       where c."commit" = any($1::bigint[]) and r.type = $2`,
      [commits, type],
    );
    for (const { record } of rows) touched.add(record);
  }
}
