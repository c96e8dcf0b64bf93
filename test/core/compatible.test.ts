import fc from "fast-check";
import { compatibility } from "../../src/core/compatible";
import { checkLater } from "../support/arbitraries";

it("finds three withdrawals that fit in pairs and not together", async () => {
  const found = await compatibility(3, (versions) => versions.length < 3);
  expect(found).toEqual({ minimalConflicts: [[0, 1, 2]], largestCompatible: [0, 1] });
});

it("finds that what one version breaks another makes good", async () => {
  const found = await compatibility(3, (versions) => versions.join() !== "0,1");
  expect(found).toEqual({ minimalConflicts: [[0, 1]], largestCompatible: [0, 1, 2] });
});

it("names a version that cannot stand by itself", async () => {
  const found = await compatibility(2, (versions) => !versions.includes(1));
  expect(found).toEqual({ minimalConflicts: [[1]], largestCompatible: [0] });
});

it("says that all can stand together, also where there are none", async () => {
  expect(await compatibility(2, () => true)).toEqual({ minimalConflicts: [], largestCompatible: [0, 1] });
  expect(await compatibility(0, () => true)).toEqual({ minimalConflicts: [], largestCompatible: [] });
});

it("agrees with the definitions on any verdicts, and asks once for a set", async () => {
  await checkLater(
    fc.asyncProperty(
      fc.nat({ max: 5 }),
      fc.array(fc.boolean(), { minLength: 32, maxLength: 32 }),
      async (count, verdicts) => {
        const bits = (versions: readonly number[]) => versions.reduce((set, index) => set | (1 << index), 0);
        const stands = (versions: readonly number[]) => versions.length === 0 || verdicts[bits(versions)]!;
        const asked: number[] = [];
        const found = await compatibility(count, (versions) => {
          asked.push(bits(versions));
          return stands(versions);
        });
        expect(new Set(asked).size).toBe(asked.length);
        const all = Array.from({ length: 1 << count }, (_, set) =>
          Array.from({ length: count }, (_unused, index) => index).filter((index) => (set & (1 << index)) !== 0),
        );
        const isPart = (part: readonly number[], whole: readonly number[]) =>
          part.length < whole.length && part.every((index) => whole.includes(index));
        const minimal = all.filter((set) => !stands(set) && all.every((part) => !isPart(part, set) || stands(part)));
        // A set that holds a minimal one in which not every part stands is none itself, so these are the same.
        expect(found.minimalConflicts.map(String).sort()).toEqual(minimal.map(String).sort());
        const size = Math.max(...all.filter(stands).map((set) => set.length));
        expect(found.largestCompatible).toHaveLength(size);
        expect(stands(found.largestCompatible)).toBe(true);
      },
    ),
  );
});
