/** What happens to the records that are measured: the same every time. */
import type { Effect } from "../../src/core/operation";

export interface Workload {
  readonly name: string;
  /** What a commit does; the one at place 0 creates the record. */
  effectAt(place: number, random: () => number): Effect;
}

const create = (value: Record<string, unknown>): Effect => ({
  path: [],
  operation: "create",
  parameters: { value: value as never },
});

const pick = (random: () => number, count: number): number => Math.floor(random() * count);

/** Sixteen members, written over and counted up: a task, an account, a seat. */
export const fields: Workload = {
  name: "overwritten fields",
  effectAt: (place, random): Effect => {
    if (place === 0)
      return create(Object.fromEntries(Array.from({ length: 16 }, (_, member) => [`field${member}`, 0])));
    const path: string[] = [`field${pick(random, 16)}`];
    if (random() < 0.5) return { path, operation: "put", parameters: { value: pick(random, 1_000_000) } };
    return { path, operation: "increment", parameters: { by: 1 + pick(random, 9) } };
  },
};

/** Three counters in a record of 100 kB, for which no snapshot is worth its bytes for long. */
export const counters: Workload = {
  name: "counters in 100 kB",
  effectAt: (place, random) =>
    place === 0
      ? create({ a: 0, b: 0, c: 0, text: "x".repeat(100_000) })
      : { path: ["abc"[pick(random, 3)]!], operation: "increment", parameters: { by: 1 } },
};

/** Nothing is ever written over. */
export const newFields: Workload = {
  name: "ever new fields",
  effectAt: (place, random) =>
    place === 0
      ? create({})
      : { path: [`m${place}`], operation: "put", parameters: { value: pick(random, 1_000_000) } },
};

/** Elements put into a list, and some taken out. */
export const list: Workload = {
  name: "a list",
  effectAt: (place, random): Effect => {
    if (place === 0) return create({ list: [] });
    const parameters = {
      index: pick(random, Math.max(1, place >> 1)),
      remove: random() < 0.3 ? 1 : 0,
      insert: [place],
    };
    return { path: ["list"], operation: "splice", parameters };
  },
};
