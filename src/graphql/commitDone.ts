import type { CommitResult } from "../store/commit";
import { readChangesByKey } from "../store/frontierPages";
import { frontierAfterMutation } from "./afterMutation";
import type { Context } from "./context";
import type { CommitDone } from "./types/commitPayload";

/** What a mutation did that commits, with the frontier after it. */
export async function commitDone(context: Context, frontier: string, result: CommitResult): Promise<CommitDone> {
  const { pool } = context.store.database;
  const [after, changes] = await Promise.all([
    frontierAfterMutation(context, frontier),
    result.sequence === null ? [] : readChangesByKey(pool, [{ frontier, sequence: result.sequence }]),
  ]);
  return { commit: result.commit, frontier: after, change: changes[0] ?? null, replayed: result.replayed };
}
