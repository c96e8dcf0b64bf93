/**
 * Collects commits and writes them in chunks, each in its own transaction: what is there is whole, and an import that is
 * interrupted goes on after the last chunk. One chunk is written while the next is collected.
 */
import { ID_BLOCK, writeBulkCommits, type BulkCommit } from "../bulkCommits";
import { CutBuilder } from "../cuts/cutBuilder";
import { storedCuts } from "../cuts/storedCuts";
import { inTransaction, type Database, type Sql } from "../database";
import { ensureType } from "../typeTables";

/** A chunk is written when it holds so many operations or commits, or about so many characters of parameters. */
const CHUNK = { operations: 5_000, commits: 1_000, characters: 16 * 1024 * 1024 };

export class CommitWriter {
  private pending: BulkCommit[] = [];
  private operations = 0;
  private characters = 0;
  private writing: Promise<void> = Promise.resolve();
  private failure: { readonly error: unknown } | null = null;
  private sql: Sql | undefined;
  /** Remembers the cuts of records from chunk to chunk. */
  private builder: CutBuilder | undefined;
  /** Records that were not in the database before. */
  created = 0;

  constructor(
    private readonly database: Database,
    private readonly type: string,
  ) {}

  async add(commit: BulkCommit): Promise<void> {
    this.pending.push(commit);
    for (const { operations } of commit.changes) {
      this.operations += operations.length;
      for (const { parameters } of operations) this.characters += JSON.stringify(parameters).length;
    }
    if (
      this.operations >= CHUNK.operations ||
      this.pending.length >= CHUNK.commits ||
      this.characters >= CHUNK.characters
    ) {
      await this.startWriting();
    }
  }

  /** Writes what is left, and waits until everything is committed. */
  async finish(): Promise<void> {
    await this.startWriting();
    await this.written();
  }

  /** Drops what is not being written yet, and waits until nothing is. Never rejects. */
  async abandon(): Promise<void> {
    this.pending = [];
    await this.writing;
  }

  private async startWriting(): Promise<void> {
    await this.written();
    const chunk = this.pending;
    if (chunk.length === 0) return;
    this.pending = [];
    this.operations = 0;
    this.characters = 0;
    let builder: CutBuilder | undefined;
    this.writing = inTransaction(this.database, async (sql) => {
      const type = await ensureType(sql, this.type);
      this.sql = sql;
      // What a transaction that failed had made is forgotten with the builder.
      builder = this.builder ?? new CutBuilder(storedCuts(() => this.sql!, ID_BLOCK));
      this.builder = undefined;
      return writeBulkCommits(sql, type, chunk, builder);
    }).then(
      (created) => {
        this.created += created;
        this.builder = builder;
      },
      (error: unknown) => void (this.failure = { error }),
    );
  }

  private async written(): Promise<void> {
    await this.writing;
    if (this.failure) throw this.failure.error;
  }
}
