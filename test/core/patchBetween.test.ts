import fc from "fast-check";
import { equalJson } from "../../src/core/equality";
import { isObject, type State } from "../../src/core/json";
import { expandPatch } from "../../src/core/jsonPatch";
import { DEFAULT_LIMITS } from "../../src/core/limits";
import { applyOperation, refusalOf } from "../../src/core/operation";
import { patchBetween, pointerTo, type PatchStep } from "../../src/core/patchBetween";
import { check, jsonObject, resembling, state } from "../support/arbitraries";
import { patched } from "../support/naivePatch";

const near: fc.Arbitrary<[State, State]> = fc.oneof(
  {
    weight: 4,
    arbitrary: jsonObject.chain((before) =>
      resembling(before)
        .filter((after) => isObject(after))
        .map((after): [State, State] => [before, after]),
    ),
  },
  { weight: 1, arbitrary: fc.tuple(state, state) },
);

const same = (a: State, b: State) => (a === undefined || b === undefined ? a === b : equalJson(a, b));

describe("the patch between two states", () => {
  it("takes one to exactly the other, by the letter of RFC 6902", () => {
    check(
      fc.property(near, ([before, after]) => {
        expect(same(patched(before, patchBetween(before, after)), after)).toBe(true);
      }),
      6,
    );
  });

  it("does so as a proposal, wherever the record exists before and after", () => {
    check(
      fc.property(near, ([before, after]) => {
        const patch = patchBetween(before, after);
        if (before === undefined || after === undefined || patch.length === 0) return;
        let current: State = before;
        for (const effect of expandPatch(patch, () => current, [], DEFAULT_LIMITS)) {
          expect(refusalOf(current, effect)).toBeNull();
          current = applyOperation(current, effect);
        }
        expect(same(current, after)).toBe(true);
      }),
      6,
    );
  });

  it.each<[string, State, State, readonly PatchStep[]]>([
    ["nothing", { a: 1 }, { a: 1 }, []],
    ["no record at all", undefined, undefined, []],
    ["a record that comes to be", undefined, { a: 1 }, [{ op: "add", path: "", value: { a: 1 } }]],
    ["a record that goes", { a: 1 }, undefined, [{ op: "remove", path: "" }]],
    ["another state altogether", { a: 1, b: 2 }, { x: 1 }, [{ op: "replace", path: "", value: { x: 1 } }]],
    [
      "names that pointers write in another way",
      { "~/": 1, "": 2, "0": 3, ["__proto__"]: 4, keep: "this, which is long" },
      { "~/": 2, "": 3, "0": 4, ["__proto__"]: 5, keep: "this, which is long" },
      [
        { op: "replace", path: "/0", value: 4 },
        { op: "replace", path: "/~0~1", value: 2 },
        { op: "replace", path: "/", value: 3 },
        { op: "replace", path: "/__proto__", value: 5 },
      ],
    ],
    [
      "a member that comes and one that goes",
      { keep: "this, which is long", old: null },
      { keep: "this, which is long", new: null },
      [
        { op: "remove", path: "/old" },
        { op: "add", path: "/new", value: null },
      ],
    ],
    [
      "an element inside",
      { list: [{ n: 1, same: true }, "two"] },
      { list: [{ n: 2, same: true }, "two"] },
      [{ op: "replace", path: "/list/0/n", value: 2 }],
    ],
    [
      "elements that come and go",
      { list: ["first", 1, 2, 3, "last"] },
      { list: ["first", 8, 9, "last"] },
      [
        { op: "remove", path: "/list/1" },
        { op: "remove", path: "/list/1" },
        { op: "remove", path: "/list/1" },
        { op: "add", path: "/list/1", value: 8 },
        { op: "add", path: "/list/2", value: 9 },
      ],
    ],
  ])("%s", (_name, before, after, patch) => {
    const found = patchBetween(before, after);
    expect(found).toHaveLength(patch.length);
    expect(found).toEqual(expect.arrayContaining([...patch]));
    expect(same(patched(before, found), after)).toBe(true);
  });
});

test("paths as pointers", () => {
  expect(pointerTo([])).toBe("");
  expect(pointerTo([""])).toBe("/");
  expect(pointerTo(["a/b", 0, "~1", "0"])).toBe("/a~1b/0/~01/0");
});
