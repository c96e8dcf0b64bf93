import fc from "fast-check";
import { coalesce } from "../../src/core/coalesce";
import { equalJson } from "../../src/core/equality";
import { inverseOf, inversesOf, type Done } from "../../src/core/inverse";
import { isList, type JsonObject, type State } from "../../src/core/json";
import { firstFailure } from "../../src/core/judge";
import { applyOperation, kindOf, refusalOf, type Effect } from "../../src/core/operation";
import type { OperationKind } from "../../src/core/operations/kind";
import { registerOperationKind } from "../../src/core/operations/registry";
import { lookup, replaceAt, type Path } from "../../src/core/path";
import { check, PROPERTY_RUNS, state } from "../support/arbitraries";
import { effectsFrom, intent, KINDS } from "../support/arbitrariesOperations";

const A = "0190aaaa-0000-7000-8000-00000000000a";
const B = "0190aaaa-0000-7000-8000-00000000000b";

const same = (a: State, b: State) => (a === undefined || b === undefined ? a === b : equalJson(a, b));

/** Kinds of an application: one that turns a list around, and one whose footprint says less than it does. */
const reverse: OperationKind = {
  ...kindOf({ operation: "discard" }),
  name: "reverse",
  apply(before, path) {
    const target = lookup(before, path);
    if (!target.exists || !isList(target.value) || target.value.length < 2) return before;
    return replaceAt(before, path, target.value.toReversed());
  },
};
const careless: OperationKind = {
  ...kindOf({ operation: "put" }),
  name: "careless",
  refusal: () => null,
  apply: (before) => (before === undefined ? before : { ...before, a: 1, b: { more: before["b"] ?? null } }),
  footprint: () => [["a"]],
};
registerOperationKind(reverse);
registerOperationKind(careless);

/** Some effects of an application's kinds and of the engine's own between those of the model. */
function withOtherKinds(effects: readonly Effect[], picks: readonly number[], from: State): Effect[] {
  let current = from;
  return effects.map((effect, index) => {
    const pick = picks[index] ?? 0;
    const other: Effect =
      pick === 1
        ? { path: ["list"], operation: "reverse", parameters: { value: 0 } }
        : pick === 2
          ? { path: [], operation: "careless", parameters: { value: 0 } }
          : pick === 3
            ? coalesce(current, effects.slice(index))
            : effect;
    current = applyOperation(current, other);
    return other;
  });
}

function applyAll(effects: readonly Effect[], from: State, record: string): { steps: Done[]; after: State } {
  let after = from;
  const steps = effects.map((effect) => {
    const before = after;
    after = applyOperation(before, effect);
    return { operation: { record, ...effect }, before };
  });
  return { steps, after };
}

