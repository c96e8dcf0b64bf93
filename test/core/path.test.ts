import fc from "fast-check";
import { InvalidInput, LimitExceeded } from "../../src/core/errors";
import type { Json, State } from "../../src/core/json";
import { DEFAULT_LIMITS } from "../../src/core/limits";
import {
  checkPath,
  child,
  equalPaths,
  isPrefix,
  lookup,
  parentOf,
  pathsOverlap,
  removeAt,
  replaceAt,
  withMember,
  withoutMember,
  type Path,
} from "../../src/core/path";
import { check, jsonObject, jsonValue, name, path, pathChoice, pathFrom, pathsIn, state } from "../support/arbitraries";
import { errorOf } from "../support/errorOf";

const at = ["path"];
const tree = JSON.parse('{"list": [10, [20]], "object": {"0": "zero", "__proto__": {"x": 1}}, "null": null}') as State;

describe("checkPath", () => {
  it("takes lists of names and indices, and copies them", () => {
    const input = ["tags", 0, "", "__proto__", Number.MAX_SAFE_INTEGER];
    const checked = checkPath(input, at, DEFAULT_LIMITS);
    expect(checked).toEqual(input);
    expect(checked).not.toBe(input);
    expect(checkPath([], at, DEFAULT_LIMITS)).toEqual([]);
  });

  it.each([["tags"], [null], [undefined], [7], [{ 0: "a", length: 1 }]])("refuses %j, which is no list", (input) => {
    expect(errorOf(InvalidInput, () => checkPath(input, at, DEFAULT_LIMITS))).toMatchObject({
      message: 'A path is a list of names and indices, e.g. ["tags", 0].',
      inputPath: at,
    });
  });

  it.each([[-1], [0.5], [2 ** 53], [NaN], [null], [true], [["a"]], [{}], [undefined], [1n]])(
    "refuses the step %p",
    (step) => {
      expect(errorOf(InvalidInput, () => checkPath(["a", step, "b"], at, DEFAULT_LIMITS))).toMatchObject({
        message: "A step of a path is a string or a non-negative integer.",
        inputPath: ["path", 1],
      });
    },
  );

  it("refuses names that cannot be stored, with their place", () => {
    expect(errorOf(InvalidInput, () => checkPath(["a", "\0"], at, DEFAULT_LIMITS)).inputPath).toEqual(["path", 1]);
    expect(errorOf(InvalidInput, () => checkPath(["\udc00"], at, DEFAULT_LIMITS)).inputPath).toEqual(["path", 0]);
  });

  it("takes -0 for 0", () => {
    expect(Object.is(checkPath([-0], at, DEFAULT_LIMITS)[0], 0)).toBe(true);
  });

  it("has limits for its steps and for its size", () => {
    expect(checkPath(Array(64).fill("a"), at, DEFAULT_LIMITS)).toHaveLength(64);
    expect(errorOf(LimitExceeded, () => checkPath(Array(65).fill("a"), at, DEFAULT_LIMITS))).toMatchObject({
      message: "The path has more than 64 steps.",
      inputPath: at,
      limit: "pathLength",
      maximum: 64,
    });
    expect(errorOf(LimitExceeded, () => checkPath(["a".repeat(2 ** 20)], at, DEFAULT_LIMITS)).limit).toBe("valueBytes");
  });
});

describe("lookup", () => {
  it.each<[Path, Json]>([
    [[], tree!],
    [["list"], [10, [20]]],
    [["list", 1, 0], 20],
    [["object", "0"], "zero"],
    [["object", "__proto__", "x"], 1],
    [["null"], null],
  ])("finds %j", (path, value) => {
    expect(lookup(tree, path)).toEqual({ exists: true, value });
  });

  it.each<[Path]>([
    [["list", "1"]],
    [["list", "length"]],
    [["list", 2]],
    [["object", 0]],
    [["object", "constructor"]],
    [["__proto__"]],
    [["toString"]],
    [["null", "x"]],
    [["object", "0", 0]],
    [["object", "0", "length"]],
    [["missing", "x", "y"]],
  ])("finds nothing at %j", (path) => {
    expect(lookup(tree, path)).toEqual({ exists: false });
  });

  it("finds nothing in a record that does not exist, not even at []", () => {
    expect(lookup(undefined, [])).toEqual({ exists: false });
    expect(lookup(undefined, ["a"])).toEqual({ exists: false });
  });

  it("finds everything that there is", () => {
    check(
      fc.property(state, (state) => {
        for (const path of pathsIn(state)) expect(lookup(state, path).exists).toBe(true);
      }),
      0.3,
    );
  });
});

describe("child", () => {
  it("reads members of objects and elements of lists only", () => {
    expect(child({ a: 1 }, "a")).toBe(1);
    expect(child([5], 0)).toBe(5);
    expect(child("text", 0)).toBeUndefined();
    expect(child("text", "length")).toBeUndefined();
    expect(child(null, "a")).toBeUndefined();
    expect(child(undefined, 0)).toBeUndefined();
  });
});

