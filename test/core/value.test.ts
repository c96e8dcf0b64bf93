import fc from "fast-check";
import { InvalidInput, LimitExceeded } from "../../src/core/errors";
import type { Json } from "../../src/core/json";
import { DEFAULT_LIMITS } from "../../src/core/limits";
import { checkName, checkString, checkUuid, checkValue } from "../../src/core/value";
import { check, jsonValue, pathsIn } from "../support/arbitraries";
import { errorOf } from "../support/errorOf";

const at = ["operations", 3, "put", "value"];
const checked = (value: unknown, limits = DEFAULT_LIMITS): Json => checkValue(value, at, limits);

function nested(depth: number): Json {
  let value: Json = 1;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

describe("checkValue", () => {
  it("takes every JSON value, and gives one that equals it", () => {
    check(
      fc.property(jsonValue, (value) => {
        expect(checked(value)).toEqual(value);
        expect(JSON.stringify(checked(value))).toBe(JSON.stringify(value));
      }),
    );
  });

  it("copies, so that nobody outside can change what was checked", () => {
    const input = { list: [{ a: 1 }] };
    const value = checked(input);
    input.list[0]!.a = 2;
    expect(value).toEqual({ list: [{ a: 1 }] });
  });

  it("gives ordinary objects, whatever prototype the input has", () => {
    const input = Object.assign(Object.create(null) as object, { a: Object.create(null) as object });
    const value = checked(input) as { a: object };
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(value.a)).toBe(Object.prototype);
  });

  it("keeps members named __proto__ as own members", () => {
    const value = checked(JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}')) as object;
    expect(Object.keys(value)).toEqual(["__proto__", "constructor"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect((value as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it("takes -0 for 0", () => {
    expect(Object.is(checked(-0), 0)).toBe(true);
    expect(Object.is((checked([-0]) as number[])[0], 0)).toBe(true);
  });

  it.each<[string, unknown, (string | number)[], string]>([
    ["NaN", NaN, [], "The number is NaN, but only finite numbers are JSON."],
    ["infinity", { a: [1, -Infinity] }, ["a", 1], "The number is -Infinity, but only finite numbers are JSON."],
    ["undefined", { a: undefined }, ["a"], "This is undefined, not a JSON value."],
    ["a hole in a list", [1, , 3], [1], "This is undefined, not a JSON value."],
    ["a function", { a: () => 1 }, ["a"], "This is a function, not a JSON value."],
    ["a symbol", [Symbol("x")], [0], "This is a symbol, not a JSON value."],
    ["a bigint", [[1n]], [0, 0], "This is a bigint, not a JSON value."],
    ["a date", { when: new Date(0) }, ["when"], "This is an instance of a class, not a JSON value."],
    ["a map", new Map(), [], "This is an instance of a class, not a JSON value."],
    ["a boxed number", [new Number(1)], [0], "This is an instance of a class, not a JSON value."],
    ["U+0000", { a: ["x", "y\0"] }, ["a", 1], "The string holds the character U+0000, which cannot be stored."],
    ["a lone high surrogate", ["\ud83d"], [0], "The string holds a lone surrogate, which cannot be stored."],
    ["a lone low surrogate", ["a\ude00b"], [0], "The string holds a lone surrogate, which cannot be stored."],
    [
      "surrogates in the wrong order",
      ["\ude00\ud83d"],
      [0],
      "The string holds a lone surrogate, which cannot be stored.",
    ],
    [
      "U+0000 in a name",
      { a: { "b\0": 1 } },
      ["a", "b\0"],
      "The name of the member holds the character U+0000, which cannot be stored.",
    ],
    [
      "a lone surrogate in a name",
      [{ "\udfff": 1 }],
      [0, "\udfff"],
      "The name of the member holds a lone surrogate, which cannot be stored.",
    ],
  ])("refuses %s and says where", (_what, input, where, message) => {
    const error = errorOf(InvalidInput, () => checked(input));
    expect(error.message).toBe(message);
    expect(error.inputPath).toEqual([...at, ...where]);
  });

  it("says where, however deep and however late", () => {
    check(
      fc.property(jsonValue, fc.nat(), (value, pick) => {
        const paths = pathsIn(value);
        const path = paths[pick % paths.length]!;
        const spoil = (inner: Json, [step, ...rest]: (string | number)[]): unknown => {
          if (step === undefined) return NaN;
          if (Array.isArray(inner))
            return inner.map((element: Json, index) => (index === step ? spoil(element, rest) : element));
          return Object.fromEntries(
            Object.entries(inner as object).map(([name, member]) => [
              name,
              name === step ? spoil(member as Json, rest) : (member as Json),
            ]),
          );
        };
        expect(errorOf(InvalidInput, () => checked(spoil(value, [...path]))).inputPath).toEqual([...at, ...path]);
      }),
    );
  });

  describe("depth", () => {
    it("counts containers: a scalar has none, an empty list one", () => {
      const limits = { ...DEFAULT_LIMITS, valueDepth: 1 };
      expect(checked(1, limits)).toBe(1);
      expect(checked([], limits)).toEqual([]);
      expect(checked({ a: 1 }, limits)).toEqual({ a: 1 });
      expect(() => checked([[]], limits)).toThrow(LimitExceeded);
      expect(() => checked({ a: {} }, limits)).toThrow(LimitExceeded);
      expect(() => checked([], { ...limits, valueDepth: 0 })).toThrow(LimitExceeded);
      expect(checked(nested(64))).toEqual(nested(64));
    });

    it("is refused past the limit, naming it", () => {
      const error = errorOf(LimitExceeded, () => checked(nested(65)));
      expect(error).toMatchObject({ inputPath: at, limit: "valueDepth", maximum: 64 });
      expect(error.message).toBe("The value is nested deeper than 64.");
    });

    it("never exhausts the stack", () => {
      expect(() => checked(nested(200_000))).toThrow(LimitExceeded);
      const limits = { ...DEFAULT_LIMITS, valueDepth: 1e9, valueBytes: 1e9 };
      let value = checked(nested(200_000), limits);
      let depth = 0;
      for (; typeof value === "object"; depth++) value = Object.values(value!)[0] as Json;
      expect(depth).toBe(200_000);
      const ring: unknown[] = [];
      ring.push(ring);
      expect(() => checked(ring)).toThrow(LimitExceeded);
    });
  });

  describe("size", () => {
    const bytes = (value: Json): number => Buffer.byteLength(JSON.stringify(value));

    it("is that of the compact JSON in UTF-8, to the byte", () => {
      check(
        fc.property(jsonValue, (value) => {
          const limits = { ...DEFAULT_LIMITS, valueBytes: bytes(value) };
          expect(checked(value, limits)).toEqual(value);
          expect(() => checked(value, { ...limits, valueBytes: limits.valueBytes - 1 })).toThrow(LimitExceeded);
        }),
      );
    });

    it("is refused past the limit, naming it", () => {
      const error = errorOf(LimitExceeded, () => checked({ a: "x".repeat(1024 * 1024) }));
      expect(error).toMatchObject({ inputPath: at, limit: "valueBytes", maximum: 1024 * 1024 });
      expect(error.message).toBe("The value is larger than 1048576 bytes as JSON.");
      expect(() => checked(Array(600_000).fill(0))).toThrow(LimitExceeded);
      expect(() => checked({ ["k".repeat(1024 * 1024)]: 1 })).toThrow(LimitExceeded);
    });

    it("is seen before the content of a string that is far too long", () => {
      expect(() => checked("\0".repeat(1024 * 1024 + 1))).toThrow(LimitExceeded);
      expect(() => checked("\0".repeat(1024 * 1024))).toThrow(InvalidInput);
    });
  });
});

describe("checkString", () => {
  it("takes strings that can be stored and nothing else", () => {
    expect(checkString("", at)).toBe("");
    expect(checkString("a😀", at)).toBe("a😀");
    for (const [input, message] of [
      [1, "A string is needed here."],
      [null, "A string is needed here."],
      ["\0", "The string holds the character U+0000, which cannot be stored."],
      ["\ud800", "The string holds a lone surrogate, which cannot be stored."],
    ]) {
      const error = errorOf(InvalidInput, () => checkString(input, at));
      expect(error).toMatchObject({ message, inputPath: at });
    }
  });
});

describe("checkName", () => {
  it("takes what is neither empty nor too long", () => {
    expect(checkName('x"; drop table', at, DEFAULT_LIMITS)).toBe('x"; drop table');
    expect(checkName("n".repeat(200), at, DEFAULT_LIMITS)).toHaveLength(200);
    expect(errorOf(InvalidInput, () => checkName("", at, DEFAULT_LIMITS))).toMatchObject({
      message: "The name is empty.",
      inputPath: at,
    });
    expect(() => checkName(3, at, DEFAULT_LIMITS)).toThrow("A string is needed here.");
    expect(errorOf(LimitExceeded, () => checkName("n".repeat(201), at, DEFAULT_LIMITS))).toMatchObject({
      message: "The name is longer than 200 characters.",
      inputPath: at,
      limit: "nameLength",
      maximum: 200,
    });
  });
});

describe("checkUuid", () => {
  it("takes a UUID of any version, and lower-cases it", () => {
    expect(checkUuid("F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6", at)).toBe("f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
    expect(checkUuid("00000000-0000-0000-0000-000000000000", at)).toBe("00000000-0000-0000-0000-000000000000");
  });

  it.each([
    "",
    "f81d4fae7dec11d0a76500a0c91e6bf6",
    "{f81d4fae-7dec-11d0-a765-00a0c91e6bf6}",
    "f81d4fae-7dec-11d0-a765-00a0c91e6bf",
    "f81d4fae-7dec-11d0-a765-00a0c91e6bf66",
    "xf81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    "g81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    " f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    "f81d4fae-7dec-11d0-a765-00a0c91e6bf6\n",
    7,
    null,
    ["f81d4fae-7dec-11d0-a765-00a0c91e6bf6"],
  ])("refuses %j", (input) => {
    expect(errorOf(InvalidInput, () => checkUuid(input, at))).toMatchObject({
      message: "A UUID is needed here.",
      inputPath: at,
    });
  });
});
