import fc from "fast-check";
import { InvalidInput, LimitExceeded } from "../../src/core/errors";
import type { Json } from "../../src/core/json";
import { DEFAULT_LIMITS, type Limits } from "../../src/core/limits";
import {
  aboutOperations,
  aboutValues,
  leafOf,
  parsePredicate,
  parsePredicates,
  recordsRead,
  type Predicate,
} from "../../src/core/predicates";
import { check } from "../support/arbitraries";
import { predicate } from "../support/arbitrariesPredicates";
import { errorOf } from "../support/errorOf";

const at = ["where"];
const parse = (input: unknown, limits: Limits = DEFAULT_LIMITS): Predicate => parsePredicate(input, at, limits);
const RECORD = "0190a000-0000-7000-8000-00000000000a";
const OTHER = "0190a000-0000-7000-8000-00000000000b";

describe("parsePredicate", () => {
  it.each<[Json]>([
    [{ exists: { path: [] } }],
    [{ absent: { path: ["a", 0], record: RECORD } }],
    [{ equals: { path: ["a"], value: null } }],
    [{ notEquals: { path: ["a"], value: { b: [1] } } }],
    [{ lessThan: { path: ["a"], value: 1 } }],
    [{ atMost: { path: ["a"], value: "x" } }],
    [{ greaterThan: { path: ["a"], value: 1.5 } }],
    [{ atLeast: { path: ["a"], value: -1 } }],
    [{ in: { path: ["a"], values: [] } }],
    [{ in: { path: ["a"], values: [1, null, "x"], record: RECORD } }],
    [{ contains: { path: ["a"], value: 1 } }],
    [{ startsWith: { path: ["a"], value: "" } }],
    [{ size: { path: ["a"], atLeast: 0, atMost: 3 } }],
    [{ size: { path: ["a"], atMost: 0 } }],
    [{ type: { path: ["a"], type: "NULL" } }],
    [{ type: { path: ["a"], type: "BOOLEAN" } }],
    [{ type: { path: ["a"], type: "NUMBER" } }],
    [{ type: { path: ["a"], type: "STRING" } }],
    [{ type: { path: ["a"], type: "LIST" } }],
    [{ type: { path: ["a"], type: "OBJECT" } }],
    [{ all: [] }],
    [{ any: [{ not: { exists: { path: ["a"] } } }, { all: [] }] }],
  ])("takes %j as it is", (input) => {
    expect(parse(input)).toEqual(input);
  });

  it("takes every predicate in its own form back", () => {
    check(
      fc.property(predicate, (one) =>
        expect(parse(one, { ...DEFAULT_LIMITS, predicatesPerOperation: 1e6 })).toEqual(one),
      ),
    );
  });

  it("takes objects without a prototype, members that are undefined, and null where GraphQL means nothing", () => {
    const test = Object.assign(Object.create(null) as object, { path: ["a"], record: null, value: undefined });
    expect(parse(Object.assign(Object.create(null) as object, { exists: test, absent: undefined }))).toEqual({
      exists: { path: ["a"] },
    });
    expect(parse({ size: { path: [], atLeast: 1, atMost: null } })).toEqual({ size: { path: [], atLeast: 1 } });
  });

  it("lower-cases records and copies values", () => {
    const value = { b: -0 };
    const parsed = parse({ equals: { path: [], value, record: RECORD.toUpperCase() } });
    expect(parsed).toEqual({ equals: { path: [], value: { b: 0 }, record: RECORD } });
    value.b = 7;
    expect(parsed).toEqual({ equals: { path: [], value: { b: 0 }, record: RECORD } });
  });

  it.each<[unknown, (string | number)[], string]>([
    [null, [], "An object is needed here."],
    [[], [], "An object is needed here."],
    ["exists", [], "An object is needed here."],
    [undefined, [], "An object is needed here."],
    [{}, [], "A predicate has exactly one member."],
    [{ all: [], any: [] }, [], "A predicate has exactly one member."],
    [{ like: { path: [] } }, ["like"], "There is no such predicate."],
    [{ toString: { path: [] } }, ["toString"], "There is no such predicate."],
    [{ unchanged: { path: [] } }, ["unchanged"], "The predicate unchanged needs a commit that names its parents."],
    [{ version: { heads: [] } }, ["version"], "The predicate version needs a commit that names its parents."],
    [
      { all: [{ any: [{ unchanged: { path: [] } }] }] },
      ["all", 0, "any", 0, "unchanged"],
      "The predicate unchanged stands at the top level or under all only.",
    ],
    [
      { not: { version: { heads: [] } } },
      ["not", "version"],
      "The predicate version stands at the top level or under all only.",
    ],
    [{ exists: null }, ["exists"], "An object is needed here."],
    [{ exists: ["a"] }, ["exists"], "An object is needed here."],
    [{ exists: {} }, ["exists", "path"], 'A path is a list of names and indices, e.g. ["tags", 0].'],
    [{ exists: { path: "a" } }, ["exists", "path"], 'A path is a list of names and indices, e.g. ["tags", 0].'],
    [{ exists: { path: [-1] } }, ["exists", "path", 0], "A step of a path is a string or a non-negative integer."],
    [{ exists: { path: [], record: "x" } }, ["exists", "record"], "A UUID is needed here."],
    [{ exists: { path: [], value: 1 } }, ["exists", "value"], "The predicate exists has no such member."],
    [{ absent: { path: [], value: null } }, ["absent", "value"], "The predicate absent has no such member."],
    [{ equals: { path: [] } }, ["equals", "value"], "The value to compare with is missing."],
    [{ equals: { path: [], value: undefined } }, ["equals", "value"], "The value to compare with is missing."],
    [{ equals: { path: [], value: 1, values: [] } }, ["equals", "values"], "The predicate equals has no such member."],
    [
      { notEquals: { path: [], value: [NaN] } },
      ["notEquals", "value", 0],
      "The number is NaN, but only finite numbers are JSON.",
    ],
    [{ in: { path: [] } }, ["in", "values"], "A list is needed here."],
    [{ in: { path: [], values: { 0: 1 } } }, ["in", "values"], "A list is needed here."],
    [{ in: { path: [], values: [1, () => 1] } }, ["in", "values", 1], "This is a function, not a JSON value."],
    [{ in: { path: [], values: [], value: 1 } }, ["in", "value"], "The predicate in has no such member."],
    [{ startsWith: { path: [], value: 1 } }, ["startsWith", "value"], "A string is needed here."],
    [{ startsWith: { path: [] } }, ["startsWith", "value"], "A string is needed here."],
    [
      { startsWith: { path: [], value: "\0" } },
      ["startsWith", "value"],
      "The string holds the character U+0000, which cannot be stored.",
    ],
    [{ size: { path: [] } }, ["size"], "A size needs atLeast or atMost."],
    [{ size: { path: [], atLeast: null } }, ["size"], "A size needs atLeast or atMost."],
    [{ size: { path: [], atLeast: -1 } }, ["size", "atLeast"], "A size is a non-negative integer."],
    [{ size: { path: [], atMost: 1.5 } }, ["size", "atMost"], "A size is a non-negative integer."],
    [{ size: { path: [], atMost: "1" } }, ["size", "atMost"], "A size is a non-negative integer."],
    [{ size: { path: [], atMost: 1, exactly: 1 } }, ["size", "exactly"], "The predicate size has no such member."],
    [{ type: { path: [] } }, ["type", "type"], "The type is one of NULL, BOOLEAN, NUMBER, STRING, LIST, OBJECT."],
    [
      { type: { path: [], type: "object" } },
      ["type", "type"],
      "The type is one of NULL, BOOLEAN, NUMBER, STRING, LIST, OBJECT.",
    ],
    [{ type: { path: [], type: "LIST", of: 1 } }, ["type", "of"], "The predicate type has no such member."],
    [{ all: {} }, ["all"], "A list is needed here."],
    [{ any: null }, ["any"], "A list is needed here."],
    [{ all: [{ exists: { path: [] } }, 1] }, ["all", 1], "An object is needed here."],
    [{ not: [] }, ["not"], "An object is needed here."],
    [
      { any: [{ not: { not: { exists: { path: [null] } } } }] },
      ["any", 0, "not", "not", "exists", "path", 0],
      "A step of a path is a string or a non-negative integer.",
    ],
  ])("refuses %j", (input, where, message) => {
    expect(errorOf(InvalidInput, () => parse(input))).toMatchObject({ message, inputPath: ["where", ...where] });
  });

  it("forbids other records in a filter, at any depth", () => {
    const where = (input: Json): Predicate => parsePredicate(input, at, DEFAULT_LIMITS, { where: true });
    expect(where({ not: { exists: { path: [] } } })).toEqual({ not: { exists: { path: [] } } });
    expect(where({ exists: { path: [], record: null } })).toEqual({ exists: { path: [] } });
    expect(errorOf(InvalidInput, () => where({ any: [{ exists: { path: [], record: RECORD } }] }))).toMatchObject({
      message: "A filter cannot test another record.",
      inputPath: ["where", "any", 0, "exists", "record"],
    });
  });

  it("counts every predicate, those inside others too", () => {
    const leaf = { exists: { path: [] } };
    const limits = { ...DEFAULT_LIMITS, predicatesPerOperation: 4 };
    expect(parse({ all: [leaf, { not: leaf }] }, limits)).toBeDefined();
    expect(errorOf(LimitExceeded, () => parse({ all: [leaf, { not: leaf }, leaf] }, limits))).toMatchObject({
      message: "There are more than 4 predicates.",
      inputPath: at,
      limit: "predicatesPerOperation",
      maximum: 4,
    });
  });

  it("has a limit for nesting, so that no depth can exhaust the stack", () => {
    const nested = (depth: number): unknown => {
      let inside: unknown = { exists: { path: [] } };
      for (let level = 0; level < depth; level++) inside = level % 2 === 0 ? { not: inside } : { any: [inside] };
      return inside;
    };
    expect(parse(nested(32))).toEqual(nested(32));
    const limits = { ...DEFAULT_LIMITS, predicatesPerOperation: 1e9 };
    for (const depth of [33, 100_000]) {
      expect(errorOf(LimitExceeded, () => parse(nested(depth), limits))).toMatchObject({
        message: "Predicates are nested deeper than 32.",
        inputPath: at,
        limit: "predicateDepth",
        maximum: 32,
      });
    }
  });
});

