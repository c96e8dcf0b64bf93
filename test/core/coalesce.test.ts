import fc from "fast-check";
import { coalesce } from "../../src/core/coalesce";
import { equalJson } from "../../src/core/equality";
import type { Json, State } from "../../src/core/json";
import { applyOperation, refusalOf, type Effect } from "../../src/core/operation";
import { effectsOf } from "../../src/core/operations/coalesced";
import { jsonBytes } from "../../src/core/size";
import { check, state } from "../support/arbitraries";
import { effectsFrom, intent, type Kind } from "../support/arbitrariesOperations";
import { deepFreeze } from "../support/deepFreeze";

const equalStates = (a: State, b: State): boolean => (a === undefined || b === undefined ? a === b : equalJson(a, b));
const all = (effects: readonly Effect[], from: State): State => effects.reduce<State>(applyOperation, from);
const effect = (operation: string, path: Effect["path"], parameters: Json): Effect => ({ operation, path, parameters });
const put = (path: Effect["path"], value: Json) => effect("put", path, { value });
const increment = (path: Effect["path"], by: number) => effect("increment", path, { by });
const remove = (path: Effect["path"]) => effect("remove", path, {});
/** What coalescing leaves, in the short form of its parameters. */
const left = (from: State, effects: readonly Effect[]): Json => {
  const { path, operation, parameters } = coalesce(deepFreeze(from), deepFreeze(effects));
  expect({ path, operation }).toEqual({ path: [], operation: "coalesced" });
  expect(equalStates(applyOperation(from, { path, operation, parameters }), all(effects, from))).toBe(true);
  return (parameters as { operations: Json }).operations;
};
/** Something that makes the difference of two states larger than any few operations. */
const bulk = "bulk ".repeat(40);

/** Few places and few kinds, so that effects meet on one path again and again. */
function run(kinds?: readonly Kind[]) {
  return fc
    .tuple(state, fc.array(intent(kinds), { maxLength: 14 }), fc.array(fc.nat({ max: 3 }), { minLength: 1 }))
    .map(([before, intents, repeats]) => {
      const close = intents.map((one, index) => ({
        ...one,
        path: intents[Math.max(0, index - repeats[index % repeats.length]!)]!.path,
      }));
      return { before, effects: effectsFrom(close, before).effects };
    });
}

describe("coalescing is exact", () => {
  it.each<[string, fc.Arbitrary<{ before: State; effects: Effect[] }>]>([
    ["effects of all kinds", run()],
    ["counters and extrema", run(["increment", "max", "min", "put", "create"])],
    ["overwriting", run(["put", "remove", "create", "assign"])],
    ["lists", run(["add", "discard", "splice", "remove", "put"])],
    ["patches", run(["assign", "put"])],
  ])("for %s", (_name, runs) => {
    check(
      fc.property(runs, ({ before, effects }) => {
        const one = deepFreeze(coalesce(before, effects));
        expect(refusalOf(before, one)).toBeNull();
        expect(equalStates(applyOperation(before, one), all(effects, before))).toBe(true);
      }),
      4,
    );
  });

  it("for coalesced effects among others, refused ones too", () => {
    check(
      fc.property(
        run(),
        fc.nat({ max: 14 }),
        fc.nat({ max: 14 }),
        fc.option(state, { nil: "same" as const }),
        ({ before, effects }, from, to, other) => {
          const [start, end] = from < to ? [from, to] : [to, from];
          const there = all(effects.slice(0, start), before);
          const middle = coalesce(other === "same" ? there : other, effects.slice(start, end));
          const mixed = [...effects.slice(0, start), middle, ...effects.slice(end)];
          const one = coalesce(before, mixed);
          expect(equalStates(applyOperation(before, one), all(mixed, before))).toBe(true);
          expect(effectsOf(one.parameters)!.every(({ operation }) => operation !== "coalesced")).toBe(true);
        },
      ),
      3,
    );
  });

  it("holds only effects that change something, and is never larger than these", () => {
    check(
      fc.property(run(), ({ before, effects }) => {
        const { parameters } = coalesce(before, effects);
        const parts = effectsOf(parameters)!;
        let current = before;
        const effective: Effect[] = [];
        for (const one of effects) {
          const after = applyOperation(current, one);
          if (after !== current) effective.push(one);
          current = after;
        }
        expect(parts.length === 0 || effective.length > 0).toBe(true);
        const size = jsonBytes({ operations: effective.map((one) => [one.operation, one.path, one.parameters]) });
        expect(jsonBytes(parameters)).toBeLessThanOrEqual(
          Math.max(size, jsonBytes({ operations: [["create", [], { value: current ?? {} }]] })),
        );
        if (equalStates(before, current)) expect(parts).toEqual([]);
      }),
      2,
    );
  });
});

