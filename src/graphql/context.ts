/** What resolvers work with. One context for each operation, and a new one for each event of a subscription. */
import { initContextCache } from "@pothos/core";
import type { Live, LiveOptions } from "../live/live";
import { newCommitsOf } from "../store/commitGraphCache";
import { readNewChanges } from "../store/newChanges";
import type { ReadFrontier } from "../store/versions";
import type { Store } from "../store/store";
import { Batch } from "./batch";
import { FrontierSnapshots } from "./frontierSnapshots";
import { NodeCache, NodeLoaders } from "./loaders";
import { readAlong, remember } from "./readAlong";

/** What lives as long as the process. */
export interface Services {
  readonly store: Store;
  readonly live: Live;
  readonly nodes: NodeCache;
}

export interface Context extends Services {
  readonly batch: Batch;
  readonly load: NodeLoaders;
  /** Frontiers as this document sees them: each is read once. */
  readonly frontiers: FrontierSnapshots;
  readonly readFrontier: ReadFrontier;
  /** Of a subscription that its client takes up again: where it goes on, in the place of its `after`. */
  readonly lastEventId?: string | undefined;
}

export const createServices = (store: Store, live: Live, nodes = new NodeCache()): Services => ({ store, live, nodes });

/** How streams read what they tell, so that what is selected of it is mostly there already. */
export const liveReaders = (
  store: Store,
  nodes: NodeCache,
): Required<Pick<LiveOptions, "newCommitsOf" | "readAhead" | "readNewChanges">> => ({
  newCommitsOf: (change) => newCommitsOf(store.commits, change),
  readAhead: async (changes, tells) => {
    if (tells === "changes") return;
    const joined = changes.flatMap((change) => change.joined);
    await readAlong({ store, nodes }, joined, tells);
  },
  readNewChanges: async (frontier, after, limit) => {
    const { changes, joined } = await readNewChanges(store.database.pool, frontier, after, limit);
    remember({ store, nodes }, joined);
    return changes;
  },
});

export function createContext(services: Services): Context {
  const frontiers = new FrontierSnapshots(services.store);
  return {
    store: services.store,
    live: services.live,
    nodes: services.nodes,
    batch: new Batch(),
    load: new NodeLoaders(services),
    frontiers,
    readFrontier: (name) => frontiers.row(name),
    // As the last one: in front it makes an object that is a hundred times as dear.
    ...initContextCache(),
  };
}