describe("parsePredicates", () => {
  it("takes a list, and counts all of it together", () => {
    const leaf = { exists: { path: [] } };
    expect(parsePredicates([leaf, { not: leaf }], at, DEFAULT_LIMITS)).toEqual([leaf, { not: leaf }]);
    expect(parsePredicates([], at, DEFAULT_LIMITS)).toEqual([]);
    expect(parsePredicates(Array(100).fill(leaf), at, DEFAULT_LIMITS)).toHaveLength(100);
    expect(errorOf(LimitExceeded, () => parsePredicates(Array(101).fill(leaf), at, DEFAULT_LIMITS)).inputPath).toEqual(
      at,
    );
    expect(() => parsePredicates(Array(50).fill({ not: { not: leaf } }), at, DEFAULT_LIMITS)).toThrow(LimitExceeded);
    expect(() =>
      parsePredicates([{ exists: { path: [], record: RECORD } }], at, DEFAULT_LIMITS, { where: true }),
    ).toThrow(InvalidInput);
  });

  it("says which one is wrong", () => {
    expect(errorOf(InvalidInput, () => parsePredicates([{ all: [] }, {}], at, DEFAULT_LIMITS)).inputPath).toEqual([
      "where",
      1,
    ]);
    expect(errorOf(InvalidInput, () => parsePredicates({ all: [] }, at, DEFAULT_LIMITS)).inputPath).toEqual(at);
  });
});

