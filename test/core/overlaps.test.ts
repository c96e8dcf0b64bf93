import type { JudgedOperation } from "../../src/core/consistency";
import { findOverlaps } from "../../src/core/overlaps";
import type { Effect } from "../../src/core/operation";

function place(id: number, effect: Effect, record = "r"): JudgedOperation {
  return { ...effect, id, commit: id, logicalTime: 1, record, predicates: [] };
}

const put = (path: (string | number)[], value: number | object): Effect => ({
  path,
  operation: "put",
  parameters: { value: value as never },
});

it("keeps the later of two that write to one place", () => {
  const [one, two] = [place(1, put(["title"], 1)), place(2, put(["title"], 2))];
  const expected = [{ record: "r", path: ["title"], kept: two, overridden: [one] }];
  expect(findOverlaps([one], [two])).toEqual(expected);
  expect(findOverlaps([two], [one])).toEqual(expected);
});

it("gathers all that one operation overrides, and names the deeper place", () => {
  const [a, b] = [place(1, put(["o", "a"], 1)), place(2, put(["o", "a"], 2))];
  const whole = place(3, put(["o"], {}));
  expect(findOverlaps([a, b], [whole])).toEqual([{ record: "r", path: ["o", "a"], kept: whole, overridden: [a, b] }]);
});

it("says nothing of counters, of equal effects, of other places and other records", () => {
  const increment: Effect = { path: ["n"], operation: "increment", parameters: { by: 1 } };
  expect(findOverlaps([place(1, increment)], [place(2, increment)])).toEqual([]);
  expect(findOverlaps([place(1, put(["n"], 1))], [place(2, put(["n"], 1))])).toEqual([]);
  expect(findOverlaps([place(1, put(["n"], 1))], [place(2, put(["m"], 2))])).toEqual([]);
  expect(findOverlaps([place(1, put(["n"], 1))], [place(2, put(["n"], 2), "s")])).toEqual([]);
});

it("orders by record, then by what was kept, then by place", () => {
  const [a, b, c] = [place(1, put(["x"], 1), "s"), place(2, put(["x"], 1)), place(3, put(["y"], 1))];
  const others = [place(4, put(["x"], 2)), place(5, put(["x"], 2), "s"), place(6, put(["y"], 2))];
  const found = findOverlaps([a, b, c], others);
  expect(found.map(({ record, kept, path }) => [record, kept.id, path])).toEqual([
    ["r", 4, ["x"]],
    ["r", 6, ["y"]],
    ["s", 5, ["x"]],
  ]);
});

it("tells two that overlap among tens of thousands on one record, without comparing each with each", () => {
  const names = Array.from({ length: 40_000 }, (_, index) => index);
  const ours = names.map((name) => place(2 * name + 1, put(["ours", `${name}`], 1)));
  const theirs = names.map((name) => place(2 * name + 2, put(["theirs", `${name}`], 2)));
  const [one, other] = [place(100_001, put(["title"], 1)), place(100_002, put(["title"], 2))];
  const found = findOverlaps([...ours, one], [...theirs, other]);
  expect(found).toEqual([{ record: "r", path: ["title"], kept: other, overridden: [one] }]);
});
