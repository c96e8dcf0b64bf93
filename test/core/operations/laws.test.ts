/** The rules that every kind of operation obeys, tried on random states. */
import fc from "fast-check";
import { coalesce } from "../../../src/core/coalesce";
import { equalJson } from "../../../src/core/equality";
import type { Found, Json, State } from "../../../src/core/json";
import { DEFAULT_LIMITS } from "../../../src/core/limits";
import { applyOperation, commute, footprintOf, kindOf, refusalOf, type Effect } from "../../../src/core/operation";
import { operationKinds } from "../../../src/core/operations/registry";
import { lookup, pathsOverlap, replaceAt } from "../../../src/core/path";
import { checkValue } from "../../../src/core/value";
import { check, jsonValue, PROPERTY_RUNS, pathsIn, state } from "../../support/arbitraries";
import { effectFrom, effectsFrom, intent, KINDS, type Kind } from "../../support/arbitrariesOperations";
import { deepFreeze } from "../../support/deepFreeze";
import { naiveApply } from "./naive";

const equalStates = (a: State, b: State): boolean => (a === undefined || b === undefined ? a === b : equalJson(a, b));

const equalFound = (a: Found, b: Found): boolean =>
  a.exists && b.exists ? equalJson(a.value, b.value) : a.exists === b.exists;

/** A state, and an effect of the kind that was made for it or for another one. */
function situation(kind: string): fc.Arbitrary<{ before: State; effect: Effect }> {
  const elsewhere = fc.option(state, { nil: "here" as const, freq: 3 });
  if (kind === "coalesced") {
    return fc.tuple(state, fc.array(intent(), { maxLength: 6 }), elsewhere).map(([before, intents, other]) => {
      const made = other === "here" ? before : other;
      return { before, effect: deepFreeze(coalesce(made, effectsFrom(intents, made).effects)) };
    });
  }
  return fc.tuple(state, intent([kind as Kind]), elsewhere).map(([before, one, other]) => {
    return { before, effect: effectFrom(one, other === "here" ? before : other) };
  });
}

it("covers every kind that is registered", () => {
  expect(operationKinds().map(({ name }) => name)).toEqual([...KINDS, "coalesced"]);
});

describe.each(operationKinds().map(({ name }) => name))("%s", (kind) => {
  it("is refused and applied as the model says, and is total and deterministic", () => {
    check(
      fc.property(situation(kind), ({ before, effect }) => {
        const expected = naiveApply(before, effect);
        const after = applyOperation(before, effect);
        if (expected === "refused") {
          expect(typeof refusalOf(before, effect)).toBe("string");
          expect(after).toBe(before);
        } else {
          expect(refusalOf(before, effect)).toBeNull();
          expect(equalStates(after, expected.state)).toBe(true);
        }
        expect(equalStates(applyOperation(before, effect), after)).toBe(true);
      }),
      2,
    );
  });

  it("gives the very same state back if and only if nothing changes", () => {
    check(
      fc.property(situation(kind), ({ before, effect }) => {
        const after = applyOperation(before, effect);
        expect(after === before).toBe(equalStates(after, before));
      }),
    );
  });

  it("may be refused for what stands at its path, if it does not say that it overwrites that", () => {
    const overwrites = kindOf({ operation: kind }).overwrites === true;
    let depends = false;
    const property = fc.property(situation(kind), jsonValue, ({ before, effect }, other) => {
      if (effect.path.length === 0 || !lookup(before, effect.path).exists) return;
      const changed = replaceAt(before, effect.path, other);
      if ((refusalOf(changed, effect) === null) === (refusalOf(before, effect) === null)) return;
      depends = true;
    });
    check(property, 2);
    if (overwrites) expect(depends).toBe(false);
    // What is there stays there, which is all that `remove` asks; the others stand at `[]`.
    else if (!["create", "remove", "coalesced"].includes(kind)) expect(depends).toBe(true);
  });

  it("gives values that could have come through the door", () => {
    const limits = { ...DEFAULT_LIMITS, valueDepth: 1000 };
    check(
      fc.property(situation(kind), ({ before, effect }) => {
        const after = applyOperation(before, effect);
        if (after !== undefined) expect(equalJson(checkValue(after, [], limits), after)).toBe(true);
      }),
    );
  });

  it("has parameters in a canonical form, which is its own canonical form", () => {
    check(
      fc.property(situation(kind), ({ effect: { path, parameters, operation } }) => {
        const parsed = kindOf({ operation }).parse(parameters, path, [], DEFAULT_LIMITS);
        expect(equalJson(parsed, parameters)).toBe(true);
        expect(kindOf({ operation }).parse(parsed, path, [], DEFAULT_LIMITS)).toEqual(parsed);
      }),
    );
  });

  it("changes nothing outside its footprint", () => {
    check(
      fc.property(situation(kind), ({ before, effect }) => {
        const after = applyOperation(before, effect);
        const footprint = footprintOf(effect);
        for (const path of [...pathsIn(before), ...pathsIn(after)]) {
          if (footprint.some((changed) => pathsOverlap(changed, path))) continue;
          if (!equalFound(lookup(after, path), lookup(before, path)))
            throw new Error(`changed at ${JSON.stringify(path)}`);
        }
        if (!footprint.some((changed) => changed.length === 0)) {
          expect(after === undefined).toBe(before === undefined);
        }
      }),
    );
  });
});

