/**
 * The commit graph of one process: in memory, filled on demand, ancestors first. Commits never change, so nothing is
 * ever invalidated.
 */
import { exclusive, MemoryCommitGraph } from "../core/graph";
import type { CommitId } from "../core/ids";
import type { Database } from "./database";
import { membersBefore, type FrontierChangeRow } from "./frontierLog";

export interface CommitRow {
  readonly id: CommitId;
  readonly logicalTime: number;
  readonly parents: readonly CommitId[];
}

/** Commits of one statement, as columns: lists take a fraction of the time of rows. */
interface Columns {
  readonly ids: CommitId[] | null;
  readonly times: number[] | null;
  readonly children: CommitId[] | null;
  readonly parents: CommitId[] | null;
}

/** How many commits are read at once: bounds what lies around between the database and the graph. */
const CHUNK = 20_000;
/** Unknown ancestors are read by name at first, then with their neighbours, more of them from round to round. */
const FIRST_BLOCK = 64;
const BLOCK_GROWTH = 8;

/** One statement, so that commits and edges are of one snapshot. */
const columnsOf = (chunk: string, edges: string): string => `
  with chunk as materialized (${chunk}), edges as materialized (${edges})
  select (select array_agg(id order by id) from chunk) as ids,
    (select array_agg(logical_time order by id) from chunk) as times,
    (select array_agg(child order by child, parent) from edges) as children,
    (select array_agg(parent order by child, parent) from edges) as parents`;

const AFTER = columnsOf(
  `select id, logical_time from omdb.commits where id > $1::bigint order by id limit $2`,
  `select child, parent from omdb.commit_to_commit
   where child > $1::bigint and child <= (select max(id) from chunk)`,
);

const BLOCKS = columnsOf(
  `select c.id, c.logical_time from unnest($1::bigint[]) as block(start)
   join omdb.commits c on c.id >= block.start and c.id < block.start + $2::bigint`,
  `select e.child, e.parent from chunk join omdb.commit_to_commit e on e.child = chunk.id`,
);

export class CommitGraphCache {
  readonly graph = new MemoryCommitGraph();
  /** Every commit with an id up to here that was visible when it was reached has been read. */
  private watermark = 0;
  private loading: Promise<void> = Promise.resolve();

  /** @param times "made": logical times as they follow from the parents, whatever is stored */
  constructor(
    private readonly database: Database,
    private readonly times: "stored" | "made" = "stored",
  ) {}

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

  /** Takes in a commit that was read on another way, where it can be placed; its history is known then. */
  offer({ id, logicalTime, parents }: CommitRow): void {
    const { graph } = this;
    // What is wrong with it is told to whoever needs it.
    const fits = (parent: CommitId) => graph.has(parent) && graph.logicalTime(parent) < logicalTime;
    if (!parents.every(fits)) return;
    graph.add(id, logicalTime, parents);
    // What is passed over is read by name.
    this.watermark = Math.max(this.watermark, id);
  }

  private async load(missing: readonly CommitId[]): Promise<void> {
    if (missing.length === 0) return;
    const waiting = new Map<CommitId, CommitRow>();
    await this.readUpTo(
      missing.reduce((a, b) => Math.max(a, b)),
      waiting,
    );
    // Ids become visible out of order: what was not there when the watermark passed it is read by name.
    const asked = new Set<CommitId>();
    for (let block = 1; ; block = block === 1 ? FIRST_BLOCK : Math.min(CHUNK, block * BLOCK_GROWTH)) {
      const unknown = new Set(missing.filter((commit) => !this.graph.has(commit) && !waiting.has(commit)));
      for (const row of waiting.values()) {
        for (const parent of row.parents) if (!this.graph.has(parent) && !waiting.has(parent)) unknown.add(parent);
      }
      for (const commit of asked) unknown.delete(commit);
      if (unknown.size === 0) return;
      for (const commit of unknown) asked.add(commit);
      const starts = new Set([...unknown].map((commit) => commit - (commit % block)));
      this.take(await this.read("omdb commit blocks", BLOCKS, [[...starts], block]), waiting);
    }
  }

