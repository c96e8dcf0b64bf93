/** Many effects in a row: as one after the other, with less copying. */
import fc from "fast-check";
import { equalJson } from "../../src/core/equality";
import { Fold, stepsOfMembers } from "../../src/core/fold";
import type { Json, JsonObject, State } from "../../src/core/json";
import { applyAll, applyOperation, foldOperation, type Effect } from "../../src/core/operation";
import { coalescedParameters } from "../../src/core/operations/coalesced";
import { registerOperationKind } from "../../src/core/operations/registry";
import { lookup, type Path } from "../../src/core/path";
import { check, state } from "../support/arbitraries";
import { effectsFrom, intent } from "../support/arbitrariesOperations";
import { deepFreeze } from "../support/deepFreeze";

const effect = (operation: string, path: Path, parameters: Json = {}): Effect => ({ operation, path, parameters });
const equalStates = (a: State, b: State): boolean => (a === undefined || b === undefined ? a === b : equalJson(a, b));

// A kind of an application, which knows nothing of folds and keeps what it sees.
const seen: State[] = [];
registerOperationKind({
  name: "repeat",
  parse: (parameters) => parameters,
  refusal: (before, path) => (lookup(before, path).exists ? null : "There is nothing to repeat."),
  apply(before, path) {
    const target = lookup(before, path);
    seen.push(before);
    return target.exists && path.length > 0 ? { ...before, again: target.value } : before;
  },
  footprint: () => [["again"]],
  commutes: () => false,
});

it("gives what one effect after the other gives, and changes nothing that it was given", () => {
  check(
    fc.property(
      state,
      fc.array(intent(), { maxLength: 12 }),
      fc.array(fc.nat({ max: 11 })),
      (before, intents, repeats) => {
        // States and effects are frozen: to change one throws.
        const { effects } = effectsFrom(intents, deepFreeze(before));
        for (const index of repeats) {
          const { path } = effects[index] ?? {};
          if (path) effects.splice(index, 0, effect("repeat", path));
        }
        const expected = effects.reduce<State>((after, one) => applyOperation(after, one), before);
        expect(equalStates(applyAll(before, deepFreeze(effects)), expected)).toBe(true);
      },
    ),
    4,
  );
});

it("copies each container that it changes once, and no other", () => {
  const before = deepFreeze({ a: { b: [1, 2] }, untouched: {} });
  const fold = new Fold();
  const first = foldOperation(before, effect("put", ["a", "b", 0], { value: 3 }), fold) as typeof before;
  const { a, untouched } = first;
  const { b } = a;
  expect(first).not.toBe(before);
  expect(untouched).toBe(before.untouched);
  const more = [
    effect("add", ["a", "b"], { value: 4 }),
    effect("splice", ["a", "b"], { index: 0, remove: 1, insert: [5, 6] }),
    effect("remove", ["a", "b", 0]),
    effect("assign", ["a"], { value: { c: 1 } }),
    effect("increment", ["a", "c"], { by: 2 }),
    effect("put", ["a", "__proto__"], { value: 1 }),
    effect("max", ["n"], { value: 1 }),
    effect("remove", ["n"]),
  ];
  for (const one of more) expect(foldOperation(first, one, fold)).toBe(first);
  expect(first.a).toBe(a);
  expect(a.b).toBe(b);
  expect(first).toEqual(JSON.parse('{"a": {"b": [6, 2, 4], "c": 3, "__proto__": 1}, "untouched": {}}'));
  expect(before).toEqual({ a: { b: [1, 2] }, untouched: {} });
});

/** Some neighbours as coalesced effects of so many. */
function packed(effects: readonly Effect[], sizes: readonly number[]): Effect[] {
  const rest = [...effects];
  return [...sizes.flatMap((size) => (size === 0 ? rest.splice(0, 1) : [pack(rest.splice(0, size))])), ...rest];
}
const pack = (effects: readonly Effect[]): Effect => effect("coalesced", [], coalescedParameters(effects));

it("applies coalesced effects whole or not at all, whatever it owns of the state", () => {
  check(
    fc.property(
      state,
      fc.array(intent(), { maxLength: 12 }),
      fc.array(fc.nat({ max: 3 }), { maxLength: 6 }),
      fc.nat({ max: 11 }),
      (before, intents, sizes, missing) => {
        const { effects } = effectsFrom(intents, deepFreeze(before));
        // Without one of them others are refused, in the middle of a coalesced one, too.
        effects.splice(missing, 1);
        const all = packed(effects, sizes);
        const expected = all.reduce<State>((after, one) => applyOperation(after, one), before);
        expect(equalStates(applyAll(before, deepFreeze(all)), expected)).toBe(true);
      },
    ),
    4,
  );
});

it("copies a wide state once for many coalesced effects", () => {
  const members = 1_000;
  const wide = deepFreeze(Object.fromEntries(Array.from({ length: members }, (_, index) => [`m${index}`, 0])));
  let steps = 0;
  const fold = new Fold((more) => (steps += more));
  let after: State = wide;
  for (let index = 0; index < 50; index += 1) {
    after = foldOperation(after, pack([effect("assign", [], { value: { [`n${index}`]: 1 } })]), fold);
  }
  expect(Object.keys(after as JsonObject)).toHaveLength(members + 50);
  // Copying that the fold is not told of would cost nothing here, and much elsewhere.
  expect(steps).toBeGreaterThanOrEqual(stepsOfMembers(members));
  expect(steps).toBeLessThan(2 * stepsOfMembers(members));
});

it("does not change values that effects bring", () => {
  const value = deepFreeze({ list: [1], object: {} });
  const effects = [
    effect("create", [], { value }),
    effect("add", ["list"], { value: 2 }),
    effect("put", ["object"], { value }),
    effect("put", ["object", "list", 0], { value: 3 }),
    effect("assign", [], { value: { object: { object: { x: 1 } } } }),
  ];
  expect(applyAll(undefined, effects)).toEqual({ list: [1, 2], object: { list: [3], object: { x: 1 } } });
  expect(value).toEqual({ list: [1], object: {} });
});

it("leaves alone what kinds that know no folds have seen, and what they put at two places", () => {
  seen.length = 0;
  const after = applyAll({ a: { n: 1 } }, [
    effect("put", ["a", "n"], { value: 2 }),
    effect("repeat", ["a"]),
    effect("put", ["a", "n"], { value: 3 }),
    effect("put", ["again", "m"], { value: 4 }),
  ]);
  expect(after).toEqual({ a: { n: 3 }, again: { n: 2, m: 4 } });
  expect(seen).toEqual([{ a: { n: 2 } }]);
});

it("removes and sets members of any name", () => {
  const names = ["__proto__", "constructor", "toString", "", "0"];
  const after = applyAll(
    {},
    names.map((name) => effect("put", [name], { value: { [name]: 1 } })),
  ) as JsonObject;
  expect(Object.keys(after).sort()).toEqual([...names].sort());
  for (const name of names)
    expect(Object.getOwnPropertyDescriptor(after, name)).toMatchObject({ value: { [name]: 1 } });
  expect(
    applyAll(
      after,
      names.map((name) => effect("remove", [name])),
    ),
  ).toEqual({});
});

it("splices more elements than a call has arguments", () => {
  const insert = Array.from({ length: 200_000 }, (_, index) => index);
  const after = applyAll({ list: [-1, -2, -3] }, [effect("splice", ["list"], { index: 1, remove: 1, insert })]);
  expect(after).toEqual({ list: [-1, ...insert, -3] });
});