/** A state and two effects on it, often near to each other. */
const pair = fc
  .tuple(state, intent(), intent(), fc.constantFrom("apart", "same place", "same kind and place"))
  .map(([before, one, two, how]) => {
    const a = effectFrom(one, before);
    if (how === "apart") return { before, a, b: effectFrom(two, before) };
    const second = { ...two, path: one.path, kind: how === "same place" ? two.kind : one.kind };
    return { before, a, b: effectFrom(second, before) };
  });

const on = (effect: Effect) => ({ ...effect, record: "r" });

describe("commuting", () => {
  /** Elements without their order, where lists are read as sets. */
  const asSet = (value: Json): string[] => (value as readonly Json[]).map((element) => JSON.stringify(element)).sort();

  it("is declared truly: both orders give the same state", () => {
    let declared = 0;
    check(
      fc.property(pair, ({ before, a, b }) => {
        if (!commute(on(a), on(b))) return;
        declared += 1;
        const ab = applyOperation(applyOperation(before, a), b);
        const ba = applyOperation(applyOperation(before, b), a);
        const sameList = ["add", "discard"].includes(a.operation) && equalJson(a.path, b.path);
        const target = lookup(ab, a.path);
        if (sameList && target.exists && Array.isArray(target.value)) {
          const other = lookup(ba, a.path);
          expect(other.exists && asSet(other.value)).toEqual(asSet(target.value));
        } else if (!sumsMayOverflow(before, a, b)) {
          expect(equalStates(ab, ba)).toBe(true);
        }
      }),
      6,
    );
    expect(declared).toBeGreaterThan(PROPERTY_RUNS / 4);
  });

  function sumsMayOverflow(before: State, a: Effect, b: Effect): boolean {
    if (a.operation !== "increment" || b.operation !== "increment") return false;
    return [a, b].some((first) => {
      const second = first === a ? b : a;
      return refusalOf(before, first) !== null || refusalOf(applyOperation(before, first), second) !== null;
    });
  }

  it("is symmetric", () => {
    check(
      fc.property(pair, ({ a, b }) => {
        expect(commute(on(a), on(b))).toBe(commute(on(b), on(a)));
      }),
    );
  });

  it("holds for effects whose footprints do not overlap", () => {
    check(
      fc.property(pair, ({ before, a, b }) => {
        const apart = footprintOf(a).every((one) => footprintOf(b).every((other) => !pathsOverlap(one, other)));
        if (!apart) return;
        expect(commute(on(a), on(b))).toBe(true);
        const ab = applyOperation(applyOperation(before, a), b);
        const ba = applyOperation(applyOperation(before, b), a);
        expect(equalStates(ab, ba)).toBe(true);
      }),
      2,
    );
  });
});
