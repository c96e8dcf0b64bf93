import { SEED } from "../support/seed";
import { seeded } from "../support/seeded";

/** Chance that can be had again: a failing test names its seed, and OMDB_PROPERTY_SEED sets it. */
export interface Dice {
  readonly seed: number;
  /** From 0, below 1. */
  throw(): number;
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number;
}

export function dice(): Dice {
  const roll = seeded(SEED);
  return { seed: SEED, throw: roll, between: (least, most) => least + Math.floor(roll() * (most - least + 1)) };
}
