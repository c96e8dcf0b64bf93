import type { Json } from "../../src/core/json";
import {
  applyOperation,
  commute,
  footprintOf,
  footprintsOverlap,
  kindOf,
  refusalOf,
  type Effect,
} from "../../src/core/operation";
import { operationKind, operationKinds, registerOperationKind } from "../../src/core/operations/registry";

const effect = (operation: string, path: Effect["path"], parameters: Json = {}): Effect => ({
  operation,
  path,
  parameters,
});
const on = (record: string, one: Effect) => ({ ...one, record });
const put = (path: Effect["path"], value: Json) => effect("put", path, { value });

describe("the registry", () => {
  it("finds kinds by name", () => {
    expect(operationKind("put")?.name).toBe("put");
    expect(operationKind("vanish")).toBeUndefined();
    expect(operationKind("constructor")).toBeUndefined();
    expect(kindOf(effect("increment", []))).toBe(operationKind("increment"));
    expect(() => kindOf(effect("vanish", []))).toThrow("No operation kind named vanish is registered.");
  });

  it("keeps one kind to itself", () => {
    expect(
      operationKinds()
        .filter(({ internal }) => internal)
        .map(({ name }) => name),
    ).toEqual(["coalesced"]);
  });

  it("takes new kinds, and none twice", () => {
    const kind = { ...operationKind("put")!, name: "place" };
    registerOperationKind(kind);
    expect(operationKind("place")).toBe(kind);
    expect(operationKinds().at(-1)).toBe(kind);
    expect(applyOperation({}, effect("place", ["a"], { value: 1 }))).toEqual({ a: 1 });
    for (const taken of [kind, operationKind("create")!]) {
      expect(() => registerOperationKind(taken)).toThrow(
        `An operation kind named ${taken.name} is registered already.`,
      );
    }
  });
});

describe("refusals", () => {
  it.each<[Effect, string]>([
    [effect("create", [], { value: {} }), "The record exists already."],
    [put(["x", "y"], 1), "There is nothing that could hold the value."],
    [put(["n", "y"], 1), "Only an object has members."],
    [put(["list", "0"], 1), "Only an object has members."],
    [put(["o", 0], 1), "Only a list has elements."],
    [put(["list", 1], 1), "The list has no such index."],
    [effect("assign", ["n"], { value: {} }), "There is no object to merge into."],
    [effect("assign", ["x"], { value: {} }), "There is no object to merge into."],
    [effect("assign", ["list"], { value: {} }), "There is no object to merge into."],
    [effect("remove", ["x"]), "There is nothing to remove."],
    [effect("increment", ["x"], { by: 1 }), "There is no safe integer to add to."],
    [effect("increment", ["half"], { by: 1 }), "There is no safe integer to add to."],
    [effect("increment", ["big"], { by: 1 }), "The sum would be no safe integer."],
    [effect("increment", ["s"], { by: 1 }), "There is no safe integer to add to."],
    [effect("max", ["s"], { value: 1 }), "There is no number to compare with."],
    [effect("min", [], { value: 1 }), "There is no number to compare with."],
    [effect("max", ["x", "y"], { value: 1 }), "There is neither a number nor an object that could hold one."],
    [effect("max", ["list", 5], { value: 1 }), "There is neither a number nor an object that could hold one."],
    [effect("min", ["o", 5], { value: 1 }), "There is neither a number nor an object that could hold one."],
    [effect("min", ["list", "x"], { value: 1 }), "There is neither a number nor an object that could hold one."],
    [effect("add", ["o"], { value: 1 }), "There is no list."],
    [effect("discard", ["x"], { value: 1 }), "There is no list."],
    [effect("splice", ["s"], { index: 0, remove: 0, insert: [] }), "There is no list."],
    [effect("splice", ["list"], { index: 1, remove: 1, insert: [] }), "The list is shorter than that."],
    [effect("edit", ["list"], { index: 0, remove: 0, insert: "" }), "There is no text."],
    [effect("edit", ["x"], { index: 0, remove: 0, insert: "" }), "There is no text."],
    [effect("edit", ["s"], { index: 1, remove: 1, insert: "" }), "The text is shorter than that."],
    [effect("edit", ["s"], { index: 2, remove: 0, insert: "" }), "The text is shorter than that."],
    [
      effect("coalesced", [], {
        operations: [
          ["put", ["s"], { value: 1 }],
          ["edit", ["s"], { index: 0, remove: 0, insert: "" }],
        ],
      }),
      "There is no text.",
    ],
    [
      effect("coalesced", [], { operations: [["vanish", [], {}]] }),
      "It holds an operation vanish, which cannot be part of it.",
    ],
    [
      effect("coalesced", [], { operations: [["coalesced", [], { operations: [] }]] }),
      "It holds an operation coalesced, which cannot be part of it.",
    ],
    [effect("coalesced", [], {}), "The parameters are not those of a coalesced operation."],
  ])("%j", (one, reason) => {
    const state = { n: 1, s: "😀", list: [1], o: {}, half: 0.5, big: Number.MAX_SAFE_INTEGER };
    expect(refusalOf(state, one)).toBe(reason);
    expect(applyOperation(state, one)).toBe(state);
  });

  it.each(["put", "assign", "remove", "increment", "max", "min", "add", "discard", "splice", "edit"])(
    "%s of a record that does not exist",
    (kind) => {
      const parameters = { value: 1, by: 1, index: 0, remove: 0, insert: [] };
      for (const path of [[], ["a"], [0]]) {
        expect(typeof refusalOf(undefined, effect(kind, path, parameters))).toBe("string");
        expect(applyOperation(undefined, effect(kind, path, parameters))).toBeUndefined();
      }
      if (kind === "put") expect(refusalOf(undefined, put([], {}))).toBe("The record does not exist.");
    },
  );
});

