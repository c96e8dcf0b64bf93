import DataLoader from "dataloader";
import type { CommitId } from "../core/ids";
import type { Moment } from "../live/filtered";
import { compareCodePoints } from "../core/order";
import { countMemberships, readMemberships } from "../store/frontierPages";
import { readFrontiers, type FrontierRow } from "../store/frontiers";
import type { Store } from "../store/store";
import { presentOf, type Version } from "../store/versions";
import { windowOf, type Window } from "../store/window";

/** A frontier as one document sees it: members, sequence, cursor, records and views belong together. */
export interface FrontierSnapshot extends FrontierRow {
  readonly version: Version;
}

/** Reads each frontier once for a document; those of one tick in one query. */
export class FrontierSnapshots {
  private readonly met = new Map<string, Promise<FrontierRow | undefined>>();
  private loader: DataLoader<string, FrontierRow | undefined> | undefined;

  constructor(private readonly store: Store) {}

  private get rows(): DataLoader<string, FrontierRow | undefined> {
    return (this.loader ??= new DataLoader(
      async (names) => {
        const rows = await readFrontiers(this.store.database.pool, names);
        return names.map((name) => rows.get(name));
      },
      { cacheMap: this.met },
    ));
  }

  /** Deleted ones included. */
  row(name: string): Promise<FrontierRow | undefined> {
    return this.rows.load(name);
  }

  /** Null where it does not exist or is deleted. */
  async find(name: string): Promise<FrontierSnapshot | null> {
    const row = await this.row(name);
    return row && !row.deleted ? this.snapshot(row) : null;
  }

  /** A frontier whose log is being read: after its deletion what it was last. */
  async last(name: string): Promise<FrontierSnapshot> {
    const row = await this.row(name);
    if (!row) throw new Error(`frontier ${name} vanished`);
    return this.snapshot(row);
  }

  /** A frontier as it was right after one of its changes; what the log does not tell of it is as it is now. */
  async asOf({ frontier, sequence, members }: Moment): Promise<FrontierSnapshot> {
    const row = await this.row(frontier);
    if (!row) throw new Error(`frontier ${frontier} vanished`);
    // Rows that ended are not kept for long.
    const materialised = row.materialised && row.sequence === sequence;
    return this.snapshot({ ...row, sequence, members: [...members], materialised });
  }

  private async snapshot(row: FrontierRow): Promise<FrontierSnapshot> {
    return { ...row, version: await presentOf(this.store, row) };
  }

  /**
   * The names of the frontiers of which each commit is a member, a page for each: of frontiers that the document has met
   * as it met them, of the others as they are now, and from now on.
   */
  async memberships(commits: readonly CommitId[], window: Window<string>): Promise<string[][]> {
    for (;;) {
      const { names, alive } = await this.metSoFar();
      const pages = await readMemberships(this.store.database.pool, commits, window, names);
      for (const row of pages.flat()) this.rows.prime(row.name, Promise.resolve(row));
      const rows = pages.flat();
      const kept = await Promise.all(rows.map(async (row) => (await this.row(row.name))?.sequence === row.sequence));
      // A frontier that the document met elsewhere meanwhile may have moved in between.
      if (kept.includes(false)) continue;
      return pages.map((page, index) => {
        const member = commits[index] as CommitId;
        const found = [...page, ...alive.filter((row) => row.members.includes(member))].map((row) => row.name);
        return windowOf(found.sort(compareCodePoints), window, (name) => name, compareCodePoints);
      });
    }
  }

  /** Of how many frontiers each commit is a member, in the same sense. */
  async countMemberships(commits: readonly CommitId[]): Promise<number[]> {
    const { names, alive } = await this.metSoFar();
    const counts = await countMemberships(this.store.database.pool, commits, names);
    return counts.map((count, index) => {
      const member = commits[index] as CommitId;
      return count + alive.filter((row) => row.members.includes(member)).length;
    });
  }

  private async metSoFar(): Promise<{ readonly names: string[]; readonly alive: FrontierRow[] }> {
    const names = [...this.met.keys()];
    const rows = await Promise.all(this.met.values());
    return { names, alive: rows.filter((row) => row !== undefined && !row.deleted) as FrontierRow[] };
  }

  /** Forgets all that was read. */
  clear(): void {
    this.rows.clearAll();
  }

  /** After a mutation: the document goes on with frontiers as they are now. */
  async refresh(name: string): Promise<FrontierSnapshot> {
    this.rows.clearAll();
    const snapshot = await this.find(name);
    if (!snapshot) throw new Error(`frontier ${name} vanished`);
    return snapshot;
  }
}
