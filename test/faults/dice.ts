import { seeded } from "../support/seeded";

/** Chance that can be had again: a failing test names its seed, and OMDB_FAULT_SEED sets it. */
export interface Dice {
  readonly seed: number;
  /** From 0, below 1. */
  throw(): number;
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number;
}

export function dice(): Dice {
  const given = process.env["OMDB_FAULT_SEED"];
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  const roll = seeded(seed);
  return { seed, throw: roll, between: (least, most) => least + Math.floor(roll() * (most - least + 1)) };
}
