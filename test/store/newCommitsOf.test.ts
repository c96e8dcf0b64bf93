/** What enters a frontier's history with a change, by the graph in memory, is what a walk finds. */
import fc from "fast-check";
import { type MemoryCommitGraph } from "../../src/core/graph";
import { CommitGraphCache, newCommitsOf } from "../../src/store/commitGraphCache";
import type { Database } from "../../src/store/database";
import type { FrontierChangeRow } from "../../src/store/frontierLog";
import { check } from "../support/arbitraries";
import { seeded } from "../support/seeded";
import { shape, SHAPES } from "../support/shapes";

const HISTORY = fc.record({ name: fc.constantFrom(...SHAPES), size: fc.integer({ min: 1, max: 40 }), seed: fc.nat() });

test("of any two versions, near each other or far", () => {
  let single = 0;
  check(
    fc.property(
      HISTORY,
      fc.array(fc.nat(), { maxLength: 3 }),
      fc.array(fc.nat(), { maxLength: 3 }),
      (of, one, other) => {
        const made = shape(of.name, of.size, seeded(of.seed));
        const cache = new CommitGraphCache(undefined as unknown as Database);
        const graph: MemoryCommitGraph = cache.graph;
        const past: Set<number>[] = [];
        for (const [place, parents] of made.entries()) {
          const times = parents.map((parent) => graph.logicalTime(parent + 1) + 1);
          graph.add(
            place + 1,
            Math.max(0, ...times),
            parents.map((parent) => parent + 1),
          );
          past.push(new Set([place, ...parents.flatMap((parent) => [...past[parent]!])]));
        }
        /** The maximal ones of some places, and everything in their histories. */
        const versionOf = (chosen: readonly number[]) => {
          const places = [...new Set(chosen.map((number) => number % made.length))];
          const maximal = places.filter((place) => !places.some((above) => above !== place && past[above]!.has(place)));
          return {
            members: maximal.map((place) => place + 1).sort((a, b) => a - b),
            history: new Set(maximal.flatMap((place) => [...past[place]!])),
          };
        };
        const [before, after] = [versionOf(one), versionOf(other)];
        const change = {
          members: after.members,
          joined: after.members.filter((member) => !before.members.includes(member)),
          left: before.members.filter((member) => !after.members.includes(member)),
        } as FrontierChangeRow;
        const expected = [...after.history]
          .filter((place) => !before.history.has(place))
          .map((place) => place + 1)
          .sort((a, b) => graph.logicalTime(a) - graph.logicalTime(b) || a - b);
        if (expected.length === 1) single += 1;
        expect(newCommitsOf(cache, change)).toEqual(expected);
      },
    ),
  );
  expect(single).toBeGreaterThan(0);
});
