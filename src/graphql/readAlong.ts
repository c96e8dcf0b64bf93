/** Commits that streams tell, and what belongs to them, are read many at a time into what the process remembers. */
import type { CommitId } from "../core/ids";
import type { Told } from "../live/changes";
import { readCommitsTold, type CommitContents } from "../store/newChanges";
import type { Store } from "../store/store";
import type { NodeCache } from "./loaders";

/** Commits that are read at once at most; with what they contain, each reader may hold much. */
const AT_ONCE = { commits: 1_000, contents: 200 };

interface Remembering {
  readonly store: Store;
  readonly nodes: NodeCache;
}

/** Reads so much of the first of these commits as is not remembered yet. */
export async function readAlong(
  services: Remembering,
  commits: Iterable<CommitId>,
  tells: Exclude<Told, "changes">,
): Promise<void> {
  const { store, nodes } = services;
  const remembered = tells === "contents" ? nodes.operationLists : nodes.commits;
  const unknown = new Set<CommitId>();
  for (const commit of commits) {
    if (unknown.size === AT_ONCE[tells]) break;
    if (!remembered.has(commit)) unknown.add(commit);
  }
  if (unknown.size === 0) return;
  remember(services, await readCommitsTold(store.database.pool, [...unknown], tells === "contents"));
}

export function remember({ store, nodes }: Remembering, read: readonly CommitContents[]): void {
  for (const contents of read) {
    const { commit, parents } = contents;
    store.commits.offer({ id: Number(commit.id), logicalTime: Number(commit.logicalTime), parents });
    nodes.put(contents);
  }
}