describe("recordsRead", () => {
  it("names the other records, each once, wherever they stand", () => {
    const of = (record: string): Predicate => ({ exists: { path: [], record } });
    expect(recordsRead({ exists: { path: ["a"] } })).toEqual([]);
    expect(recordsRead({ all: [of(RECORD), { any: [{ not: of(OTHER) }, of(RECORD)] }] }).sort()).toEqual([
      RECORD,
      OTHER,
    ]);
    expect(recordsRead({ any: [] })).toEqual([]);
  });
});

it("leafOf gives the name and the content of a test", () => {
  expect(leafOf({ equals: { path: ["a"], value: 1 } })).toEqual({ kind: "equals", test: { path: ["a"], value: 1 } });
});

describe("predicates about operations", () => {
  const options = { parentsNamed: true };
  const read = (input: unknown) => parsePredicate(input, [], DEFAULT_LIMITS, options);

  it("are read where the commit names its parents, at the top level and under all", () => {
    const input = {
      all: [{ unchanged: { path: ["a", 0] } }, { all: [{ version: { heads: [3, 1, 3], record: RECORD } }] }],
    };
    const sorted = {
      all: [{ unchanged: { path: ["a", 0] } }, { all: [{ version: { heads: [1, 3], record: RECORD } }] }],
    };
    expect(read(input)).toEqual(sorted);
    expect(read({ version: { heads: [2n] } })).toEqual({ version: { heads: [2] } });
  });

  it.each<[unknown, (string | number)[]]>([
    [{ version: {} }, ["version", "heads"]],
    [{ version: { heads: [0] } }, ["version", "heads", 0]],
    [{ version: { heads: [1, 2.5] } }, ["version", "heads", 1]],
    [{ version: { heads: [2n ** 60n] } }, ["version", "heads", 0]],
    [{ version: { heads: [], path: [] } }, ["version", "path"]],
    [{ unchanged: {} }, ["unchanged", "path"]],
  ])("refuses %p", (input, inputPath) => {
    expect(errorOf(InvalidInput, () => read(input))).toMatchObject({ code: "INVALID_INPUT", inputPath });
  });

  it("are told apart from those about values", () => {
    const [unchanged, version, exists] = [
      { unchanged: { path: [] } },
      { version: { heads: [1] } },
      { exists: { path: [] } },
    ];
    const predicates = [exists, { all: [unchanged, exists, { all: [version] }] }, unchanged, { all: [] }];
    expect(aboutOperations(predicates)).toEqual([unchanged, version, unchanged]);
    expect(aboutValues(predicates)).toEqual([exists, { all: [exists] }, { all: [] }]);
  });
});
