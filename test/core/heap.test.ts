import fc from "fast-check";
import { Heap } from "../../src/core/heap";
import { check } from "../support/arbitraries";

it("gives what was pushed, in order, whatever is pushed in between", () => {
  check(
    fc.property(
      fc.array(fc.option(fc.integer({ min: 0, max: 20 }), { nil: "pop" as const, freq: 3 }), { maxLength: 60 }),
      (steps) => {
        const heap = new Heap<number>((a, b) => a - b);
        const model: number[] = [];
        for (const step of steps) {
          if (step === "pop") {
            expect(heap.pop()).toBe(model.shift());
            continue;
          }
          heap.push(step);
          model.push(step);
          model.sort((a, b) => a - b);
        }
        for (const expected of model) expect(heap.pop()).toBe(expected);
        expect(heap.pop()).toBeUndefined();
      },
    ),
  );
});

it("compares a logarithmic number of times", () => {
  let comparisons = 0;
  const heap = new Heap<number>((a, b) => (comparisons++, a - b));
  const count = 4096;
  for (let item = 0; item < count; item++) heap.push((item * 2654435761) % count);
  for (let item = 0; item < count; item++) expect(heap.pop()).toBe(item);
  expect(comparisons).toBeLessThan(count * 3 * 12);
});
