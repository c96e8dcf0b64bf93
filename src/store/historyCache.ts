import { LRUCache } from "lru-cache";
import { versionKey, type Antichain } from "../core/antichain";
import { history } from "../core/graph";
import type { CommitId } from "../core/ids";
import type { CommitGraphCache } from "./commitGraphCache";

/** Commits of all cached histories together; at some 40 bytes each this bounds the cache to about 200 MiB. */
const MAXIMUM_COMMITS = 5_000_000;

/** H(V) as sets, for the versions read last: membership decides which operations make up a state. */
export class HistoryCache {
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
    await this.commits.ensure(version);
    const set = new Set(history(this.commits.graph, version));
    this.sets.set(key, set);
    return set;
  }
}
