/** Chance that can be had again: a failing test names its seed, and OMDB_FAULT_SEED sets it. */
export interface Dice {
  readonly seed: number;
  /** From 0, below 1. */
  throw(): number;
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number;
}

/** Mulberry32: 32 bits of state are enough to choose where something breaks. */
export function dice(): Dice {
  const given = process.env["OMDB_FAULT_SEED"];
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  let state = seed;
  const roll = () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  return { seed, throw: roll, between: (least, most) => least + Math.floor(roll() * (most - least + 1)) };
}
