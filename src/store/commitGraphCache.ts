/**
 * The commit graph of one process: in memory, filled on demand, ancestors first. Commits never change, so nothing is
 * ever invalidated.
 */
import { exclusive, MemoryCommitGraph } from "../core/graph";
import type { CommitId } from "../core/ids";
import type { Database } from "./database";
import { membersBefore, type FrontierChangeRow } from "./frontierLog";

interface CommitRow {
  readonly id: CommitId;
  readonly logicalTime: number;
  readonly parents: CommitId[];
}

const COMMIT_ROW = `
  select c.id, c.logical_time as "logicalTime",
    array(select e.parent from omdb.commit_to_commit e where e.child = c.id order by 1) as parents
  from omdb.commits c`;

export class CommitGraphCache {
  readonly graph = new MemoryCommitGraph();
  /** Every commit with an id up to here that was visible when it was reached has been read. */
  private watermark = 0;
  private loading: Promise<void> = Promise.resolve();

  constructor(private readonly database: Database) {}

  /**
   * Makes sure that these commits and all their ancestors are in the graph.
   * @returns those that do not exist
   */
  async ensure(commits: Iterable<CommitId>): Promise<CommitId[]> {
    const wanted = [...commits];
    const missing = () => wanted.filter((commit) => !this.graph.has(commit));
    if (missing().length === 0) return [];
    const load = this.loading.then(() => this.load(missing()));
    this.loading = load.catch(() => undefined);
    await load;
    return missing();
  }

  private async load(missing: readonly CommitId[]): Promise<void> {
    if (missing.length === 0) return;
    const rows = new Map<CommitId, CommitRow>();
    const collect = async (where: string, parameter: unknown) => {
      const found = await this.database.pool.query<CommitRow>(`${COMMIT_ROW} where ${where}`, [parameter]);
      for (const row of found.rows) rows.set(row.id, row);
    };
    const highest = missing.reduce((a, b) => Math.max(a, b));
    if (highest > this.watermark) await collect("c.id > $1", this.watermark);
    const reached = [...rows.keys()].reduce((a, b) => Math.max(a, b), this.watermark);
    // Ids become visible out of order: what was not there when the watermark passed it is read by name.
    let unknown = missing.filter((commit) => commit <= reached && !rows.has(commit));
    const asked = new Set<CommitId>();
    for (;;) {
      if (unknown.length > 0) await collect("c.id = any($1)", unknown);
      for (const commit of unknown) asked.add(commit);
      const parents = [...rows.values()].flatMap((row) => row.parents);
      unknown = [...new Set(parents)].filter(
        (parent) => !rows.has(parent) && !this.graph.has(parent) && !asked.has(parent),
      );
      if (unknown.length === 0) break;
    }
    const ordered = [...rows.values()].sort((a, b) => a.logicalTime - b.logicalTime || a.id - b.id);
    for (const row of ordered) if (!this.graph.has(row.id)) this.graph.add(row.id, row.logicalTime, row.parents);
    this.watermark = reached;
  }
}

/** The commits that entered a frontier's history with a change, in canonical order. */
export async function newCommitsOf(cache: CommitGraphCache, change: FrontierChangeRow): Promise<CommitId[]> {
  const before = membersBefore(change);
  await cache.ensure([...change.members, ...before]);
  return exclusive(cache.graph, change.members, before);
}

/** The commits that left a frontier's history with a change, in canonical order. */
export async function removedCommitsOf(cache: CommitGraphCache, change: FrontierChangeRow): Promise<CommitId[]> {
  const before = membersBefore(change);
  await cache.ensure([...change.members, ...before]);
  return exclusive(cache.graph, before, change.members);
}
