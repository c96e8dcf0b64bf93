import { LRUCache } from "lru-cache";
import { versionKey, type Antichain } from "../core/antichain";
import { historySet } from "../core/graph";
import type { CommitId } from "../core/ids";
import type { CommitGraphCache } from "./commitGraphCache";

/** Commits of all cached histories together; at some 40 bytes each this bounds the cache to about 200 MiB. */
const MAXIMUM_COMMITS = 5_000_000;

/** H(V) as sets, for the versions read last: membership decides which operations make up a state. */
export class HistoryCache {
  /** Those that are being made: all who ask at once wait for the same. */
  private readonly making = new Map<string, Promise<ReadonlySet<CommitId>>>();
  private readonly sets = new LRUCache<string, ReadonlySet<CommitId>>({
    maxSize: MAXIMUM_COMMITS,
    sizeCalculation: (set) => Math.max(1, set.size),
    max: 1_000,
  });

  constructor(private readonly commits: CommitGraphCache) {}

  /** All commits of a version's history, its members included. */
  async of(version: Antichain): Promise<ReadonlySet<CommitId>> {
    const key = versionKey(version);
    const cached = this.sets.get(key);
    if (cached) return cached;
    let making = this.making.get(key);
    if (!making) {
      making = this.make(key, version).finally(() => this.making.delete(key));
      this.making.set(key, making);
    }
    return making;
  }

  private async make(key: string, version: Antichain): Promise<ReadonlySet<CommitId>> {
    await this.commits.ensure(version);
    const set = historySet(this.commits.graph, version);
    this.sets.set(key, set);
    return set;
  }
}
