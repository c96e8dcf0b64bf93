import { IdColumn } from "./growing";

/** Fibonacci hashing: 2^32 divided by the golden ratio. Keys that follow each other come to lie far apart. */
const GOLDEN = 0x9e3779b1;
/** Ids that follow each other share a line of slots, so that looking them up one after the other stays in the cache. */
const LINE_BITS = 4;
const FULL = 0.8;

/**
 * Where ids stand: a hash table with open addressing in typed arrays, 9 to 14 bytes an id, 13 to 18 beyond 2^32. Ids
 * are safe integers, each added once; their position is how many were added before.
 */
export class Positions {
  readonly #ids = new IdColumn();
  /** Position + 1, 0 for an empty slot. */
  #slots = new Int32Array(32);
  /** What is left of a 32-bit hash when it is shifted by this names a line. */
  #shift = 31;

  get size(): number {
    return this.#ids.length;
  }

  /** The id at a position that is there. */
  at(position: number): number {
    return this.#ids.values[position]!;
  }

  /** Undefined for an id that was not added. */
  find(id: number): number | undefined {
    const slots = this.#slots;
    const ids = this.#ids.values;
    const last = slots.length - 1;
    for (let slot = this.#home(id); ; slot = (slot + 1) & last) {
      const entry = slots[slot]!;
      if (entry === 0) return undefined;
      if (ids[entry - 1] === id) return entry - 1;
    }
  }

  /** Adds an id that is not there yet. */
  add(id: number): void {
    this.#ids.push(id);
    if (this.#ids.length > this.#slots.length * FULL) this.#grow();
    else this.#place(id, this.#ids.length);
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    this.#shift -= 1;
    for (let position = 0; position < this.#ids.length; position++) this.#place(this.at(position), position + 1);
  }

  #place(id: number, entry: number): void {
    const slots = this.#slots;
    const last = slots.length - 1;
    let slot = this.#home(id);
    while (slots[slot] !== 0) slot = (slot + 1) & last;
    slots[slot] = entry;
  }

  #home(id: number): number {
    const low = id >>> 0;
    const high = id > 0xffffffff ? Math.floor(id / 0x100000000) : 0;
    const line = Math.imul((low >>> LINE_BITS) ^ Math.imul(high, 0x85ebca6b), GOLDEN) >>> this.#shift;
    return (line << LINE_BITS) | (low & ((1 << LINE_BITS) - 1));
  }
}
