import fc from "fast-check";
import { difference } from "../../src/core/difference";
import { equalJson } from "../../src/core/equality";
import type { Json } from "../../src/core/json";
import { gather } from "../../src/core/gather";
import { applyAll, applyOperation, refusalOf, type Effect } from "../../src/core/operation";
import { check, state } from "../support/arbitraries";
import { effectsFrom, intent } from "../support/arbitrariesOperations";

const put = (path: Effect["path"], value: Json): Effect => ({ path, operation: "put", parameters: { value } });
const remove = (path: Effect["path"]): Effect => ({ path, operation: "remove", parameters: {} });
const assign = (path: Effect["path"], value: Json): Effect => ({ path, operation: "assign", parameters: { value } });

it("does what the effects do, at the state where each of them has an effect", () => {
  const cases = fc.oneof(
    fc.tuple(state, state).map(([from, to]) => ({ from, effects: difference(from, to) })),
    fc
      .tuple(state, fc.array(intent(["put", "remove", "assign"]), { maxLength: 12 }))
      .map(([from, intents]) => ({ from, effects: effectsFrom(intents, from).effects })),
  );
  let fewer = 0;
  check(
    fc.property(cases, ({ from, effects }) => {
      // What is refused, or changes nothing, is left out before.
      const effective: Effect[] = [];
      let after = from;
      for (const effect of effects) {
        const next = applyOperation(after, effect);
        if (refusalOf(after, effect) !== null || next === after) continue;
        effective.push(effect);
        after = next;
      }
      const gathered = gather(effective);
      let at = from;
      for (const effect of gathered) {
        expect(refusalOf(at, effect)).toBeNull();
        at = applyOperation(at, effect);
      }
      expect(at === undefined || after === undefined ? at === after : equalJson(at, after)).toBe(true);
      if (gathered.length < effective.length) fewer++;
    }),
    4,
  );
  expect(fewer).toBeGreaterThan(20);
});

it.each<[string, Effect[], Effect[]]>([
  ["one effect stays", [put(["a"], 1)], [put(["a"], 1)]],
  [
    "members of one object",
    [put(["a"], 1), remove(["b"]), put(["c"], [null])],
    [assign([], { a: 1, b: null, c: [null] })],
  ],
  ["deep inside", [put(["o", "a"], 1), put(["o", "b"], "x")], [assign(["o"], { a: 1, b: "x" })]],
  [
    "of another object",
    [put(["a"], 1), put(["o", "a"], 1), put(["o", "b"], 2)],
    [put(["a"], 1), assign(["o"], { a: 1, b: 2 })],
  ],
  ["a member twice", [put(["a"], 1), put(["b"], 1), put(["a"], 2)], [assign([], { a: 1, b: 1 }), put(["a"], 2)]],
  [
    "no object, which a patch would merge",
    [put(["a"], { x: 1 }), put(["b"], 1)],
    [put(["a"], { x: 1 }), put(["b"], 1)],
  ],
  ["no null, which a patch would remove", [put(["a"], null), put(["b"], 1)], [put(["a"], null), put(["b"], 1)]],
  ["no elements of lists", [put(["l", 0], 1), put(["l", 1], 2)], [put(["l", 0], 1), put(["l", 1], 2)]],
  ["not the record", [remove([]), put([], { a: 1 })], [remove([]), put([], { a: 1 })]],
  [
    "names that objects have of themselves",
    [put(["__proto__"], 1), put(["constructor"], 2)],
    [assign([], JSON.parse('{"__proto__": 1, "constructor": 2}') as Json)],
  ],
])("%s", (_name, effects, expected) => {
  expect(gather(effects)).toEqual(expected);
  expect(applyAll({ o: {}, l: [0, 0], b: 0 }, gather(effects))).toEqual(applyAll({ o: {}, l: [0, 0], b: 0 }, effects));
});
