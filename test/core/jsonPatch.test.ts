import { InvalidInput, LimitExceeded } from "../../src/core/errors";
import type { Json, JsonObject, State } from "../../src/core/json";
import { expandPatch, MovedBytes, type ExpandedOperation } from "../../src/core/jsonPatch";
import { firstFailure } from "../../src/core/judge";
import { DEFAULT_LIMITS } from "../../src/core/limits";
import { applyOperation, refusalOf } from "../../src/core/operation";
import { deepFreeze } from "../support/deepFreeze";
import { errorOf } from "../support/errorOf";

const at = ["operations", 0, "patch", "patch"];
/** The operations of a patch, each applied before the next is asked for. */
function expand(patch: Json, state: State, limits = DEFAULT_LIMITS, moved?: MovedBytes): ExpandedOperation[] {
  let current = deepFreeze(state);
  const operations: ExpandedOperation[] = [];
  for (const operation of expandPatch(deepFreeze(patch), () => current, at, limits, moved)) {
    operations.push(operation);
    current = deepFreeze(applyOperation(current, operation));
  }
  return operations;
}

/** What is left after a patch, or "refused" where an operation or a predicate that it stands for is. */
function patched(state: State, patch: Json): State | "refused" {
  let after: State = state;
  for (const operation of expand(patch, state)) {
    const current = after;
    if (firstFailure(operation.predicates, () => current) !== null) return "refused";
    if (refusalOf(current, operation) !== null) return "refused";
    after = applyOperation(current, operation);
  }
  return after;
}

describe("the examples of RFC 6902, appendix A", () => {
  it.each<[string, JsonObject, Json, JsonObject]>([
    ["A.1", { foo: "bar" }, [{ op: "add", path: "/baz", value: "qux" }], { baz: "qux", foo: "bar" }],
    ["A.2", { foo: ["bar", "baz"] }, [{ op: "add", path: "/foo/1", value: "qux" }], { foo: ["bar", "qux", "baz"] }],
    ["A.3", { baz: "qux", foo: "bar" }, [{ op: "remove", path: "/baz" }], { foo: "bar" }],
    ["A.4", { foo: ["bar", "qux", "baz"] }, [{ op: "remove", path: "/foo/1" }], { foo: ["bar", "baz"] }],
    ["A.5", { baz: "qux", foo: "bar" }, [{ op: "replace", path: "/baz", value: "boo" }], { baz: "boo", foo: "bar" }],
    [
      "A.6",
      { foo: { bar: "baz", waldo: "fred" }, qux: { corge: "grault" } },
      [{ op: "move", from: "/foo/waldo", path: "/qux/thud" }],
      { foo: { bar: "baz" }, qux: { corge: "grault", thud: "fred" } },
    ],
    [
      "A.7",
      { foo: ["all", "grass", "cows", "eat"] },
      [{ op: "move", from: "/foo/1", path: "/foo/3" }],
      { foo: ["all", "cows", "eat", "grass"] },
    ],
    [
      "A.10",
      { foo: "bar" },
      [{ op: "add", path: "/child", value: { grandchild: {} } }],
      { foo: "bar", child: { grandchild: {} } },
    ],
    ["A.11", { foo: "bar" }, [{ op: "add", path: "/baz", value: "qux", xyz: 123 }], { foo: "bar", baz: "qux" }],
    [
      "A.16",
      { foo: ["bar"] },
      [{ op: "add", path: "/foo/-", value: ["abc", "def"] }],
      { foo: ["bar", ["abc", "def"]] },
    ],
  ])("%s", (_name, state, patch, result) => {
    expect(patched(state, patch)).toEqual(result);
  });

  // Those that are a lone test need an operation after it here.
  const touch = { op: "add", path: "/ok", value: true };
  it.each<[string, JsonObject, Json, JsonObject | "refused"]>([
    [
      "A.8",
      { baz: "qux", foo: ["a", 2, "c"] },
      [{ op: "test", path: "/baz", value: "qux" }, { op: "test", path: "/foo/1", value: 2 }, touch],
      { baz: "qux", foo: ["a", 2, "c"], ok: true },
    ],
    ["A.9", { baz: "qux" }, [{ op: "test", path: "/baz", value: "bar" }, touch], "refused"],
    ["A.12", { foo: "bar" }, [{ op: "add", path: "/baz/bat", value: "qux" }], "refused"],
    ["A.14", { "/": 9, "~1": 10 }, [{ op: "test", path: "/~01", value: 10 }, touch], { "/": 9, "~1": 10, ok: true }],
    ["A.15", { "/": 9, "~1": 10 }, [{ op: "test", path: "/~01", value: "10" }, touch], "refused"],
  ])("%s", (_name, state, patch, result) => {
    expect(patched(state, patch)).toEqual(result);
  });
});

