import { IdColumn, IntegerColumn } from "../../src/core/growing";

test("integers are kept in their order, with little room to spare", () => {
  const column = new IntegerColumn();
  const numbers = Array.from({ length: 1_000 }, (_, place) => (place % 2 === 0 ? place : -place));
  for (const number of numbers) column.push(number);
  expect(column.length).toBe(1_000);
  expect([...column.values.subarray(0, column.length)]).toEqual(numbers);
  expect(column.values.length).toBeLessThanOrEqual(1_000 * 1.125 + 1);
});

test("a column grows seldom", () => {
  const column = new IntegerColumn();
  let arrays = 0;
  for (let place = 0; place < 1_000; place += 1) {
    const before = column.values;
    column.push(place);
    if (column.values !== before) arrays += 1;
  }
  expect(arrays).toBeLessThan(40);
});

test("ids take four bytes until one does not fit, then eight", () => {
  const column = new IdColumn();
  const small = Array.from({ length: 100 }, (_, place) => place * 7);
  for (const id of [...small, 2 ** 32 - 1]) column.push(id);
  expect(column.values).toBeInstanceOf(Uint32Array);
  expect(column.values.length).toBeLessThanOrEqual(101 * 1.125 + 16);
  const large = [2 ** 32, Number.MAX_SAFE_INTEGER, 5];
  for (const id of large) column.push(id);
  expect(column.values).toBeInstanceOf(Float64Array);
  for (const id of small) column.push(id);
  expect([...column.values.subarray(0, column.length)]).toEqual([...small, 2 ** 32 - 1, ...large, ...small]);
  expect(column.length).toBe(204);
});