  /** Reads on from the watermark until a commit is passed, or the end is reached. */
  private async readUpTo(commit: CommitId, waiting: Map<CommitId, CommitRow>): Promise<void> {
    let chunk = commit > this.watermark ? this.read("omdb commits after", AFTER, [this.watermark, CHUNK]) : undefined;
    while (chunk) {
      const columns: Columns = await chunk;
      const last = columns.ids?.at(-1) ?? this.watermark;
      const goesOn = columns.ids?.length === CHUNK && last < commit;
      // The database reads the next ones while these go into the graph.
      chunk = goesOn ? this.read("omdb commits after", AFTER, [last, CHUNK]) : undefined;
      chunk?.catch(() => undefined);
      this.take(columns, waiting);
      this.watermark = Math.max(this.watermark, last);
    }
  }

  private async read(name: string, text: string, values: unknown[]): Promise<Columns> {
    const { rows } = await this.database.pool.query<Columns>({ name, text, values });
    return rows[0] as Columns;
  }

  /** Adds what has all its parents there; the rest waits for them. */
  private take({ ids, times, children, parents }: Columns, waiting: Map<CommitId, CommitRow>): void {
    if (!ids || !times) return;
    let edge = 0;
    for (const [index, id] of ids.entries()) {
      const mine: CommitId[] = [];
      for (; children?.[edge] === id; edge++) mine.push(parents?.[edge] as CommitId);
      const row = { id, logicalTime: times[index] as number, parents: mine };
      if (!this.addIfComplete(row)) waiting.set(id, row);
    }
    for (let added = waiting.size > 0; added;) {
      added = false;
      for (const row of [...waiting.values()].sort((a, b) => a.logicalTime - b.logicalTime)) {
        if (!this.addIfComplete(row)) continue;
        waiting.delete(row.id);
        // Stored times that are wrong may have put children before their parents.
        added = this.times === "made";
      }
    }
  }

  private addIfComplete({ id, logicalTime, parents }: CommitRow): boolean {
    for (const parent of parents) if (!this.graph.has(parent)) return false;
    const { graph } = this;
    const made = () => parents.reduce((time, parent) => Math.max(time, graph.logicalTime(parent) + 1), 0);
    graph.add(id, this.times === "made" ? made() : logicalTime, parents);
    return true;
  }
}

/** The commits that entered a frontier's history with a change, in canonical order; at once where the graph knows them. */
export function newCommitsOf(cache: CommitGraphCache, change: FrontierChangeRow): CommitId[] | Promise<CommitId[]> {
  const { graph } = cache;
  if (isCommittedOnIt(cache, change)) return [...change.joined];
  const before = membersBefore(change);
  const entered = () => exclusive(graph, change.members, before);
  if (!change.members.every((member) => graph.has(member)) || !before.every((member) => graph.has(member))) {
    return cache.ensure([...change.members, ...before]).then(entered);
  }
  return entered();
}

/** Whether one commit joined, on members of the frontier, as most do: being a child of one, it is no ancestor of another. */
function isCommittedOnIt({ graph }: CommitGraphCache, { joined, left, members }: FrontierChangeRow): boolean {
  const [only] = joined;
  if (only === undefined || joined.length > 1 || !graph.has(only)) return false;
  const parents = graph.parents(only);
  return parents.length > 0 && parents.every((parent) => left.includes(parent) || members.includes(parent));
}

/** The commits that left a frontier's history with a change, in canonical order. */
export async function removedCommitsOf(cache: CommitGraphCache, change: FrontierChangeRow): Promise<CommitId[]> {
  const before = membersBefore(change);
  await cache.ensure([...change.members, ...before]);
  return exclusive(cache.graph, before, change.members);
}
