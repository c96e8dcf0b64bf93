import DataLoader from "dataloader";
import { readFrontiers, type FrontierRow } from "../store/frontiers";
import type { Store } from "../store/store";
import { presentOf, type Version } from "../store/versions";

/** A frontier as one document sees it: members, sequence, cursor, records and views belong together. */
export interface FrontierSnapshot extends FrontierRow {
  readonly version: Version;
}

/** Reads each frontier once for a document; those of one tick in one query. */
export class FrontierSnapshots {
  private readonly rows: DataLoader<string, FrontierRow | undefined>;

  constructor(private readonly store: Store) {
    this.rows = new DataLoader(async (names) => {
      const rows = await readFrontiers(store.database.pool, names);
      return names.map((name) => rows.get(name));
    });
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

  private async snapshot(row: FrontierRow): Promise<FrontierSnapshot> {
    return { ...row, version: await presentOf(this.store, row) };
  }

  /** After a mutation: the document goes on with frontiers as they are now. */
  async refresh(name: string): Promise<FrontierSnapshot> {
    this.rows.clearAll();
    const snapshot = await this.find(name);
    if (!snapshot) throw new Error(`frontier ${name} vanished`);
    return snapshot;
  }
}
