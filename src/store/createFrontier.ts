import { appendChange, type FrontierChangeRow } from "./frontierLog";
import { onFrontier } from "./frontierQueue";
import { insertFrontier, lockFrontierRow, refuseStale } from "./frontiers";
import { placeRows } from "./inherit";
import { refuseInconsistent } from "./mergeJudgement";
import type { Store } from "./store";
import type { Version } from "./versions";

export interface CreateFrontierRequest {
  readonly name: string;
  readonly version: Version;
  readonly locked: boolean;
  readonly author: string | null;
  readonly message: string | null;
}

/**
 * Makes a frontier of a version, which inherits what other frontiers have rows for.
 * @throws AlreadyExists; Conflicted where the version's commits cannot stand together
 */
export async function createFrontier(store: Store, request: CreateFrontierRequest): Promise<FrontierChangeRow> {
  return onFrontier(store.database, request.name, async (sql) => {
    await refuseInconsistent(store, sql, request.version);
    const frontier = await insertFrontier(sql, request.name, { locked: request.locked, materialised: true }, ["name"]);
    await placeRows(store, sql, frontier, request.version);
    return appendChange(sql, frontier, {
      cause: "CREATE",
      members: request.version.commits,
      author: request.author,
      message: request.message,
    });
  });
}

export interface LockFrontierRequest {
  readonly name: string;
  readonly locked: boolean;
  readonly expectedSequence?: number | null;
  readonly author: string | null;
  readonly message: string | null;
}

/**
 * Locks or unlocks a frontier. One that is so already stays as it is, without a change in its log.
 * @returns the change, or null where nothing changed
 * @throws NotFound, StaleSequence
 */
export async function setFrontierLock(store: Store, request: LockFrontierRequest): Promise<FrontierChangeRow | null> {
  return onFrontier(store.database, request.name, async (sql) => {
    const frontier = await lockFrontierRow(sql, request.name, ["name"]);
    refuseStale(frontier, request.expectedSequence);
    if (frontier.locked === request.locked) return null;
    await sql.query(`update omdb.frontiers set locked = $2 where id = $1`, [frontier.name, request.locked]);
    return appendChange(sql, frontier, {
      cause: request.locked ? "LOCK" : "UNLOCK",
      members: frontier.members,
      author: request.author,
      message: request.message,
    });
  });
}
