import fc from "fast-check";
import { IdColumn } from "../../src/core/growing";
import { Positions } from "../../src/core/positions";
import { check } from "../support/arbitraries";

const id = fc.oneof(
  fc.nat({ max: 100 }),
  fc.nat({ max: 20 }).map((factor) => factor * 65_536),
  fc.nat({ max: 20 }).map((factor) => 2 ** 32 - 10 + factor),
  fc.maxSafeNat(),
);

describe("Positions", () => {
  it("finds what was added, and nothing else", () => {
    check(
      fc.property(fc.uniqueArray(id, { maxLength: 200, size: "max" }), fc.array(id), (ids, others) => {
        const positions = new Positions();
        for (const [index, added] of ids.entries()) {
          expect(positions.find(added)).toBeUndefined();
          positions.add(added);
          expect(positions.find(added)).toBe(index);
        }
        expect(positions.size).toBe(ids.length);
        for (const [index, added] of ids.entries()) {
          expect(positions.find(added)).toBe(index);
          expect(positions.at(index)).toBe(added);
        }
        for (const other of others)
          expect(positions.find(other)).toBe(ids.includes(other) ? ids.indexOf(other) : undefined);
      }),
    );
  });

  it.each([-1, 1.5, NaN, Infinity])("does not find %p, which is no id", (none) => {
    const positions = new Positions();
    for (let added = 0; added < 100; added++) positions.add(added);
    expect(positions.find(none)).toBeUndefined();
  });
});

describe("IdColumn", () => {
  it("takes four bytes an id until one needs eight", () => {
    const column = new IdColumn();
    column.push(2 ** 32 - 1);
    column.push(1);
    expect(column.values.BYTES_PER_ELEMENT).toBe(4);
    column.push(2 ** 32);
    column.push(2);
    expect(column.values.BYTES_PER_ELEMENT).toBe(8);
    expect([...column.values.subarray(0, column.length)]).toEqual([2 ** 32 - 1, 1, 2 ** 32, 2]);
  });
});
