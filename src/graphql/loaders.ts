/**
 * Rows by id through Prisma, batched within a document. Commits, operations and identities of records never change, so
 * a bounded cache of the process serves them to every document.
 */
import DataLoader from "dataloader";
import { LRUCache } from "lru-cache";
import type { CommitId, OperationId, RecordId } from "../core/ids";
import type { Commit, Operation, PrismaClient, Record as RecordRow, RecordType } from "../store/prisma/client";
import type { CommitContents } from "../store/newChanges";
import type { Store } from "../store/store";

/** An operation with the commit that it stands in. */
export type OperationRow = Operation & { readonly commitId: bigint };

/** Bytes that cached operations may take, by the length of their JSON. */
const OPERATION_BYTES = 64 * 1024 * 1024;

export class NodeCache {
  readonly commits = new LRUCache<CommitId, Commit>({ max: 20_000 });
  readonly records = new LRUCache<RecordId, RecordRow>({ max: 50_000 });
  readonly operations = new LRUCache<OperationId, OperationRow>({
    maxSize: OPERATION_BYTES,
    sizeCalculation: (row) => 200 + JSON.stringify([row.parameters, row.predicates, row.path]).length,
  });
  /** All operations of commits that have few, ascending. */
  readonly operationLists = new LRUCache<CommitId, readonly OperationId[]>({ max: 20_000 });

  /** Takes in what was read of a commit on another way. */
  put({ commit, operations }: CommitContents): void {
    const number = Number(commit.id);
    this.commits.set(number, commit);
    if (!operations) return;
    for (const { operation, record } of operations) {
      this.operations.set(Number(operation.id), { ...operation, commitId: commit.id });
      this.records.set(record.id, record);
    }
    this.operationLists.set(
      number,
      operations.map(({ operation }) => Number(operation.id)),
    );
  }
}

/** Each is made when it is needed: an event of a stream has loaders of its own, and mostly needs none. */
export class NodeLoaders {
  private readonly prisma: PrismaClient;
  private readonly nodes: NodeCache;
  private ofCommits: DataLoader<CommitId, Commit | null> | undefined;
  private ofOperations: DataLoader<OperationId, OperationRow | null> | undefined;
  private ofRecords: DataLoader<RecordId, RecordRow | null> | undefined;
  private ofTypes: DataLoader<string, RecordType | null> | undefined;

  constructor({ store, nodes }: { readonly store: Store; readonly nodes: NodeCache }) {
    this.prisma = store.database.prisma;
    this.nodes = nodes;
  }

  get commits(): DataLoader<CommitId, Commit | null> {
    return (this.ofCommits ??= throughCache(this.nodes.commits, (ids) => commitRows(this.prisma, ids)));
  }

  get operations(): DataLoader<OperationId, OperationRow | null> {
    return (this.ofOperations ??= throughCache(this.nodes.operations, (ids) => operationRows(this.prisma, ids)));
  }

  get records(): DataLoader<RecordId, RecordRow | null> {
    return (this.ofRecords ??= throughCache(this.nodes.records, (ids) => recordRows(this.prisma, ids)));
  }

  get types(): DataLoader<string, RecordType | null> {
    return (this.ofTypes ??= new DataLoader(async (names) => {
      const rows = await this.prisma.recordType.findMany({ where: { name: { in: [...names] } } });
      const byName = new Map(rows.map((row) => [row.name, row]));
      return names.map((name) => byName.get(name) ?? null);
    }));
  }

  /** Commits that are known to exist; at once where the process has them all. */
  existingCommits(ids: readonly CommitId[]): Commit[] | Promise<Commit[]> {
    const { commits } = this.nodes;
    return (
      allAtOnce(commits, ids) ?? Promise.all(ids.map(async (id) => existing(await this.commits.load(id), "commit", id)))
    );
  }

  existingOperations(ids: readonly OperationId[]): OperationRow[] | Promise<OperationRow[]> {
    const { operations } = this.nodes;
    return (
      allAtOnce(operations, ids) ??
      Promise.all(ids.map(async (id) => existing(await this.operations.load(id), "operation", id)))
    );
  }

  async existingType(name: string): Promise<RecordType> {
    return existing(await this.types.load(name), "type", name);
  }

  existingRecord(id: RecordId): RecordRow | Promise<RecordRow> {
    return this.nodes.records.get(id) ?? this.records.load(id).then((row) => existing(row, "record", id));
  }
}

/** Undefined where one is missing. */
function allAtOnce<K extends string | number, V extends object>(
  cache: LRUCache<K, V>,
  keys: readonly K[],
): V[] | undefined {
  const found: V[] = [];
  for (const key of keys) {
    const value = cache.get(key);
    if (value === undefined) return undefined;
    found.push(value);
  }
  return found;
}

function existing<T>(row: T | null, what: string, id: string | number): T {
  if (row === null) throw new Error(`${what} ${id} is missing`);
  return row;
}

const commitRows = async (prisma: PrismaClient, ids: readonly CommitId[]): Promise<[CommitId, Commit][]> => {
  const rows = await prisma.commit.findMany({ where: { id: { in: ids.map(BigInt) } } });
  return rows.map((row) => [Number(row.id), row]);
};

const operationRows = async (
  prisma: PrismaClient,
  ids: readonly OperationId[],
): Promise<[OperationId, OperationRow][]> => {
  const rows = await prisma.operationToCommit.findMany({
    where: { operationId: { in: ids.map(BigInt) } },
    include: { operation: true },
  });
  return rows.map((row) => [Number(row.operationId), { ...row.operation, commitId: row.commitId }]);
};

const recordRows = async (prisma: PrismaClient, ids: readonly RecordId[]): Promise<[RecordId, RecordRow][]> => {
  const rows = await prisma.record.findMany({ where: { id: { in: [...ids] } } });
  return rows.map((row) => [row.id, row]);
};

function throughCache<K extends string | number, V extends object>(
  cache: LRUCache<K, V>,
  read: (keys: readonly K[]) => Promise<[K, V][]>,
): DataLoader<K, V | null> {
  return new DataLoader<K, V | null>(async (keys) => {
    const found = new Map<K, V>();
    const missing = keys.filter((key) => {
      const cached = cache.get(key);
      if (cached) found.set(key, cached);
      return !cached;
    });
    if (missing.length > 0) {
      for (const [key, value] of await read(missing)) {
        found.set(key, value);
        cache.set(key, value);
      }
    }
    return keys.map((key) => found.get(key) ?? null);
  });
}
