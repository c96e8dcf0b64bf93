/** A binary heap: `pop` gives the item that comes first. */
export class Heap<T> {
  readonly #items: T[] = [];
  readonly #compare: (a: T, b: T) => number;

  /** @param compare negative where `a` comes before `b` */
  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  /** What `pop` would give. */
  get first(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    const items = this.#items;
    let index = items.length;
    items.push(item);
    while (index > 0) {
      const above = (index - 1) >> 1;
      if (this.#compare(items[above]!, item) <= 0) break;
      items[index] = items[above]!;
      index = above;
    }
    items[index] = item;
  }

  /** The first item, which leaves the heap; undefined where it is empty. */
  pop(): T | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop()!;
    if (items.length === 0) return first;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      if (below >= items.length) break;
      if (below + 1 < items.length && this.#compare(items[below + 1]!, items[below]!) < 0) below += 1;
      if (this.#compare(last, items[below]!) <= 0) break;
      items[index] = items[below]!;
      index = below;
    }
    items[index] = last;
    return first;
  }
}
