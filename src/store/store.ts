/** What the functions of this folder work on: one database, its commit graph, the limits. One a process and database. */
import { LRUCache } from "lru-cache";
import type { RecordId } from "../core/ids";
import type { Limits } from "../core/limits";
import { CommitGraphCache } from "./commitGraphCache";
import { CutMemory } from "./cuts/cutMemory";
import type { Database } from "./database";
import { HistoryCache } from "./historyCache";
import { newDagCache } from "./recordDag";
import { StateCache } from "./stateCache";
import { SchemaCache } from "./schemaCache";
import { TouchedRecords } from "./touchedRecords";

export interface Store {
  readonly database: Database;
  readonly limits: Limits;
  readonly commits: CommitGraphCache;
  readonly histories: HistoryCache;
  readonly schemas: SchemaCache;
  readonly dags: ReturnType<typeof newDagCache>;
  readonly states: StateCache;
  /** Tables of snapshots, by record: a record's type never changes. */
  readonly snapshotTables: LRUCache<RecordId, string>;
  /** For the commits that come next. */
  readonly cuts: CutMemory;
  /** Versions in which every operation holds, by key. */
  readonly verdicts: LRUCache<string, true>;
  /** Versions that frontiers had, by key. */
  readonly stood: LRUCache<string, true>;
  readonly touched: TouchedRecords;
  /** Whether commits keep the cuts of records, as they have to. */
  readonly keepsCuts: boolean;
}

/** So many entries; with `max` the cache would take all its memory at once, and some milliseconds for it. */
const atMost = (entries: number) => ({ maxSize: entries, sizeCalculation: () => 1 });

/**
 * Opens nothing and reads nothing yet.
 * @param options.keepsCuts false only for the benchmark that measures what keeping the cuts of records costs a commit: what
 *   is written without is there for nobody but the frontier, old versions of its records cannot be read, nor changed ones
 *   be committed on again by a store that keeps cuts, before omdb verify --repair
 */
export function openStore(database: Database, limits: Limits, { keepsCuts = true } = {}): Store {
  const commits = new CommitGraphCache(database);
  return {
    database,
    limits,
    commits,
    histories: new HistoryCache(commits),
    schemas: new SchemaCache(),
    dags: newDagCache(),
    states: new StateCache(),
    snapshotTables: new LRUCache(atMost(100_000)),
    cuts: new CutMemory(),
    verdicts: new LRUCache(atMost(10_000)),
    stood: new LRUCache(atMost(10_000)),
    touched: new TouchedRecords(database, commits),
    keepsCuts,
  };
}