it("takes no longer than it is worth for many effects on a wide state", () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `m${index}`);
  const wide = Object.fromEntries(names.map((name) => [name, 0]));
  const effects = names.slice(0, 5_000).map((name) => increment([name], 1));
  const one = coalesce(wide, effects);
  expect(effectsOf(one.parameters)).toHaveLength(1);
  expect(applyOperation(wide, one)).toEqual({
    ...wide,
    ...Object.fromEntries(names.slice(0, 5_000).map((name) => [name, 1])),
  });
});

describe("what folds", () => {
  it.each<[string, State, Effect[], Json]>([
    ["nothing at all", { a: 1 }, [], []],
    [
      "what has no effect",
      { a: 1, l: [1] },
      [put(["a"], 1), effect("add", ["l"], { value: 1 }), increment(["x"], 1), remove(["y"])],
      [],
    ],
    [
      "increments, as the sums that they end in",
      { n: 1, m: 1, t: bulk },
      [increment(["n"], 2), increment(["m"], 1), increment(["n"], 3)],
      [["assign", [], { value: { n: 6, m: 2 } }]],
    ],
    [
      "increments that undo each other",
      { n: 1, m: 1 },
      [increment(["n"], 2), increment(["m"], 1), increment(["n"], -2)],
      [["put", ["m"], { value: 2 }]],
    ],
    [
      "puts that are overwritten",
      { a: 0, b: 0 },
      [put(["a"], 1), put(["b"], 2), put(["a"], 3)],
      [["assign", [], { value: { a: 3, b: 2 } }]],
    ],
    [
      "what is removed in the end",
      { a: { b: 1 }, c: 1 },
      [put(["a", "b"], 2), put(["c"], 2), remove(["a"])],
      [["assign", [], { value: { a: null, c: 2 } }]],
    ],
    ["what came and went", { c: 1 }, [put(["a"], 2), put(["a", "b"], 2), increment(["a"], 5), remove(["a"])], []],
    [
      "what was removed and came back",
      { a: { b: bulk } },
      [remove(["a", "b"]), put(["a", "b"], 7)],
      [["put", ["a", "b"], { value: 7 }]],
    ],
    [
      "the record that came and went",
      undefined,
      [effect("create", [], { value: { a: 1 } }), put(["b"], 1), remove([])],
      [],
    ],
    [
      "the record that went and came back",
      { a: 1 },
      [remove([]), effect("create", [], { value: { x: 2 } })],
      [["assign", [], { value: { a: null, x: 2 } }]],
    ],
    [
      "the record that is new all over",
      undefined,
      [effect("create", [], { value: { a: 1 } }), put([], { b: 2 }), increment(["b"], 1)],
      [["create", [], { value: { b: 3 } }]],
    ],
    [
      "maxima",
      { n: 1 },
      [effect("max", ["n"], { value: 3 }), effect("max", ["n"], { value: 5 })],
      [["put", ["n"], { value: 5 }]],
    ],
    [
      "minima",
      { n: 9 },
      [effect("min", ["n"], { value: 3 }), effect("min", ["n"], { value: 2 })],
      [["put", ["n"], { value: 2 }]],
    ],
  ])("%s", (_name, from, effects, expected) => {
    expect(left(from, effects)).toEqual(expected);
  });

  // Here the difference of the two states would put all of a long text, so that folding shows.
  const text = { t: bulk, n: 5, o: { a: 1, keep: 1 } };
  const edit = (index: number) => effect("edit", ["t"], { index, remove: 0, insert: "x" });
  it.each<[string, Effect[], Json]>([
    [
      "edits stay",
      [edit(0), edit(3)],
      [
        ["edit", ["t"], { index: 0, remove: 0, insert: "x" }],
        ["edit", ["t"], { index: 3, remove: 0, insert: "x" }],
      ],
    ],
    [
      "increments around edits",
      [increment(["n"], 1), edit(0), increment(["n"], 1)],
      [
        ["increment", ["n"], { by: 2 }],
        ["edit", ["t"], { index: 0, remove: 0, insert: "x" }],
      ],
    ],
    [
      "increments that undo each other vanish",
      [increment(["n"], 1), edit(0), increment(["n"], -1)],
      [["edit", ["t"], { index: 0, remove: 0, insert: "x" }]],
    ],
    [
      "a maximum takes over from the one before",
      [effect("max", ["n"], { value: 7 }), edit(0), effect("max", ["n"], { value: 8 })],
      [
        ["edit", ["t"], { index: 0, remove: 0, insert: "x" }],
        ["max", ["n"], { value: 8 }],
      ],
    ],
    [
      "a maximum does not take over from a minimum",
      [effect("max", ["n"], { value: 7 }), edit(0), effect("min", ["n"], { value: 2 })],
      [
        ["max", ["n"], { value: 7 }],
        ["edit", ["t"], { index: 0, remove: 0, insert: "x" }],
        ["min", ["n"], { value: 2 }],
      ],
    ],
    [
      "an increment inside what was put",
      [put(["o"], { c: 1 }), edit(0), increment(["o", "c"], 2)],
      [
        ["put", ["o"], { value: { c: 3 } }],
        ["edit", ["t"], { index: 0, remove: 0, insert: "x" }],
      ],
    ],
    [
      "a removal inside what was put",
      [put(["o"], { c: 1, d: 2 }), edit(0), remove(["o", "c"])],
      [
        ["put", ["o"], { value: { d: 2 } }],
        ["edit", ["t"], { index: 0, remove: 0, insert: "x" }],
      ],
    ],
    [
      "patches compose",
      [
        effect("assign", ["o"], { value: { a: 2, x: { y: 1 } } }),
        edit(0),
        effect("assign", ["o"], { value: { keep: null, x: { z: 2 } } }),
      ],
      [
        ["assign", ["o"], { value: { a: 2, x: { y: 1, z: 2 }, keep: null } }],
        ["edit", ["t"], { index: 0, remove: 0, insert: "x" }],
      ],
    ],
    [
      "patches that do not compose stay",
      [effect("assign", ["o"], { value: { x: 1 } }), edit(0), effect("assign", ["o"], { value: { x: { z: 2 } } })],
      [
        ["assign", ["o"], { value: { x: 1 } }],
        ["edit", ["t"], { index: 0, remove: 0, insert: "x" }],
        ["assign", ["o"], { value: { x: { z: 2 } } }],
      ],
    ],
    [
      "patches of all that is overwritten vanish",
      [effect("assign", ["o"], { value: { a: 2 } }), edit(0), put(["o", "a"], 3)],
      [
        ["edit", ["t"], { index: 0, remove: 0, insert: "x" }],
        ["put", ["o", "a"], { value: 3 }],
      ],
    ],
    [
      "patches of more than is overwritten stay",
      [effect("assign", ["o"], { value: { a: 2, keep: 2 } }), edit(0), put(["o", "a"], 3)],
      [
        ["assign", ["o"], { value: { a: 2, keep: 2 } }],
        ["edit", ["t"], { index: 0, remove: 0, insert: "x" }],
        ["put", ["o", "a"], { value: 3 }],
      ],
    ],
    [
      "what a text is before it is put does not matter",
      [edit(0), edit(1), put(["t"], "short")],
      [["put", ["t"], { value: "short" }]],
    ],
  ])("%s", (_name, effects, expected) => {
    expect(left(text, effects)).toEqual(expected);
  });

  it("does not fold sums that are no safe integers", () => {
    const max = Number.MAX_SAFE_INTEGER;
    const from = { n: -max, t: bulk };
    expect(left(from, [increment(["n"], max), edit(0), increment(["n"], 1), increment(["n"], max - 1)])).toEqual([
      ["increment", ["n"], { by: max }],
      ["edit", ["t"], { index: 0, remove: 0, insert: "x" }],
      ["increment", ["n"], { by: max }],
    ]);
  });

  it("does not drop what another effect depends on", () => {
    // The add has an effect only because of the first put.
    const list = { l: [{ x: 1 }], t: bulk };
    const add = effect("add", ["l"], { value: { x: 1 } });
    expect(left(list, [edit(0), put(["l", 0, "x"], 2), add, put(["l", 0, "x"], 3)])).toHaveLength(4);
    expect(left({ l: [1, 2], t: bulk }, [edit(0), put(["l", 1], 3), remove(["l", 0]), put(["l", 0], 4)])).toHaveLength(
      4,
    );
  });

  it("prefers the difference of the states where that is smaller", () => {
    const pushes = Array.from({ length: 9 }, (_unused, n) =>
      effect("splice", ["l"], { index: n, remove: 0, insert: [n] }),
    );
    expect(left({ l: [] }, pushes)).toEqual([["put", ["l"], { value: [0, 1, 2, 3, 4, 5, 6, 7, 8] }]]);
  });

  it("makes thousands of increments on many counters small", () => {
    const counters = Object.fromEntries(Array.from({ length: 40 }, (_unused, index) => [`n${index}`, 0]));
    const many = Array.from({ length: 4000 }, (_unused, index) => increment([`n${index % 40}`], 1));
    const sums = Object.fromEntries(Object.keys(counters).map((name) => [name, 100]));
    expect(left(counters, many)).toEqual([["assign", [], { value: sums }]]);
    const wide = Array.from({ length: 1200 }, (_unused, index) => put([`m${index % 300}`], index));
    const last = Object.fromEntries(
      wide.slice(-300).map(({ path, parameters }) => [path[0], (parameters as { value: Json }).value]),
    );
    expect(left({ keep: bulk }, wide)).toEqual([["assign", [], { value: last }]]);
  });
});
