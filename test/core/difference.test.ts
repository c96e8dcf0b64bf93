import fc from "fast-check";
import { difference } from "../../src/core/difference";
import { equalJson } from "../../src/core/equality";
import type { JsonObject, State } from "../../src/core/json";
import { applyOperation, refusalOf, type Effect } from "../../src/core/operation";
import { check, jsonObject, resembling, state } from "../support/arbitraries";

const put = (path: Effect["path"], value: unknown) => ({ path, operation: "put", parameters: { value } });
const remove = (path: Effect["path"]) => ({ path, operation: "remove", parameters: {} });
const splice = (path: Effect["path"], index: number, removed: number, insert: unknown[]) => {
  return { path, operation: "splice", parameters: { index, remove: removed, insert } };
};

const near: fc.Arbitrary<[State, State]> = fc.oneof(
  {
    weight: 4,
    arbitrary: jsonObject.chain((from) => resembling(from).map((to): [State, State] => [from, to as JsonObject])),
  },
  { weight: 1, arbitrary: fc.tuple(state, state) },
);
const pair = near.filter(([, to]) => to === undefined || (typeof to === "object" && !Array.isArray(to) && to !== null));

describe("difference", () => {
  it("takes one state to exactly the other, by operations that may all be applied and all change something", () => {
    check(
      fc.property(pair, ([from, to]) => {
        let current = from;
        for (const effect of difference(from, to)) {
          expect(refusalOf(current, effect)).toBeNull();
          const next = applyOperation(current, effect);
          expect(next).not.toBe(current);
          current = next;
        }
        if (to === undefined) expect(current).toBeUndefined();
        else expect(current !== undefined && equalJson(current, to)).toBe(true);
      }),
      6,
    );
  });

  it("is empty exactly where nothing changed", () => {
    check(
      fc.property(pair, ([from, to]) => {
        const same = from === undefined || to === undefined ? from === to : equalJson(from, to);
        expect(difference(from, to).length === 0).toBe(same);
      }),
    );
    expect(difference(undefined, undefined)).toEqual([]);
    expect(difference({ a: [{ b: 1 }] }, { a: [{ b: 1 }] })).toEqual([]);
  });

  it("says no more than the state that it leads to", () => {
    check(
      fc.property(pair, ([from, to]) => {
        if (from === undefined || to === undefined) return;
        const bytes = difference(from, to).reduce((sum, { path, parameters }) => {
          const said = parameters as { value?: unknown; index?: number; remove?: number; insert?: unknown };
          const own = said.value === undefined ? "" : JSON.stringify(said.value);
          const list = said.insert === undefined ? "" : `${said.index}${said.remove}${JSON.stringify(said.insert)}`;
          return sum + Buffer.byteLength(path.map((step) => JSON.stringify(step)).join("") + own + list);
        }, 0);
        expect(bytes).toBeLessThanOrEqual(Buffer.byteLength(JSON.stringify(to)));
      }),
      3,
    );
  });

  it("creates and removes records", () => {
    expect(difference(undefined, { a: 1 })).toEqual([
      { path: [], operation: "create", parameters: { value: { a: 1 } } },
    ]);
    expect(difference({ a: 1 }, undefined)).toEqual([remove([])]);
  });

  it.each<[string, JsonObject, JsonObject, unknown[]]>([
    ["a member", { a: 1, b: 2 }, { a: 1, b: 3 }, [put(["b"], 3)]],
    ["a member of a member", { a: { b: { c: 1, d: 2 } } }, { a: { b: { c: 1, d: 3 } } }, [put(["a", "b", "d"], 3)]],
    [
      "a member that comes and one that goes",
      { a: { b: 1, keep: "this" } },
      { a: { c: 1, keep: "this" } },
      [remove(["a", "b"]), put(["a", "c"], 1)],
    ],
    ["null is a value", { a: 1, b: 5 }, { a: null, b: 5 }, [put(["a"], null)]],
    ["null goes", { a: null, b: "long enough" }, { b: "long enough" }, [remove(["a"])]],
    ["another kind of value", { a: { b: 1 } }, { a: [1] }, [put(["a"], [1])]],
    ["a list for an object", { a: [1] }, { a: { 0: 1 } }, [put(["a"], { 0: 1 })]],
    [
      "an element inside",
      {
        list: [
          { n: 1, m: "same" },
          { n: 2, m: "same" },
        ],
      },
      {
        list: [
          { n: 1, m: "same" },
          { n: 3, m: "same" },
        ],
      },
      [put(["list", 1, "n"], 3)],
    ],
    ["an element", { list: ["a", "b", "c"] }, { list: ["a", "x", "c"] }, [put(["list", 1], "x")]],
    [
      "elements in the middle",
      { list: ["a", "b", "c", "d"] },
      { list: ["a", "x", "y", "d"] },
      [put(["list", 1], "x"), put(["list", 2], "y")],
    ],
    ["a new element", { list: ["aaa", "bbb"] }, { list: ["aaa", "new", "bbb"] }, [splice(["list"], 1, 0, ["new"])]],
    [
      "a new last element",
      { list: ["aaa", "bbb"] },
      { list: ["aaa", "bbb", "bbb"] },
      [splice(["list"], 2, 0, ["bbb"])],
    ],
    ["an element that goes", { list: ["aaa", "bbb", "ccc"] }, { list: ["aaa", "ccc"] }, [splice(["list"], 1, 1, [])]],
    ["one for several", { list: ["aaa", 1, 2, 3, "bbb"] }, { list: ["aaa", 9, "bbb"] }, [splice(["list"], 1, 3, [9])]],
    [
      "many elements at once",
      { list: [..."abcdefghij", 1, 2, 3, 4, 5, "z"] },
      { list: [..."abcdefghij", 6, 7, 8, 9, 0, "z"] },
      [splice(["list"], 10, 5, [6, 7, 8, 9, 0])],
    ],
    ["a list that is all new", { list: [1, 2, 3] }, { list: [7] }, [put(["list"], [7])]],
    ["most members gone", { a: { k1: 1, k2: 2, k3: 3, k4: 4, z: 1 } }, { a: { z: 1 } }, [put(["a"], { z: 1 })]],
    ["a state beyond recognition", { a: 1, b: 2, c: 3 }, { x: 1, y: 2 }, [put([], { x: 1, y: 2 })]],
    ["an element and a member that look alike", { "0": [1], x: "xxxx" }, { "0": [2], x: "xxxx" }, [put(["0", 0], 2)]],
  ])("%s", (_name, from, to, expected) => {
    expect(difference(from, to)).toEqual(expected);
  });

  it("does not take inherited names for members", () => {
    const to = JSON.parse('{"a": "aaaaaaaaaaaaaaaaaa", "__proto__": {"x": 1}, "toString": 1}') as JsonObject;
    const from = { a: "aaaaaaaaaaaaaaaaaa" };
    expect(difference(from, to)).toEqual([put(["__proto__"], { x: 1 }), put(["toString"], 1)]);
    expect(difference(to, from)).toEqual([remove(["__proto__"]), remove(["toString"])]);
  });

  it("does not look into what is shared", () => {
    let read = 0;
    const shared = { get inside() { return (read += 1); } }; // prettier-ignore
    expect(difference({ shared, a: 1 }, { shared, a: 2 })).toEqual([put(["a"], 2)]);
    expect(read).toBeLessThanOrEqual(1);
  });
});
