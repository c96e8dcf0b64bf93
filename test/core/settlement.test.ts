/** Settling conflicts: which places operations must touch, and what choices become. */
import fc from "fast-check";
import type { JsonObject, State } from "../../src/core/json";
import { applyOperation, type Effect } from "../../src/core/operation";
import { lookup, type Path } from "../../src/core/path";
import { isAt, isTouched, operationsForChoices, placesOf, type Choice } from "../../src/core/settlement";
import { check, pathsIn, state } from "../support/arbitraries";

const NOTHING: JsonObject = {};
const put = (record: string, path: Path) => ({ record, path, operation: "put", parameters: { value: 1 } });

describe("what an operation touches", () => {
  const conflict = { record: "r", path: ["a", "b"], operation: { record: "s", path: ["n"] } };

  test.each<[string, Path, boolean]>([
    ["r", ["a", "b"], true],
    ["r", ["a"], true],
    ["r", ["a", "b", "c"], true],
    ["r", [], true],
    ["r", ["a", "c"], false],
    ["r", ["n"], false],
    ["s", ["n"], true],
    ["s", ["n", "m"], true],
    ["s", ["a", "b"], false],
    ["t", ["a", "b"], false],
  ])("at %s %j: %s", (record, path, expected) => {
    expect(isAt(conflict, { record, path })).toBe(expected);
    expect(isTouched(conflict, [put(record, path)])).toBe(expected);
  });

  test("without an operation only what was tested counts", () => {
    const tested = { record: "r", path: ["a"] };
    expect(isTouched(tested, [put("s", ["n"])])).toBe(false);
    expect(isTouched(tested, [put("s", ["n"]), put("r", ["a"])])).toBe(true);
    expect(isTouched(tested, [])).toBe(false);
  });

  test("every path of an operation counts", () => {
    const assign = { record: "r", path: [], operation: "assign", parameters: { value: { x: 1, a: { b: 2 } } } };
    expect(isTouched(conflict, [assign])).toBe(true);
    expect(isTouched({ record: "r", path: ["y"] }, [assign])).toBe(false);
  });
});

test("places are named once, whatever else their conflicts say", () => {
  const places = [
    { record: "r", path: ["a"] },
    { record: "s", path: ["a"] },
    { record: "r", path: ["a", 0] },
  ];
  const breaches = [...places, places[0]!].map((place, index) => ({ ...place, reason: String(index) }));
  expect(placesOf(breaches)).toEqual(places);
});

describe("what choices become", () => {
  const at = ["choices", 0];
  const of = (merged: State, choices: readonly Choice[]) =>
    operationsForChoices(
      choices,
      () => merged,
      () => "thing",
    );
  const made = (merged: State, chosen: State, path: Path) => {
    const [operation, ...others] = of(merged, [{ record: "r", path, state: chosen, at }]);
    expect(others).toEqual([]);
    return operation;
  };
  const expected = (path: Path, operation: string, parameters: JsonObject, type?: string) => ({
    ...{ kind: "operation", record: "r", path, operation, parameters, at },
    ...{ predicates: [{ unchanged: { path } }], ...(type === undefined ? {} : { type }) },
  });

  test.each<[string, State, State, Path, ReturnType<typeof expected>]>([
    ["the value of a member", { a: 1 }, { a: 2 }, ["a"], expected(["a"], "put", { value: 2 })],
    ["a member that was chosen to be gone", { a: 1 }, {}, ["a"], expected(["a"], "remove", {})],
    ["a record that was chosen to be gone", { a: 1 }, undefined, ["a"], expected([], "remove", {})],
    ["a record that is gone", undefined, { a: 1 }, ["a"], expected([], "create", { value: { a: 1 } }, "thing")],
    ["a record that is gone for both", undefined, undefined, ["a"], expected([], "remove", {})],
    ["the whole record", { a: 1 }, { b: 2 }, [], expected([], "put", { value: { b: 2 } })],
    ["an element means its list", { l: [1, 2] }, { l: [3] }, ["l", 1], expected(["l"], "put", { value: [3] })],
    [
      "below a container that is there, the member",
      { o: { p: { a: 1 } } },
      { o: { p: { a: 2, b: 3 } } },
      ["o", "p", "a"],
      expected(["o", "p", "a"], "put", { value: 2 }),
    ],
    [
      "below a container that vanished, the container",
      { o: 5 },
      { o: { p: { a: 2 } } },
      ["o", "p", "a"],
      expected(["o"], "put", { value: { p: { a: 2 } } }),
    ],
    [
      "below a container that was chosen to be gone, the container",
      { o: { p: { a: 2 } } },
      { o: {} },
      ["o", "p", "a"],
      expected(["o", "p"], "remove", {}),
    ],
    [
      "below a container that was chosen to be another value",
      { o: { p: { a: 2 } } },
      { o: { p: [] } },
      ["o", "p", "a"],
      expected(["o", "p"], "put", { value: [] }),
    ],
    [
      "below a container that vanished altogether",
      { x: 1 },
      { x: 1, o: { a: 1 } },
      ["o", "a"],
      expected(["o"], "put", { value: { a: 1 } }),
    ],
  ])("%s", (_, merged, chosen, path, operation) => {
    expect(made(merged, chosen, path)).toEqual(operation);
  });

  test("a later choice sees what an earlier one did, record by record", () => {
    const chosen = { o: { a: 1, b: 2 } };
    const choices = [
      { record: "r", path: ["o", "a"], state: chosen, at: [0] },
      { record: "r", path: ["o", "b"], state: chosen, at: [1] },
      { record: "s", path: ["o", "b"], state: chosen, at: [2] },
    ];
    const operations = operationsForChoices(
      choices,
      (record) => (record === "r" ? NOTHING : { o: {} }),
      () => undefined,
    );
    expect(operations.map(({ record, path, at: place }) => ({ record, path, at: place }))).toEqual([
      { record: "r", path: ["o"], at: [0] },
      { record: "r", path: ["o", "b"], at: [1] },
      { record: "s", path: ["o", "b"], at: [2] },
    ]);
  });

  test("a record whose type nobody knows is made without one", () => {
    const [operation] = operationsForChoices(
      [{ record: "r", path: [], state: { a: 1 }, at }],
      () => undefined,
      () => undefined,
    );
    expect(operation).not.toHaveProperty("type");
  });

  test("whatever is chosen is there afterwards", () => {
    check(
      fc.property(state, state, fc.nat(), (merged, chosen, pick) => {
        const paths = pathsIn(chosen);
        const path = paths[pick % paths.length] ?? [];
        const operation = made(merged, chosen, path) as unknown as Effect;
        const after = applyOperation(merged, operation);
        expect(lookup(after, path)).toEqual(lookup(chosen, path));
      }),
    );
  });
});
