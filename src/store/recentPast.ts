/** What a commit on an older version asks of a frontier: the records as they were there, and what happened to them since. */
import { maximal } from "../core/antichain";
import { exclusive } from "../core/graph";
import type { CommitId, RecordId } from "../core/ids";
import { applyAll } from "../core/operation";
import { JoinedWindows, startOfWindows, type BasedWindow } from "./basedWindows";
import type { Sql } from "./database";
import type { RecordVersion } from "./recordStates";
import type { Store } from "./store";
import type { TypeRow } from "./typeTables";
import type { Version } from "./versions";

/** Reads no more of a record than what lies between the two versions, and that once. */
export class RecentPast {
  /** The commits of the frontier's history that the older version does not have. */
  readonly unseen: ReadonlySet<CommitId>;
  /** A logical time that none of them is below, nor a commit on the older version. */
  readonly start: number;
  readonly #windows: JoinedWindows;

  /**
   * @param frontier in the graph of the store
   * @param parents in the frontier's history
   */
  constructor(
    readonly store: Store,
    readonly sql: Sql,
    readonly frontier: Version,
    readonly parents: Version,
  ) {
    const { graph } = store.commits;
    const unseen = exclusive(graph, frontier.commits, parents.commits);
    const next = Math.max(-1, ...parents.commits.map((commit) => graph.logicalTime(commit))) + 1;
    const [first] = unseen;
    this.unseen = new Set(unseen);
    this.start = startOfWindows(first === undefined ? next : Math.min(next, graph.logicalTime(first)));
    this.#windows = new JoinedWindows(store, sql, [frontier], this.start);
  }

  /**
   * The records in the frontier.
   * @param types of all the records, where they are known
   */
  windows(records: readonly RecordId[], types?: readonly TypeRow[]): Promise<BasedWindow[]> {
    return this.#windows.based(records, types);
  }

  /** The records in the older version; one that it does not know has no heads and no state. */
  async atParents(records: readonly RecordId[], types?: readonly TypeRow[]): Promise<Map<RecordId, RecordVersion>> {
    const found = new Map<RecordId, RecordVersion>();
    for (const { record, operations, cut, base } of await this.windows(records, types)) {
      const seen = operations.filter(({ commit }) => !this.unseen.has(commit));
      const heads = maximal(this.store.commits.graph, [...cut, ...seen.map(({ commit }) => commit)]);
      found.set(record, { record, heads: [...heads], state: applyAll(base, seen) });
    }
    return found;
  }
}