describe("what the operations of a patch stand for", () => {
  const state = { list: [1, { a: 2 }], object: { "0": "zero", x: 1 } };
  it.each<[string, Json, Partial<ExpandedOperation>[]]>([
    [
      "add a member",
      { op: "add", path: "/object/0", value: 5 },
      [{ path: ["object", "0"], operation: "put", parameters: { value: 5 }, predicates: [] }],
    ],
    [
      "add an element",
      { op: "add", path: "/list/0", value: 5 },
      [{ path: ["list"], operation: "splice", parameters: { index: 0, remove: 0, insert: [5] }, predicates: [] }],
    ],
    [
      "append",
      { op: "add", path: "/list/-", value: 5 },
      [{ path: ["list"], operation: "splice", parameters: { index: 2, remove: 0, insert: [5] }, predicates: [] }],
    ],
    [
      "add inside an element",
      { op: "add", path: "/list/1/b", value: 5 },
      [{ path: ["list", 1, "b"], operation: "put", parameters: { value: 5 } }],
    ],
    [
      "add the whole",
      { op: "add", path: "", value: {} },
      [{ path: [], operation: "put", parameters: { value: {} }, predicates: [] }],
    ],
    [
      "replace",
      { op: "replace", path: "/list/1", value: 5 },
      [
        {
          path: ["list", 1],
          operation: "put",
          parameters: { value: 5 },
          predicates: [{ exists: { path: ["list", 1] } }],
        },
      ],
    ],
    [
      "replace the whole",
      { op: "replace", path: "", value: {} },
      [{ path: [], operation: "put", parameters: { value: {} }, predicates: [{ exists: { path: [] } }] }],
    ],
    [
      "remove",
      { op: "remove", path: "/object/x" },
      [{ path: ["object", "x"], operation: "remove", parameters: {}, predicates: [] }],
    ],
    [
      "remove the whole",
      { op: "remove", path: "" },
      [{ path: [], operation: "remove", parameters: {}, predicates: [] }],
    ],
    [
      "copy",
      { op: "copy", from: "/list/1", path: "/object/y" },
      [
        {
          path: ["object", "y"],
          operation: "put",
          parameters: { value: { a: 2 } },
          predicates: [{ equals: { path: ["list", 1], value: { a: 2 } } }],
        },
      ],
    ],
    [
      "copy into a list",
      { op: "copy", from: "/object/x", path: "/list/0" },
      [
        {
          path: ["list"],
          operation: "splice",
          parameters: { index: 0, remove: 0, insert: [1] },
          predicates: [{ equals: { path: ["object", "x"], value: 1 } }],
        },
      ],
    ],
    [
      "move",
      { op: "move", from: "/object/x", path: "/y" },
      [
        {
          path: ["object", "x"],
          operation: "remove",
          parameters: {},
          predicates: [{ equals: { path: ["object", "x"], value: 1 } }],
        },
        { path: ["y"], operation: "put", parameters: { value: 1 }, predicates: [] },
      ],
    ],
    [
      "move to the end",
      { op: "move", from: "/list/0", path: "/list/-" },
      [
        {
          path: ["list", 0],
          operation: "remove",
          parameters: {},
          predicates: [{ equals: { path: ["list", 0], value: 1 } }],
        },
        { path: ["list"], operation: "splice", parameters: { index: 1, remove: 0, insert: [1] }, predicates: [] },
      ],
    ],
    [
      "move nowhere",
      { op: "move", from: "/list/0", path: "/list/0" },
      [
        {
          path: ["list", 0],
          operation: "put",
          parameters: { value: 1 },
          predicates: [{ equals: { path: ["list", 0], value: 1 } }],
        },
      ],
    ],
    [
      "move the whole nowhere",
      { op: "move", from: "", path: "" },
      [
        {
          path: [],
          operation: "put",
          parameters: { value: state },
          predicates: [{ equals: { path: [], value: state } }],
        },
      ],
    ],
  ])("%s", (_name, operation, expected) => {
    const expanded = expand([operation], state);
    expect(expanded).toHaveLength(expected.length);
    expect(expanded).toMatchObject(expected);
  });

  it("sees the effect of what stands before", () => {
    const patch: Json = [
      { op: "add", path: "/new", value: [] },
      { op: "add", path: "/new/0", value: "x" },
      { op: "add", path: "/new/-", value: "y" },
      { op: "replace", path: "/new", value: {} },
      { op: "add", path: "/new/0", value: "z" },
    ];
    expect(expand(patch, {}).map(({ operation, path }) => [operation, path])).toEqual([
      ["put", ["new"]],
      ["splice", ["new"]],
      ["splice", ["new"]],
      ["put", ["new"]],
      ["put", ["new", "0"]],
    ]);
    expect(patched({}, patch)).toEqual({ new: { "0": "z" } });
  });

  it("takes tests to the next operation only, in front of its own predicates", () => {
    const patch: Json = [
      { op: "test", path: "/a", value: 1 },
      { op: "test", path: "/list/0", value: null },
      { op: "replace", path: "/a", value: 2 },
      { op: "test", path: "/a", value: 2 },
      { op: "move", from: "/a", path: "/b" },
    ];
    expect(expand(patch, { a: 1, list: [null] }).map(({ predicates }) => predicates)).toEqual([
      [
        { equals: { path: ["a"], value: 1 } },
        { equals: { path: ["list", 0], value: null } },
        { exists: { path: ["a"] } },
      ],
      [{ equals: { path: ["a"], value: 2 } }, { equals: { path: ["a"], value: 2 } }],
      [],
    ]);
  });

  it.each<[string, Json]>([
    ["an element past the end", { op: "add", path: "/list/3", value: 1 }],
    ["a list by a name", { op: "add", path: "/list/x", value: 1 }],
    ["an index with a leading zero", { op: "replace", path: "/list/00", value: 1 }],
    ["a negative index", { op: "add", path: "/list/-1", value: 1 }],
    ["an index that is no safe integer", { op: "add", path: "/list/99999999999999999999", value: 1 }],
    ["what is not there", { op: "remove", path: "/missing" }],
    ["a replacement of what is not there", { op: "replace", path: "/missing", value: 1 }],
    ["a replacement after the last element", { op: "replace", path: "/list/-", value: 1 }],
    ["the element after the last one", { op: "remove", path: "/list/-" }],
    ["a copy of what is not there", { op: "copy", from: "/missing", path: "/x" }],
    ["a copy of what is not there, over the whole", { op: "copy", from: "/missing", path: "" }],
    ["a move of what is not there", { op: "move", from: "/missing", path: "/x" }],
    ["a move of an inherited name", { op: "move", from: "/constructor", path: "/x" }],
    ["a member of a scalar", { op: "add", path: "/object/x/y", value: 1 }],
    ["a test that is false", { op: "test", path: "/list", value: [1] }],
  ])("refuses %s", (_name, operation) => {
    expect(patched(state, [operation, { op: "add", path: "/ok", value: true }])).toBe("refused");
  });

  it("moves into the place that is left, and copies into its own inside", () => {
    expect(patched({ l: [1, 2, 3] }, [{ op: "move", from: "/l/0", path: "/l/2" }])).toEqual({ l: [2, 3, 1] });
    expect(patched({ a: { b: 1 } }, [{ op: "copy", from: "/a", path: "/a/c" }])).toEqual({ a: { b: 1, c: { b: 1 } } });
    expect(patched({ a: { b: 1 } }, [{ op: "move", from: "/a/b", path: "/a" }])).toEqual({ a: 1 });
    expect(patched({ a: 1 }, [{ op: "add", path: "/__proto__", value: { x: 1 } }])).toEqual(
      JSON.parse('{"a":1,"__proto__":{"x":1}}'),
    );
  });

  it("unescapes tokens once", () => {
    expect(expand([{ op: "add", path: "/a~1b/m~0n/~01/", value: 1 }], {})[0]?.path).toEqual(["a/b", "m~n", "~1", ""]);
  });
});