describe("prefixes", () => {
  it("are told apart by the kind of their steps", () => {
    expect(isPrefix(["a"], ["a", 0])).toBe(true);
    expect(isPrefix([], [])).toBe(true);
    expect(isPrefix(["a", 0], ["a"])).toBe(false);
    expect(isPrefix(["a", "0"], ["a", 0])).toBe(false);
    expect(pathsOverlap(["a", 0], ["a"])).toBe(true);
    expect(pathsOverlap(["a"], ["a", 0])).toBe(true);
    expect(pathsOverlap(["a", 0], ["a", 1])).toBe(false);
    expect(equalPaths(["a", 0], ["a", 0])).toBe(true);
    expect(equalPaths(["a"], ["a", 0])).toBe(false);
    expect(equalPaths(["a", 0], ["a"])).toBe(false);
    expect(equalPaths(["a", 0], ["a", "0"])).toBe(false);
  });

  it("agree with each other", () => {
    check(
      fc.property(path, path, (a, b) => {
        const starts = JSON.stringify(b.slice(0, a.length)) === JSON.stringify(a);
        expect(isPrefix(a, b)).toBe(starts);
        expect(pathsOverlap(a, b)).toBe(isPrefix(a, b) || isPrefix(b, a));
        expect(pathsOverlap(a, b)).toBe(pathsOverlap(b, a));
        expect(equalPaths(a, b)).toBe(isPrefix(a, b) && isPrefix(b, a));
        expect(isPrefix(a, [...a, ...b])).toBe(true);
      }),
    );
  });

  it("end at the parent", () => {
    expect(parentOf([])).toBeUndefined();
    expect(parentOf(["a"])).toEqual([]);
    expect(parentOf(["a", 0])).toEqual(["a"]);
  });
});

describe("replaceAt", () => {
  it("copies the way and shares the rest", () => {
    const before = { a: { b: 1 }, c: { d: 2 }, e: [[1], [2]] };
    const after = replaceAt(before, ["e", 1, 0], 3) as typeof before;
    expect(after).toEqual({ a: { b: 1 }, c: { d: 2 }, e: [[1], [3]] });
    expect(after.c).toBe(before.c);
    expect(after.e[0]).toBe(before.e[0]);
    expect(before.e).toEqual([[1], [2]]);
  });

  it("adds members, and no elements", () => {
    expect(replaceAt({}, ["__proto__"], 1)).toEqual(JSON.parse('{"__proto__": 1}'));
    const list = { list: [1] };
    expect(replaceAt(list, ["list", 1], 2)).toBe(list);
    expect(replaceAt(list, ["list", "0"], 2)).toBe(list);
    expect(replaceAt(list, [0], 2)).toBe(list);
    expect(replaceAt(list, ["x", "y"], 2)).toBe(list);
    expect(replaceAt(list, ["list", 0, "y"], 2)).toBe(list);
  });

  it("replaces the whole state by an object only, and only where there is one", () => {
    const state = { a: 1 };
    expect(replaceAt(state, [], { b: 2 })).toEqual({ b: 2 });
    expect(replaceAt(state, [], [1])).toBe(state);
    expect(replaceAt(state, [], 1)).toBe(state);
    expect(replaceAt(undefined, [], {})).toBeUndefined();
    expect(replaceAt(undefined, ["a"], 1)).toBeUndefined();
  });

  it("is found again, and nothing else changes", () => {
    check(
      fc.property(jsonObject, pathChoice, jsonValue, (before, choice, value) => {
        const path = pathFrom(choice, before);
        const after = replaceAt(before, path, value);
        if (after === before) return;
        expect(lookup(after, path)).toEqual({ exists: true, value });
        for (const other of pathsIn(before)) {
          if (!pathsOverlap(other, path)) expect(lookup(after, other)).toEqual(lookup(before, other));
        }
      }),
    );
  });
});

describe("removeAt", () => {
  it("takes members, elements and records away", () => {
    expect(removeAt({ a: 1, b: 2 }, ["a"])).toEqual({ b: 2 });
    expect(removeAt({ list: [1, 2, 3] }, ["list", 1])).toEqual({ list: [1, 3] });
    expect(removeAt({ a: { b: { c: 1 } } }, ["a", "b", "c"])).toEqual({ a: { b: {} } });
    expect(removeAt({ a: 1 }, [])).toBeUndefined();
    expect(removeAt(undefined, [])).toBeUndefined();
    expect(removeAt(undefined, ["a"])).toBeUndefined();
  });

  it("gives the same state back where there is nothing", () => {
    const state = { a: 1, list: [1] };
    for (const path of [["b"], ["toString"], ["a", "b"], ["list", 1], ["list", "0"], [0], ["x", "y"]]) {
      expect(removeAt(state, path)).toBe(state);
    }
  });
});

describe("withMember and withoutMember", () => {
  it("make own members whatever the names are", () => {
    check(
      fc.property(jsonObject, name, jsonValue, (object, name, value) => {
        const more = withMember(object, name, value);
        expect(Object.hasOwn(more, name)).toBe(true);
        expect(more[name]).toBe(value);
        expect(Object.getPrototypeOf(more)).toBe(Object.prototype);
        const less = withoutMember(more, name);
        expect(Object.hasOwn(less, name)).toBe(false);
        expect(Object.keys(less)).toEqual(Object.keys(object).filter((other) => other !== name));
      }),
    );
  });
});
