import DataLoader from "dataloader";

/**
 * Loads many keys of one kind at once within a document: all calls of one tick with the same name become one call of
 * `load`, which gives a result for each key, in order.
 */
export class Batch {
  private readonly loaders = new Map<string, DataLoader<unknown, unknown, unknown>>();

  /** Forgets what was loaded: after a mutation the rest of the document reads anew. */
  clear(): void {
    this.loaders.clear();
  }

  /**
   * @param name tells kinds apart: everything that `load` depends on but the key (arguments as JSON)
   * @param identity what makes two keys equal, where they are objects
   */
  load<K, V>(
    name: string,
    key: K,
    load: (keys: readonly K[]) => Promise<readonly (V | Error)[]>,
    identity?: (key: K) => string,
  ): Promise<V> {
    let loader = this.loaders.get(name) as DataLoader<K, V, unknown> | undefined;
    if (!loader) {
      loader = new DataLoader<K, V, unknown>(load, identity ? { cacheKeyFn: identity } : {});
      this.loaders.set(name, loader);
    }
    return loader.load(key);
  }
}
