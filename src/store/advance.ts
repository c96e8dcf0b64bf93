/** Moving a frontier on: its log row, its members, its rows, and the merge commit that keeps its heads few. */
import { maximal, type Antichain } from "../core/antichain";
import type { CommitId, RecordId } from "../core/ids";
import { reserveCommitIds } from "./bulkCommits";
import { together, type Sql } from "./database";
import { appendChange, type ChangeCause, type FrontierChangeRow } from "./frontierLog";
import type { FrontierRow } from "./frontiers";
import { writeVersions } from "./latest";
import type { RecordVersion } from "./recordStates";
import type { Store } from "./store";
import type { TypeRow } from "./typeTables";
import { writeCommit } from "./writeCommit";

export interface Advance {
  readonly cause: ChangeCause;
  readonly members: Antichain;
  readonly author: string | null;
  readonly message: string | null;
  /** What the frontier holds now of the records that changed; needed where it has rows of its own. */
  readonly changed: readonly RecordVersion[];
  /** Gives the type of each of these, where they are known. */
  readonly typeOf?: (record: RecordId) => TypeRow;
}

/**
 * Writes a change of a frontier whose row the caller has locked. More members than the limit of heads are joined by a
 * merge commit without operations, in the same change.
 */
export async function advance(
  store: Store,
  sql: Sql,
  frontier: FrontierRow,
  { cause, members, author, message, changed, typeOf }: Advance,
): Promise<FrontierChangeRow> {
  const kept = members.length > store.limits.heads ? [await joinHeads(sql, members)] : members;
  const [change] = await together(
    appendChange(sql, frontier, { cause, members: kept, author, message }),
    frontier.materialised
      ? writeVersions(sql, frontier.name, frontier.sequence + 1, changed, typeOf)
      : Promise.resolve(),
  );
  return change;
}

async function joinHeads(sql: Sql, members: readonly CommitId[]): Promise<CommitId> {
  const [id] = await reserveCommitIds(sql, 1);
  await writeCommit(sql, {
    id: id!,
    parents: members,
    author: null,
    message: `Joins the frontier's ${members.length} heads.`,
    metadata: undefined,
    created: [],
    operations: [],
    recordParents: new Map(),
  });
  return id!;
}

/** The members of a frontier together with other commits. */
export function joined(store: Store, frontier: FrontierRow, commits: readonly CommitId[]): Antichain {
  return maximal(store.commits.graph, [...frontier.members, ...commits]);
}
