import fc from "fast-check";
import { equalJson } from "../../../src/core/equality";
import type { Json, JsonObject } from "../../../src/core/json";
import { composeMergePatches, mergePatch } from "../../../src/core/operations/mergePatch";
import { check, PROPERTY_RUNS, jsonObject, jsonValue, resembling } from "../../support/arbitraries";

describe("the examples of RFC 7396, appendix A", () => {
  it.each<[Json, Json, Json]>([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ a: "foo" }, "bar", "bar"],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("%j with %j", (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result);
  });
});

describe("mergePatch", () => {
  it("gives the very same value back where nothing changes, and shares what it does not touch", () => {
    const target = { a: { b: 1 }, c: [1] };
    expect(mergePatch(target, {})).toBe(target);
    expect(mergePatch(target, { a: { b: 1, x: null }, c: [1], d: null })).toBe(target);
    expect((mergePatch(target, { c: 2 }) as typeof target).a).toBe(target.a);
    expect(mergePatch(undefined, {})).toEqual({});
    expect(mergePatch(5, 5)).toBe(5);
  });

  it("keeps nasty names", () => {
    const patch = JSON.parse('{"__proto__": {"x": 1}, "constructor": null}') as JsonObject;
    expect(mergePatch({ a: 1 }, patch)).toEqual(JSON.parse('{"a": 1, "__proto__": {"x": 1}}'));
  });

  it("is idempotent", () => {
    check(
      fc.property(jsonObject, jsonObject, (target, patch) => {
        const once = mergePatch(target, patch);
        expect(mergePatch(once, patch)).toBe(once);
      }),
    );
  });
});

describe("composeMergePatches", () => {
  it("says what two patches do in turn, wherever it says anything", () => {
    let composable = 0;
    const patches = jsonObject.chain((first) => fc.tuple(fc.constant(first), fc.oneof(jsonObject, resembling(first))));
    check(
      fc.property(patches, jsonValue, ([first, second], target) => {
        if (typeof second !== "object" || second === null || Array.isArray(second)) return;
        const composed = composeMergePatches(first, second as JsonObject);
        if (composed === undefined) return;
        composable += 1;
        const inTurn = mergePatch(mergePatch(target, first), second);
        expect(equalJson(mergePatch(target, composed), inTurn)).toBe(true);
        // Targets that have what the patches speak of are where it could go wrong.
        expect(equalJson(mergePatch(first, composed), mergePatch(mergePatch(first, first), second))).toBe(true);
      }),
      4,
    );
    expect(composable).toBeGreaterThan(PROPERTY_RUNS / 4);
  });

  it("says nothing where an object would have to replace what was there", () => {
    expect(composeMergePatches({ a: 1 }, { a: { b: 1 } })).toBeUndefined();
    expect(composeMergePatches({ a: null }, { a: {} })).toBeUndefined();
    expect(composeMergePatches({ x: { a: [1] } }, { x: { a: {} } })).toBeUndefined();
    expect(composeMergePatches({ a: { b: 1 } }, { a: 2 })).toEqual({ a: 2 });
    expect(composeMergePatches({ a: 1 }, { a: null, b: 1 })).toEqual({ a: null, b: 1 });
    expect(composeMergePatches({ a: { b: 1, c: null } }, { a: { c: 2 } })).toEqual({ a: { b: 1, c: 2 } });
  });
});
