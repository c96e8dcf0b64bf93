/** Lists of commits: from keys or numbers to rows. */
import type { CommitId } from "../core/ids";
import { commitWindow, type CommitKey } from "../store/commitPages";
import type { Commit } from "../store/prisma/client";
import {
  connectionOf,
  nodesOf,
  readPage,
  withNodes,
  type Connection,
  type CursorFormat,
  type PageArguments,
} from "./connections";
import type { Context } from "./context";

export const idOf = (commit: Pick<Commit, "id">): CommitId => Number(commit.id);

/** Puts the commits in the place of their keys. */
export async function withCommits(
  { load }: Context,
  connection: Connection<CommitKey | CommitId>,
): Promise<Connection<Commit>> {
  const ids = nodesOf(connection).map((key) => (typeof key === "number" ? key : key.commit));
  return withNodes(connection, await load.existingCommits(ids));
}

/** The key of a commit that is in the graph. */
export const keyOfCommit =
  ({ store }: Context) =>
  (commit: CommitId): CommitKey => ({ commit, logicalTime: store.commits.graph.logicalTime(commit) });

/** A page of a history that is known as keys, newest first. */
export function pageOfHistory(
  context: Context,
  format: CursorFormat<CommitKey>,
  keys: readonly CommitKey[],
  args: PageArguments,
): Promise<Connection<Commit>> {
  const page = readPage(args, format, context.store.limits);
  const items = commitWindow(keys, page.window);
  return withCommits(
    context,
    connectionOf(
      page,
      items,
      (key) => key,
      () => keys.length,
    ),
  );
}