describe("footprints", () => {
  it.each<[Effect, Effect["path"][]]>([
    [effect("create", [], { value: {} }), [[]]],
    [put(["a", 0], 1), [["a", 0]]],
    [
      effect("assign", ["a"], { value: { x: 1, y: { z: null } } }),
      [
        ["a", "x"],
        ["a", "y"],
      ],
    ],
    [effect("assign", ["a"], { value: {} }), []],
    [effect("remove", ["a"]), [["a"]]],
    [effect("remove", []), [[]]],
    [effect("remove", ["a", 0]), [["a"]]],
    [effect("remove", ["a", 0, "b"]), [["a", 0, "b"]]],
    [effect("increment", ["n"], { by: 1 }), [["n"]]],
    [effect("max", ["n"], { value: 1 }), [["n"]]],
    [effect("min", ["n"], { value: 1 }), [["n"]]],
    [effect("add", ["l"], { value: 1 }), [["l"]]],
    [effect("discard", ["l"], { value: 1 }), [["l"]]],
    [effect("splice", ["l"], { index: 0, remove: 0, insert: [] }), [["l"]]],
    [effect("edit", ["t"], { index: 0, remove: 0, insert: "" }), [["t"]]],
    [
      effect("coalesced", [], {
        operations: [
          ["put", ["a"], { value: 1 }],
          ["remove", ["l", 0], {}],
        ],
      }),
      [["a"], ["l"]],
    ],
    [effect("coalesced", [], { operations: [["vanish", ["v"], {}]] }), [["v"]]],
    [effect("coalesced", [], { operations: 1 }), []],
  ])("%j", (one, footprint) => {
    expect(footprintOf(one)).toEqual(footprint);
  });

  it("overlap where one path leads to the other", () => {
    expect(footprintsOverlap(put(["a"], 1), put(["a", "b"], 1))).toBe(true);
    expect(footprintsOverlap(put(["a", "b"], 1), put(["a", "c"], 1))).toBe(false);
    expect(footprintsOverlap(effect("assign", ["a"], { value: { x: 1, y: 1 } }), put(["a", "y", "z"], 1))).toBe(true);
    expect(footprintsOverlap(effect("assign", ["a"], { value: {} }), put(["a"], 1))).toBe(false);
  });
});

describe("commuting", () => {
  const increment = (path: Effect["path"], by = 1) => effect("increment", path, { by });
  const add = (value: Json, path: Effect["path"] = ["l"]) => effect("add", path, { value });
  const discard = (value: Json, path: Effect["path"] = ["l"]) => effect("discard", path, { value });
  const max = (value: number) => effect("max", ["n"], { value });
  const min = (value: number) => effect("min", ["n"], { value });

  it.each<[Effect, Effect, boolean]>([
    [put(["a"], 1), put(["b"], 2), true],
    [put(["a"], 1), put(["a"], 2), false],
    [put(["a"], { x: 1, y: 2 }), put(["a"], { y: 2, x: 1 }), true],
    [put(["a"], 1), put(["a", "b"], 1), false],
    [increment(["n"]), increment(["n"], 5), true],
    [increment(["n"]), increment(["n", "m"]), false],
    [increment(["n"]), max(1), false],
    [max(1), max(2), true],
    [min(1), min(2), true],
    [max(1), min(2), false],
    [max(1), effect("max", ["n", "m"], { value: 1 }), false],
    [add(1), add(2), true],
    [add(1), add(1), true],
    [add(1), discard(2), true],
    [add(1), discard(1), false],
    [add({ a: 1 }), discard({ a: 1 }), false],
    [discard(1), discard(2), true],
    [add(1), add(2, ["l", 0]), false],
    [add(1), discard(2, ["l", 0]), false],
    [discard(1), discard(2, ["l", 0]), false],
    [add(1), put(["l"], []), false],
    [discard(1), put(["l", 0], 2), false],
    [effect("splice", ["l"], { index: 0, remove: 0, insert: [1] }), add(1), false],
    [
      effect("splice", ["l"], { index: 0, remove: 1, insert: [] }),
      effect("splice", ["l"], { index: 3, remove: 1, insert: [] }),
      false,
    ],
    [
      effect("edit", ["t"], { index: 0, remove: 0, insert: "a" }),
      effect("edit", ["t"], { index: 9, remove: 0, insert: "b" }),
      false,
    ],
    [effect("assign", [], { value: { a: 1 } }), effect("assign", [], { value: { b: 1 } }), true],
    [effect("assign", [], { value: { a: 1 } }), effect("assign", [], { value: { a: 2 } }), false],
    [effect("remove", ["a"]), effect("remove", ["a"]), true],
    [effect("remove", ["a"]), put(["a"], 1), false],
    [effect("create", [], { value: {} }), effect("create", [], { value: { a: 1 } }), false],
    [effect("create", [], { value: {} }), put(["a"], 1), false],
    [effect("coalesced", [], { operations: [["put", ["a"], { value: 1 }]] }), put(["b"], 1), true],
    [effect("coalesced", [], { operations: [["put", ["a"], { value: 1 }]] }), put(["a"], 2), false],
  ])("%j and %j: %p", (a, b, expected) => {
    expect(commute(on("r", a), on("r", b))).toBe(expected);
    expect(commute(on("r", b), on("r", a))).toBe(expected);
    expect(commute(on("r", a), on("s", b))).toBe(true);
  });
});
