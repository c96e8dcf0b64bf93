/** Verification of everything that follows from operations and commits, and its repair. */
import type { RecordId } from "../../core/ids";
import { CommitGraphCache } from "../commitGraphCache";
import type { Database, Sql } from "../database";
import { withImportLock } from "../import/lock";
import { readAllTypes, type TypeRow } from "../typeTables";
import { checkCommitTimes } from "./commitTimes";
import { Differences, type Check, type Findings } from "./differences";
import { checkFrontierMembers } from "./frontierMembers";
import { checkFrontierSequences } from "./frontierSequences";
import { checkLatest, checkMisplaced } from "./latestRows";
import { checkReadsOf, checkStoredReads, lastReadBehind, type ReadKey } from "./operationReads";
import { checkCuts } from "./recordCuts";
import { readHistories, recordChunks } from "./recordChunks";
import { checkRecordWise, checkRecordWiseOfNoCommit } from "./recordWise";
import { inQuiet, inSnapshot } from "./transactions";

export interface VerifyOptions {
  /** Mends what is found. Imports wait until it is over; other writers for each portion that is mended. */
  readonly repair?: boolean;
  /** Ends it between two portions. */
  readonly signal?: AbortSignal;
  /** Begins a piece of work; the result is told how far it is. */
  readonly phase?: (label: string) => (done: number, total: number) => void;
  /** Called where a repair waits for an import to end. */
  readonly waiting?: () => void;
}

export interface Verified {
  readonly commits: number;
  readonly records: number;
  readonly found: Differences;
  /** What is not mended: all that was found without `repair`, and what no repair helps. */
  readonly left: Differences;
}

/** Rows of the large tables that are looked at at once. */
const STEP = 20_000;

/**
 * Compares each table that is derived with what operations, commits and logs give. Others may write meanwhile: each
 * portion is read in one snapshot. Memory holds the commit graph and one portion, which is one record at least.
 */
export async function verifyDatabase(database: Database, options: VerifyOptions = {}): Promise<Verified> {
  const verification = new Verification(database, options);
  if (options.repair !== true) return verification.run();
  // An import remembers cuts from one transaction to the next.
  return withImportLock(database, options.waiting ?? (() => undefined), () => verification.run());
}

class Verification {
  private readonly graph: CommitGraphCache;
  private readonly found = new Differences();
  private readonly left = new Differences();
  private commits = 0;
  private records = 0;

  constructor(
    private readonly database: Database,
    private readonly options: VerifyOptions,
  ) {
    this.graph = new CommitGraphCache(database, "made");
  }

  async run(): Promise<Verified> {
    await this.verifyCommits();
    await this.check(checkFrontierSequences);
    await this.check(checkFrontierMembers);
    await this.verifyReads();
    // Repairs of cuts delete operations that nothing else may name.
    if (this.options.repair) await this.check(checkRecordWiseOfNoCommit);
    for (const type of await readAllTypes(this.database.pool)) await this.verifyRecords(type);
    const { commits, records, found, left } = this;
    return { commits, records, found, left };
  }

  private phase(label: string): (done: number, total: number) => void {
    return this.options.phase?.(label) ?? (() => undefined);
  }

  private async check(check: Check): Promise<void> {
    this.options.signal?.throwIfAborted();
    const { differences } = await inSnapshot(this.database, check);
    if (differences.length === 0) return;
    if (!this.options.repair) {
      this.found.add(differences);
      this.left.add(differences);
      return;
    }
    const [found, left] = await inQuiet(this.database, async (sql) => {
      const now = await check(sql);
      for (const repair of now.repairs) await repair(sql);
      return [now.differences, (await check(sql)).differences] as const;
    });
    this.found.add(found);
    this.left.add(left);
  }

  private async verifyCommits(): Promise<void> {
    const tell = this.phase("commits");
    const total = await this.count(`select count(*) as count from omdb.commits`);
    for (let after = 0; ;) {
      const page = `select id from omdb.commits where id > $1 order by id limit ${STEP}`;
      const { last, count } = await this.page(page, after);
      if (last === null) break;
      await this.check(checkCommitTimes(this.graph, after, last));
      this.commits += count;
      tell(this.commits, Math.max(total, this.commits));
      after = last;
    }
  }

  private async verifyReads(): Promise<void> {
    const tell = this.phase("predicates");
    const most = (await this.count(`select max(id) as count from omdb.operations`)) || 0;
    for (let after = 0; after < most; after += STEP) {
      await this.check(checkReadsOf(after, after + STEP));
      tell(Math.min(after + STEP, most), most);
    }
    let after: ReadKey = { record: "00000000-0000-0000-0000-000000000000", commit: -1, operation: -1 };
    for (;;) {
      const last = await lastReadBehind(this.database.pool, after, STEP);
      if (!last) break;
      await this.check(checkStoredReads(after, last));
      after = last;
    }
  }

  private async verifyRecords(type: TypeRow): Promise<void> {
    const tell = this.phase(`records of ${type.name}`);
    for (const table of [type.snapshots, type.latest]) await this.check(checkMisplaced(table, type.name));
    const total = await this.count(`select count(*) as count from omdb.records where type = $1`, [type.name]);
    let done = 0;
    for await (const records of recordChunks(this.database.pool, type.name)) {
      await this.check((sql) => this.checkRecords(sql, type, records));
      done += records.length;
      this.records += records.length;
      tell(done, Math.max(total, done));
    }
  }

  private async checkRecords(sql: Sql, type: TypeRow, records: readonly RecordId[]): Promise<Findings> {
    const histories = await readHistories(sql, this.graph, records);
    // In the order in which they are mended: cuts are made anew from record-wise tables.
    const parts = [
      await checkRecordWise(sql, records, histories),
      await checkCuts(sql, type.snapshots, records, histories),
      await checkLatest(sql, this.graph, type.latest, records, histories),
    ];
    return {
      differences: parts.flatMap(({ differences }) => differences),
      repairs: parts.flatMap(({ repairs }) => repairs),
    };
  }

  private async count(text: string, values: unknown[] = []): Promise<number> {
    return (await this.database.pool.query<{ count: number }>(text, values)).rows[0]!.count;
  }

  private async page(text: string, after: number): Promise<{ last: number | null; count: number }> {
    const { rows } = await this.database.pool.query<{ last: number | null; count: number }>(
      `select max(id) as last, count(*) as count from (${text}) page`,
      [after],
    );
    return rows[0]!;
  }
}
