import fc from "fast-check";
import { compareCanonical, type PlacedOperation } from "../../src/core/canonicalOrder";
import { equalJson } from "../../src/core/equality";
import type { State } from "../../src/core/json";
import { applyOperation } from "../../src/core/operation";
import { replay } from "../../src/core/replay";
import { check, state } from "../support/arbitraries";
import { randomGraph } from "../support/arbitrariesGraphs";
import { effectFrom, intent } from "../support/arbitrariesOperations";
import { naiveApply } from "./operations/naive";

const equalStates = (a: State, b: State): boolean => (a === undefined || b === undefined ? a === b : equalJson(a, b));

/** Operations on random commits of a random graph, each made on what a replay in the order of making leaves. */
const placed = fc
  .tuple(randomGraph(), fc.array(fc.tuple(intent(), fc.nat()), { maxLength: 12 }), state, fc.infiniteStream(fc.nat()))
  .map(([{ graph, commits }, choices, start, shuffle]) => {
    let current = start;
    const operations = choices.map(([one, pick], index): PlacedOperation => {
      const commit = commits[pick % commits.length]!;
      const effect = effectFrom(one, current);
      current = applyOperation(current, effect);
      return { ...effect, commit, logicalTime: graph.logicalTime(commit), id: index + 1 };
    });
    const shuffled = operations
      .map((operation) => [shuffle.next().value as number, operation] as const)
      .sort(([a], [b]) => a - b)
      .map(([, operation]) => operation);
    return { start, operations, shuffled };
  });

describe("canonical order", () => {
  it("compares logical times, then commits, then operations", () => {
    const at = (logicalTime: number, commit: number, id: number) => ({ logicalTime, commit, id });
    const sorted = [at(0, 9, 9), at(1, 2, 8), at(1, 3, 6), at(1, 3, 7), at(2, 1, 1)];
    expect(sorted.toReversed().sort(compareCanonical)).toEqual(sorted);
    expect(compareCanonical(at(1, 1, 1), at(1, 1, 1))).toBe(0);
  });

  it("extends ancestry", () => {
    check(
      fc.property(randomGraph(), ({ graph, commits }) => {
        const order = commits
          .map((commit) => ({ logicalTime: graph.logicalTime(commit), commit, id: 1 }))
          .sort(compareCanonical)
          .map(({ commit }) => commit);
        for (const commit of commits) {
          for (const parent of graph.parents(commit)) expect(order.indexOf(parent)).toBeLessThan(order.indexOf(commit));
        }
      }),
    );
  });
});

describe("replay", () => {
  it("starts from nothing, or from a state", () => {
    expect(replay([])).toBeUndefined();
    expect(replay([], { a: 1 })).toEqual({ a: 1 });
    const place = { logicalTime: 0, commit: 1, id: 1 };
    expect(replay([{ ...place, path: [], operation: "create", parameters: { value: { a: 1 } } }])).toEqual({ a: 1 });
    expect(replay([{ ...place, path: ["a"], operation: "increment", parameters: { by: 2 } }], { a: 1 })).toEqual({
      a: 3,
    });
  });

  it("is the naive replay, in whatever order the operations come", () => {
    check(
      fc.property(placed, ({ start, operations, shuffled }) => {
        let expected = start;
        let rest = [...operations];
        while (rest.length > 0) {
          // The first of the rest, by comparing all.
          const first = rest.reduce((a, b) => {
            if (a.logicalTime !== b.logicalTime) return a.logicalTime < b.logicalTime ? a : b;
            if (a.commit !== b.commit) return a.commit < b.commit ? a : b;
            return a.id < b.id ? a : b;
          });
          rest = rest.filter((operation) => operation !== first);
          const result = naiveApply(expected, first);
          if (result !== "refused") expected = result.state;
        }
        Object.freeze(shuffled);
        expect(equalStates(replay(shuffled, start), expected)).toBe(true);
        expect(equalStates(replay(operations, start), expected)).toBe(true);
      }),
      5,
    );
  });

  it("goes on from where a replay of what stands before ended", () => {
    check(
      fc.property(placed, fc.nat({ max: 12 }), ({ start, operations }, cut) => {
        const sorted = [...operations].sort(compareCanonical);
        const halfway = replay(sorted.slice(0, cut), start);
        expect(equalStates(replay(sorted.slice(cut), halfway), replay(operations, start))).toBe(true);
      }),
    );
  });

  it("fails for a kind that is not registered", () => {
    const unknown = { logicalTime: 0, commit: 1, id: 1, path: [], operation: "vanish", parameters: {} };
    expect(() => replay([unknown])).toThrow("No operation kind named vanish is registered.");
  });
});
