import { LRUCache } from "lru-cache";
import type { State } from "../core/json";
import { roughBytes } from "../core/size";

/** States by record and heads: they never change. About so much of memory is kept. */
const CACHED_BYTES = 128 * 1024 * 1024;

/** An entry's key and overhead. */
const ENTRY_BYTES = 200;

export class StateCache {
  private readonly states: LRUCache<string, { readonly state: State }>;

  constructor(bytes = CACHED_BYTES) {
    this.states = new LRUCache({
      maxSize: bytes,
      sizeCalculation: ({ state }) => ENTRY_BYTES + (state === undefined ? 0 : roughBytes(state)),
    });
  }

  get(key: string): { readonly state: State } | undefined {
    return this.states.get(key);
  }

  set(key: string, state: State): void {
    this.states.set(key, { state });
  }

  clear(): void {
    this.states.clear();
  }
}