describe("inverses", () => {
  it("restore the states exactly, and every predicate and precondition holds on the way", () => {
    const undone = new Map<string, number>();
    const random = fc.record({
      from: state,
      other: state,
      intents: fc.array(intent(), { maxLength: 8 }),
      others: fc.array(intent(), { maxLength: 3 }),
      picks: fc.array(fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 3 }))),
    });
    check(
      fc.property(random, ({ from, other, intents, others, picks }) => {
        const a = applyAll(withOtherKinds(effectsFrom(intents, from).effects, picks, from), from, A);
        const b = applyAll(effectsFrom(others, other).effects, other, B);
        const states = new Map<string, State>([
          [A, a.after],
          [B, b.after],
        ]);
        // Of two records, one after the other in turns.
        const steps = a.steps.flatMap((step, index) => [step, ...b.steps.slice(index, index + 1)]);
        steps.push(...b.steps.slice(a.steps.length));
        const inverses = inversesOf(steps);
        expect(inverses.map((inverse) => inverse.undone)).toEqual(steps.toReversed());
        for (const { undone: step, operations } of inverses) {
          const { record } = step.operation;
          const left = states.get(record);
          for (const operation of operations) {
            expect(operation.record).toBe(record);
            expect(firstFailure(operation.predicates, (named) => states.get(named ?? record))).toBeNull();
            expect(refusalOf(states.get(record), operation)).toBeNull();
            states.set(record, applyOperation(states.get(record), operation));
          }
          expect(same(states.get(record), step.before)).toBe(true);
          expect(operations.length === 0).toBe(same(left, step.before));
          const { operation } = step.operation;
          if (operations.length > 0) undone.set(operation, (undone.get(operation) ?? 0) + 1);
        }
        expect(same(states.get(A), from) && same(states.get(B), other)).toBe(true);
      }),
      6,
    );
    // Not many tries, but each kind among them, so that the property says something of it.
    if (PROPERTY_RUNS < 200) return;
    for (const kind of [...KINDS, "reverse", "careless", "coalesced"]) expect(undone.get(kind)).toBeGreaterThan(5);
  });

  it("no longer hold where what was left has changed", () => {
    const random = fc.record({
      from: state,
      intents: fc.array(intent(), { minLength: 1, maxLength: 6 }),
      later: intent(),
    });
    check(
      fc.property(random, ({ from, intents, later }) => {
        const { effects } = effectsFrom(intents, from);
        const { steps, after } = applyAll(effects, from, A);
        const last = steps[steps.length - 1]!;
        const changed = effectsFrom([later], after).after;
        for (const { path, operation, predicates } of inverseOf(last.before, last.operation)) {
          // What the inverse reads: an increment and a new creation guard themselves, `contains` looks for an element.
          if (operation === "increment" || operation === "discard") continue;
          const intact = equalFoundAt(after, changed, path);
          expect(firstFailure(predicates, () => changed) === null).toBe(intact);
        }
      }),
      3,
    );
  });

  const before: JsonObject = { n: 1, list: ["a", "b", "a"], text: "x😀y", object: { keep: 0, old: 1 } };
  it.each<[string, State, Effect, unknown[]]>([
    [
      "create",
      undefined,
      { path: [], operation: "create", parameters: { value: { a: 1 } } },
      [{ path: [], operation: "remove", parameters: {}, predicates: [{ equals: { path: [], value: { a: 1 } } }] }],
    ],
    [
      "put",
      before,
      { path: ["n"], operation: "put", parameters: { value: null } },
      [
        {
          path: ["n"],
          operation: "put",
          parameters: { value: 1 },
          predicates: [{ equals: { path: ["n"], value: null } }],
        },
      ],
    ],
    [
      "put of a new member",
      before,
      { path: ["object", "new"], operation: "put", parameters: { value: 5 } },
      [
        {
          path: ["object", "new"],
          operation: "remove",
          parameters: {},
          predicates: [{ equals: { path: ["object", "new"], value: 5 } }],
        },
      ],
    ],
    [
      "assign",
      before,
      { path: ["object"], operation: "assign", parameters: { value: { keep: 0, old: null, new: 2 } } },
      [
        {
          path: ["object", "old"],
          operation: "put",
          parameters: { value: 1 },
          predicates: [{ absent: { path: ["object", "old"] } }],
        },
        {
          path: ["object", "new"],
          operation: "remove",
          parameters: {},
          predicates: [{ equals: { path: ["object", "new"], value: 2 } }],
        },
      ],
    ],
    [
      "remove of a member",
      before,
      { path: ["object"], operation: "remove", parameters: {} },
      [
        {
          path: ["object"],
          operation: "put",
          parameters: { value: { keep: 0, old: 1 } },
          predicates: [{ absent: { path: ["object"] } }],
        },
      ],
    ],
    [
      "remove of an element",
      before,
      { path: ["list", 1], operation: "remove", parameters: {} },
      [
        {
          path: ["list"],
          operation: "splice",
          parameters: { index: 1, remove: 0, insert: ["b"] },
          predicates: [{ equals: { path: ["list"], value: ["a", "a"] } }],
        },
      ],
    ],
    [
      "remove of the record",
      { a: 1 },
      { path: [], operation: "remove", parameters: {} },
      [{ path: [], operation: "create", parameters: { value: { a: 1 } }, predicates: [{ absent: { path: [] } }] }],
    ],
    [
      "increment",
      before,
      { path: ["n"], operation: "increment", parameters: { by: 5 } },
      [{ path: ["n"], operation: "increment", parameters: { by: -5 }, predicates: [] }],
    ],
    [
      "max that changed something",
      before,
      { path: ["n"], operation: "max", parameters: { value: 5 } },
      [
        {
          path: ["n"],
          operation: "put",
          parameters: { value: 1 },
          predicates: [{ equals: { path: ["n"], value: 5 } }],
        },
      ],
    ],
    ["max that changed nothing", before, { path: ["n"], operation: "max", parameters: { value: 0 } }, []],
    [
      "min where nothing was",
      before,
      { path: ["low"], operation: "min", parameters: { value: 5 } },
      [{ path: ["low"], operation: "remove", parameters: {}, predicates: [{ equals: { path: ["low"], value: 5 } }] }],
    ],
    [
      "add",
      before,
      { path: ["list"], operation: "add", parameters: { value: "c" } },
      [
        {
          path: ["list"],
          operation: "discard",
          parameters: { value: "c" },
          predicates: [{ contains: { path: ["list"], value: "c" } }],
        },
      ],
    ],
    ["add of what is there", before, { path: ["list"], operation: "add", parameters: { value: "a" } }, []],
    [
      "discard",
      before,
      { path: ["list"], operation: "discard", parameters: { value: "a" } },
      [
        {
          path: ["list"],
          operation: "put",
          parameters: { value: ["a", "b", "a"] },
          predicates: [{ equals: { path: ["list"], value: ["b"] } }],
        },
      ],
    ],
    [
      "splice",
      before,
      { path: ["list"], operation: "splice", parameters: { index: 1, remove: 2, insert: ["c"] } },
      [
        {
          path: ["list"],
          operation: "splice",
          parameters: { index: 1, remove: 1, insert: ["b", "a"] },
          predicates: [{ equals: { path: ["list"], value: ["a", "c"] } }],
        },
      ],
    ],
    [
      "edit, by code points",
      before,
      { path: ["text"], operation: "edit", parameters: { index: 1, remove: 1, insert: "👨‍👩‍👧" } },
      [
        {
          path: ["text"],
          operation: "edit",
          parameters: { index: 1, remove: 5, insert: "😀" },
          predicates: [{ equals: { path: ["text"], value: "x👨‍👩‍👧y" } }],
        },
      ],
    ],
    ["what was refused", before, { path: ["list"], operation: "increment", parameters: { by: 1 } }, []],
  ])("%s", (_name, from, effect, expected) => {
    expect(inverseOf(from, effect)).toEqual(expected);
  });
});

function equalFoundAt(a: State, b: State, path: Path): boolean {
  const [one, other] = [lookup(a, path), lookup(b, path)];
  return one.exists && other.exists ? equalJson(one.value, other.value) : one.exists === other.exists;
}
