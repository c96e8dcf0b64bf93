/** A page of a list that is ordered by a key: what Relay's first, after, last and before come down to. */
export interface Window<Key> {
  /** How many items to read: one more than the page holds, to know whether there are more. */
  readonly limit: number;
  /** Only items behind it. */
  readonly after?: Key;
  /** Only items in front of it. */
  readonly before?: Key;
  /** Read from the end; the items come in reverse order. */
  readonly backward: boolean;
}

/** The window of an ordered array; `compare` gives the order of a key and an item's key. */
export function windowOf<T, Key>(
  items: readonly T[],
  window: Window<Key>,
  keyOf: (item: T) => Key,
  compare: (a: Key, b: Key) => number,
): T[] {
  const { after, before } = window;
  const inside = items.filter(
    (item) =>
      (after === undefined || compare(keyOf(item), after) > 0) &&
      (before === undefined || compare(keyOf(item), before) < 0),
  );
  return (window.backward ? inside.reverse() : inside).slice(0, window.limit);
}
