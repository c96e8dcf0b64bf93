import fc from "fast-check";
import {
  alignedTime,
  charge,
  coalescedBytes,
  compareTouches,
  effectBytes,
  isWorth,
  jumpOf,
  membersOf,
  nextTime,
  pairs,
  segmentOf,
  snapshotBytes,
  type Stacked,
  type Touch,
} from "../../src/core/cuts";
import type { Effect } from "../../src/core/operation";
import { storedBytes } from "../../src/core/size";
import { check } from "../support/arbitraries";

const effect: Effect = { path: ["n"], operation: "increment", parameters: { by: 1 } };
const touch = (commit: number, logicalTime: number, parents: number[] = [], count = 1): Touch => ({
  commit,
  logicalTime,
  parents,
  effects: Array.from({ length: count }, () => effect),
});

test("the aligned time is the one in the range that the greatest power of two divides", () => {
  check(
    fc.property(fc.nat({ max: 5_000 }), fc.nat({ max: 300 }), (low, length) => {
      const high = low + length;
      const found = alignedTime(low, high);
      const power = (time: number): number => (time === 0 ? 0 : time & -time);
      const best = Math.max(...Array.from({ length: length + 1 }, (_, step) => power(low + step)));
      expect(found).toBeGreaterThanOrEqual(Math.min(low, high));
      expect(found).toBeLessThanOrEqual(high);
      expect(power(found)).toBe(best);
    }),
  );
  expect(alignedTime(0, 0)).toBe(0);
  expect(alignedTime(0, 9)).toBe(8);
  expect(alignedTime(9, 15)).toBe(12);
});

test("a cut needs a segment below it and one above, the wider the longer", () => {
  expect([1, 4, 5, 8].map(segmentOf)).toEqual([8, 8, 10, 16]);
  const line = (count: number) => Array.from({ length: count }, (_, time) => touch(time + 1, time));
  expect(nextTime([], 1)).toBeUndefined();
  expect(nextTime(line(15), 1)).toBeUndefined();
  expect(nextTime(line(16), 1)).toBe(4);
  expect(nextTime(line(31), 8)).toBeUndefined();
  expect(nextTime(line(32), 8)).toBe(8);
  // One commit may hold more than enough.
  expect(nextTime([touch(1, 5, [], 40)], 1)).toBe(5);
});

test("members are the commits that none of the segment has gone on from", () => {
  expect(membersOf([], [touch(2, 0), touch(1, 0)])).toEqual([1, 2]);
  expect(membersOf([1, 2], [touch(3, 1, [2]), touch(4, 2, [3])])).toEqual([1, 4]);
  expect(membersOf([1, 2], [touch(9, 1, [1, 2])])).toEqual([9]);
});

test("commits are compared by logical time, then by id", () => {
  const ordered = [touch(9, 1), touch(2, 2), touch(3, 2)];
  expect([...ordered].reverse().sort(compareTouches)).toEqual(ordered);
});

test("from any cut to any below it lead at most three times the logarithm of steps", () => {
  const stack: (Stacked & { readonly jump: Stacked | undefined })[] = [{ rank: 0, jump: undefined }];
  for (let rank = 1; rank < 3_000; rank++) stack.push({ rank, jump: jumpOf(stack[rank - 1]!) });
  expect(stack.slice(0, 8).map(({ jump }) => jump?.rank)).toEqual([undefined, 0, 1, 0, 3, 4, 3, 0]);
  check(
    fc.property(fc.nat({ max: 2_999 }), fc.nat({ max: 2_999 }), (a, b) => {
      let at = Math.max(a, b);
      const low = Math.min(a, b);
      let steps = 0;
      for (; at > low; steps++) {
        const jump = stack[at]!.jump!.rank;
        at = jump >= low ? jump : at - 1;
      }
      expect(steps).toBeLessThanOrEqual(3 * Math.log2(Math.max(a, b) + 2));
    }),
  );
});

test("bytes are those of the row, its names and its values", () => {
  expect(effectBytes(effect)).toBe(52 + "increment".length + storedBytes(["n"]) + storedBytes({ by: 1 }));
  expect(coalescedBytes(effect, 1)).toBe(effectBytes(effect));
  expect(coalescedBytes(effect, 3)).toBe(effectBytes(effect) + 2 * 64);
  expect(snapshotBytes(undefined)).toBe(72);
  expect(snapshotBytes({ a: 1 })).toBe(72 + storedBytes({ a: 1 }));
});

test("what others share counts half as much for each of them; half of what it replaces is worth it", () => {
  expect([0, 1, 3].map((ordinal) => charge(80, ordinal))).toEqual([80, 40, 10]);
  expect(isWorth(50, 100)).toBe(true);
  expect(isWorth(51, 100)).toBe(false);
});

test("pairs name every parent and every child", () => {
  expect(pairs([], [1])).toEqual([]);
  expect(pairs([1], [])).toEqual([]);
  expect(pairs([1, 2], [3])).toEqual([
    [1, 3],
    [2, 3],
  ]);
  expect(pairs([1, 2, 3], [4, 5, 6])).toEqual([
    [1, 4],
    [2, 5],
    [3, 6],
  ]);
  check(
    fc.property(fc.nat({ max: 9 }), fc.nat({ max: 9 }), (parents, children) => {
      const from = Array.from({ length: parents + 1 }, (_, index) => index);
      const to = Array.from({ length: children + 1 }, (_, index) => 100 + index);
      const found = pairs(from, to);
      expect(new Set(found.map(([parent]) => parent)).size).toBe(from.length);
      expect(new Set(found.map(([, child]) => child)).size).toBe(to.length);
      expect(new Set(found.map(String)).size).toBe(found.length);
      expect(found).toHaveLength(Math.max(from.length, to.length));
    }),
  );
});
