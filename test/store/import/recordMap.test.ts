/** Maps of records against plain maps. */
import fc from "fast-check";
import { RecordMap } from "../../../src/store/import/recordMap";
import { check } from "../../support/arbitraries";

/** Many share their first digits, so that the tries are deep. */
const record = fc
  .tuple(fc.constantFrom("00000000", "0a000000", "0a00000f"), fc.integer({ min: 0, max: 40 }))
  .map(([start, number]) => `${start}-0000-5000-8000-${number.toString(16).padStart(12, "0")}`);

type Step = { readonly map: number; readonly record: string; readonly value: number } | { readonly copy: number };
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ map: fc.nat(), record, value: fc.integer({ min: 0, max: 2 }) }),
  },
  { weight: 1, arbitrary: fc.record({ copy: fc.nat() }) },
);

function differencesOf(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>) {
  return new Map(
    [...new Set([...a.keys(), ...b.keys()])]
      .filter((key) => a.get(key) !== b.get(key))
      .map((key) => [key, [a.get(key), b.get(key)]]),
  );
}

test("maps and their copies hold what was put into them, and tell where they differ", () => {
  check(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const maps = [{ map: new RecordMap<number>(), plain: new Map<string, number>() }];
      const at = (index: number) => maps[index % maps.length]!;
      for (const one of steps) {
        if ("copy" in one) {
          const { map, plain } = at(one.copy);
          maps.push({ map: map.copy(), plain: new Map(plain) });
        } else {
          at(one.map).map.set(one.record, one.value);
          at(one.map).plain.set(one.record, one.value);
        }
      }
      for (const { map, plain } of maps) {
        expect(new Map(map)).toEqual(plain);
        expect(map.size).toBe(plain.size);
        for (const [key, value] of plain) expect(map.get(key)).toBe(value);
        expect(map.get("0a00000f-0000-5000-8000-ffffffffffff")).toBeUndefined();
        for (const other of maps) {
          const told: [string, [number | undefined, number | undefined]][] = [];
          map.differences(other.map, (key, mine, theirs) => told.push([key, [mine, theirs]]));
          expect(new Map(told)).toEqual(differencesOf(plain, other.plain));
          expect(told).toHaveLength(new Set(told.map(([key]) => key)).size);
        }
      }
    }),
    0.5,
  );
});

test("a copy differs where either was changed, and nowhere else", () => {
  const map = new RecordMap<number>();
  const keys = Array.from(
    { length: 4096 },
    (_, n) => `${n.toString(16).padStart(3, "0")}00000-0000-5000-8000-000000000000`,
  );
  for (const [value, key] of keys.entries()) map.set(key, value);
  const copy = map.copy();
  expect(copy.size).toBe(4096);
  copy.set(keys[17]!, -1);
  map.set(keys[18]!, -2);
  const told: unknown[] = [];
  map.differences(copy, (...difference) => told.push(difference));
  expect(told).toEqual([
    [keys[17], 17, -1],
    [keys[18], -2, 18],
  ]);
  // Putting in what is there already makes no difference.
  const same = map.copy();
  same.set(keys[5]!, 5);
  same.differences(map, () => {
    throw new Error("there is none");
  });
});