describe("bad patches", () => {
  const good = { op: "add", path: "/a", value: 1 };
  it.each<[Json, (string | number)[], string]>([
    [{}, [], "A JSON Patch is a list of operations."],
    ["[]", [], "A JSON Patch is a list of operations."],
    [[], [], "The JSON Patch has no operations."],
    [[good, null], [1], "An operation of a JSON Patch is an object."],
    [[[good]], [0], "An operation of a JSON Patch is an object."],
    [[{ ...good, op: "set" }], [0, "op"], "The member op is one of add, remove, replace, move, copy, test."],
    [[{ path: "/a", value: 1 }], [0, "op"], "The member op is one of add, remove, replace, move, copy, test."],
    [
      [{ ...good, path: "a" }],
      [0, "path"],
      'A JSON Pointer is needed here: "" or tokens that each begin with "/", with ~ as ~0 and / as ~1.',
    ],
    [
      [{ ...good, path: "/a~2" }],
      [0, "path"],
      'A JSON Pointer is needed here: "" or tokens that each begin with "/", with ~ as ~0 and / as ~1.',
    ],
    [
      [{ ...good, path: "/~" }],
      [0, "path"],
      'A JSON Pointer is needed here: "" or tokens that each begin with "/", with ~ as ~0 and / as ~1.',
    ],
    [
      [{ ...good, path: ["a"] }],
      [0, "path"],
      'A JSON Pointer is needed here: "" or tokens that each begin with "/", with ~ as ~0 and / as ~1.',
    ],
    [
      [{ op: "remove" }],
      [0, "path"],
      'A JSON Pointer is needed here: "" or tokens that each begin with "/", with ~ as ~0 and / as ~1.',
    ],
    [[{ op: "add", path: "/a" }], [0, "value"], "The operation add needs a value."],
    [[{ op: "replace", path: "/a" }], [0, "value"], "The operation replace needs a value."],
    [[{ op: "test", path: "/a" }, good], [0, "value"], "The operation test needs a value."],
    [
      [{ op: "move", path: "/a" }],
      [0, "from"],
      'A JSON Pointer is needed here: "" or tokens that each begin with "/", with ~ as ~0 and / as ~1.',
    ],
    [
      [{ op: "copy", path: "/a", from: 1 }],
      [0, "from"],
      'A JSON Pointer is needed here: "" or tokens that each begin with "/", with ~ as ~0 and / as ~1.',
    ],
    [[{ op: "move", from: "/a", path: "/a/b" }], [0, "path"], "A value cannot be moved into itself."],
    [[{ op: "move", from: "", path: "/a" }], [0, "path"], "A value cannot be moved into itself."],
    [[good, { op: "test", path: "/a", value: 1 }], [1], "A test needs an operation after it."],
    [[good, { op: "add", path: "", value: 1 }], [1, "value"], "The state of a record is an object."],
  ])("%j", (patch, where, message) => {
    expect(errorOf(InvalidInput, () => expand(patch, { a: { b: 1 } }))).toMatchObject({
      message,
      inputPath: [...at, ...where],
    });
  });

  it("finds what is wrong in any state before anything is applied", () => {
    const bad: [Json, (string | number)[]][] = [
      [
        [good, { op: "nop", path: "/a" }],
        [1, "op"],
      ],
      [[good, { op: "test", path: "/a", value: 1 }], [1]],
    ];
    for (const [patch, where] of bad) {
      const first = () => expandPatch(patch, () => ({}), at, DEFAULT_LIMITS).next();
      expect(errorOf(InvalidInput, first).inputPath).toEqual([...at, ...where]);
    }
  });

  it("has limits", () => {
    const limits = { ...DEFAULT_LIMITS, operationsPerCommit: 2, pathLength: 2, predicatesPerOperation: 1 };
    expect(expand([good, good], {}, limits)).toHaveLength(2);
    expect(errorOf(LimitExceeded, () => expand([good, good, good], {}, limits))).toMatchObject({
      message: "The JSON Patch has more than 2 operations.",
      inputPath: at,
      limit: "operationsPerCommit",
      maximum: 2,
    });
    expect(expand([{ ...good, path: "/a/b" }], { a: {} }, limits)).toHaveLength(1);
    expect(errorOf(LimitExceeded, () => expand([{ ...good, path: "/a/b/c" }], {}, limits))).toMatchObject({
      message: "The path has more than 2 steps.",
      inputPath: [...at, 0, "path"],
      limit: "pathLength",
      maximum: 2,
    });
    const test = { op: "test", path: "/a", value: 1 };
    expect(expand([test, good], {}, limits)).toHaveLength(1);
    expect(
      errorOf(LimitExceeded, () => expand([test, test, good], {}, { ...limits, operationsPerCommit: 3 })),
    ).toMatchObject({
      message: "An operation of the JSON Patch has more than 1 tests before it.",
      inputPath: [...at, 1],
      limit: "predicatesPerOperation",
      maximum: 1,
    });
  });

  describe("that moves or copies", () => {
    const copy = (from: string, path: string) => ({ op: "copy", from, path });
    const move = (from: string, path: string) => ({ op: "move", from, path });
    const lists = (depth: number): Json => (depth === 0 ? 1 : [lists(depth - 1)]);

    it("takes no value that could not be written", () => {
      const limits = { ...DEFAULT_LIMITS, valueDepth: 3, valueBytes: 20 };
      expect(expand([copy("/a", "/b"), move("/a", "/c")], { a: lists(3) }, limits)).toHaveLength(3);
      expect(
        errorOf(LimitExceeded, () => expand([{ ...good, path: "/z" }, copy("/a", "/b")], { a: lists(4) }, limits)),
      ).toMatchObject({
        inputPath: [...at, 1, "from"],
        limit: "valueDepth",
      });
      expect(errorOf(LimitExceeded, () => expand([move("/a", "/b")], { a: "x".repeat(19) }, limits))).toMatchObject({
        inputPath: [...at, 0, "from"],
        limit: "valueBytes",
      });
    });

    it("does not grow without end", () => {
      const doubling = Array.from({ length: 60 }, () => copy("/a", "/a/-"));
      expect(errorOf(LimitExceeded, () => expand(doubling, { a: [1, 2, 3] }))).toMatchObject({ limit: "valueBytes" });
      const limits = { ...DEFAULT_LIMITS, movedBytes: 30 };
      const state = { a: "x".repeat(8) };
      expect(expand([copy("/a", "/b"), copy("/a", "/b"), move("/b", "/c")], state, limits)).toHaveLength(4);
      const four = [copy("/a", "/b"), copy("/a", "/b"), move("/b", "/c"), copy("/c", "/d")];
      expect(errorOf(LimitExceeded, () => expand(four, state, limits))).toMatchObject({
        message: "The patches of the commit move and copy more than 30 bytes.",
        inputPath: [...at, 3, "from"],
        limit: "movedBytes",
        maximum: 30,
      });
    });

    it("is counted for all patches of a commit", () => {
      const limits = { ...DEFAULT_LIMITS, movedBytes: 15 };
      const moved = new MovedBytes(limits);
      const again = () => expand([copy("/a", "/b")], { a: "x".repeat(8) }, limits, moved);
      expect(again()).toHaveLength(1);
      expect(errorOf(LimitExceeded, again)).toMatchObject({ limit: "movedBytes" });
    });
  });
});
