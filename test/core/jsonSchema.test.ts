import { InvalidInput } from "../../src/core/errors";
import type { Json, JsonObject } from "../../src/core/json";
import { compileSchema, countSubschemas } from "../../src/core/jsonSchema";
import { errorOf } from "../support/errorOf";

const at = ["input", "schema"];
/** The value of JSON text: members named `__proto__` are own ones. */
const json = (text: string): Json => JSON.parse(text) as Json;
const proto = json('{"__proto__": 1}');

describe("compileSchema", () => {
  it("tells all that is wrong with a value, and null where nothing is", () => {
    const validate = compileSchema({ type: "object", properties: { n: { type: "integer" } }, required: ["m"] }, at);
    expect(validate({ n: 1, m: null })).toBeNull();
    expect(validate({ n: "1" })).toEqual([
      {
        instancePath: "",
        schemaPath: "#/required",
        keyword: "required",
        params: { missingProperty: "m" },
        message: "must have required property 'm'",
      },
      {
        instancePath: "/n",
        schemaPath: "#/properties/n/type",
        keyword: "type",
        params: { type: "integer" },
        message: "must be integer",
      },
    ]);
    expect(validate({ n: 2, m: 1 })).toBeNull();
  });

  it("gives a hundred errors at most", () => {
    expect(compileSchema({ items: { type: "string" } }, at)(Array(500).fill(1))).toHaveLength(100);
  });

  it.each<[string, Json, Json, string | null]>([
    ["true takes everything", true, 1, null],
    ["false takes nothing", false, 1, "boolean schema is false"],
    ["unknown keywords are ignored", { "x-order": 1, minimum: 2 }, 1, "must be >= 2"],
    ["formats are checked", { format: "date" }, "2020-02-30", 'must match format "date"'],
    ["formats are checked", { format: "date" }, "2020-02-29", null],
    ["unknown formats are ignored", { format: "zip" }, "x", null],
    [
      "a schema may refer to itself",
      { properties: { a: { $ref: "#" } }, required: ["b"] },
      { a: { b: 1 }, b: 1 },
      null,
    ],
    [
      "a schema may refer to itself",
      { properties: { a: { $ref: "#" } }, required: ["b"] },
      { a: {}, b: 1 },
      "must have required property 'b'",
    ],
    ["definitions are found", { $ref: "#/$defs/a", $defs: { a: { type: "string" } } }, 1, "must be string"],
    [
      "dynamic references are followed",
      { $dynamicAnchor: "n", properties: { c: { $dynamicRef: "#n" } }, required: ["x"] },
      { x: 1, c: {} },
      "must have required property 'x'",
    ],
    [
      "a reference without end is an error, not an endless loop",
      { $ref: "#" },
      1,
      "the schema refers to itself without end",
    ],
  ])("%s", (_name, schema, value, message) => {
    const errors = compileSchema(schema, at)(value);
    if (message === null) expect(errors).toBeNull();
    else expect(errors).toEqual([expect.objectContaining({ message })]);
  });

  describe("takes inherited names for members like any other", () => {
    it.each<[Json, Json, string | null]>([
      [{ const: { constructor: { a: 1 } } }, { constructor: { a: 1 } }, null],
      [{ const: { valueOf: 1, toString: 2 } }, { toString: 2, valueOf: 1 }, null],
      [{ const: { valueOf: 1, toString: 2 } }, { toString: 2, valueOf: 2 }, "must be equal to constant"],
      [{ const: [1] }, [1], null],
      [{ enum: [1, { valueOf: 1 }] }, { valueOf: 1 }, null],
      [{ enum: [1, { valueOf: 1 }] }, { valueOf: 2 }, "must be equal to one of the allowed values"],
      [{ uniqueItems: true }, [{ valueOf: 1 }, { valueOf: 1 }], "must NOT have duplicate items"],
      [{ uniqueItems: true }, [{ valueOf: 1 }, { valueOf: 2 }], null],
      [{ uniqueItems: true }, "not a list", null],
      [{ uniqueItems: false }, [1, 1], null],
      [{ required: ["constructor"] }, {}, "must have required property 'constructor'"],
      [{ required: ["__proto__"] }, {}, "must have required property '__proto__'"],
      [{ required: ["__proto__"] }, proto, null],
      [{ properties: { toString: { type: "string" } } }, {}, null],
      [{ properties: { toString: { type: "string" } } }, { toString: 1 }, "must be string"],
      [{ patternProperties: { "^__proto__$": { type: "string" } } }, proto, "must be string"],
      [{ patternProperties: { "^__proto__$": { type: "number" } } }, proto, null],
      [{ additionalProperties: false }, proto, "must NOT have additional properties"],
      [{ additionalProperties: { type: "string" } }, proto, "must be string"],
      [{ additionalProperties: false, patternProperties: { "^__proto__$": true } }, proto, null],
      [{ dependentRequired: { toString: ["b"] } }, {}, null],
      [{ minProperties: 1 }, proto, null],
      [
        { properties: { a: true }, unevaluatedProperties: false },
        { toString: 1 },
        "must NOT have unevaluated properties",
      ],
    ])("%j of %j", (schema, value, message) => {
      const errors = compileSchema(schema, at)(value);
      if (message === null) expect(errors).toBeNull();
      else expect(errors).toEqual([expect.objectContaining({ message })]);
    });

    it("in what other keywords have evaluated", () => {
      const either: JsonObject = {
        anyOf: [
          { properties: { a: true }, required: ["a"] },
          { properties: { b: true }, required: ["b"] },
        ],
      };
      const validate = compileSchema({ ...either, unevaluatedProperties: false }, at);
      expect(validate({ a: 1 })).toBeNull();
      expect(validate({ a: 1, b: 1 })).toBeNull();
      expect(validate({ a: 1, toString: 1 })).toEqual([
        expect.objectContaining({
          params: { unevaluatedProperty: "toString" },
          message: "must NOT have unevaluated properties",
        }),
      ]);
      expect(validate({ a: 1, c: 1 })).toEqual([expect.objectContaining({ params: { unevaluatedProperty: "c" } })]);
      const open = compileSchema(
        {
          anyOf: [{ properties: { a: true }, required: ["a"] }, { additionalProperties: true }],
          unevaluatedProperties: false,
        },
        at,
      );
      expect(open({ a: 1, toString: 1 })).toBeNull();
    });
  });

  describe("takes no time without end", () => {
    /** Each definition refers to the next one twice. */
    const doubling = (keyword: string, last: Json): Json => ({
      $ref: "#/$defs/d0",
      $defs: {
        ...Object.fromEntries(
          Array.from({ length: 40 }, (_, index) => {
            const next = { $ref: `#/$defs/d${index + 1}` };
            return [`d${index}`, { [keyword]: [next, next] }];
          }),
        ),
        d40: last,
      },
    });
    const tooMany = [{ keyword: "", message: "it takes more than 100000 steps to validate the value" }];

    it.each<[string, Json, Json]>([
      ["conjunctions that branch", doubling("allOf", { type: "number", minimum: 0 }), 1],
      ["alternatives that branch", doubling("anyOf", { type: "string" }), 1],
      ["exclusive alternatives", doubling("oneOf", { type: "string" }), 1],
      [
        "dynamic references",
        { $dynamicAnchor: "n", allOf: Array(3).fill({ properties: { c: { $dynamicRef: "#n" } } }) as Json[] },
        JSON.parse('{"c":'.repeat(20) + "1" + "}".repeat(20)) as Json,
      ],
      [
        "many keywords on many elements",
        { items: { allOf: Array(100).fill({ minimum: 0 }) as Json[] } },
        Array(2000).fill(1) as Json,
      ],
      [
        "names of many members",
        { allOf: Array(100).fill({ propertyNames: true, additionalProperties: true, maxProperties: 9999 }) as Json[] },
        Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`m${index}`, 1])),
      ],
      ["long texts", { allOf: Array(100).fill({ minLength: 1 }) as Json[] }, "x".repeat(100_000)],
      ["patterns on long texts", { pattern: "^(a+)+$" }, "a".repeat(100_000)],
      [
        "comparing with many values",
        { items: { enum: Array.from({ length: 1000 }, (_, index) => index) } },
        Array(1000).fill(999) as Json,
      ],
      [
        "comparing with large values",
        { items: { const: Array(1000).fill(1) as Json[] } },
        Array(1000).fill(Array(1000).fill(1)) as Json,
      ],
      [
        "elements that differ",
        { allOf: Array(100).fill({ uniqueItems: true }) as Json[] },
        Array.from({ length: 2000 }, (_, index) => index),
      ],
      ["addresses", { items: { format: "url" } }, Array(10).fill(`http://a.bc/${"x".repeat(2000)}`) as Json],
      [
        "listing what is required",
        { items: { required: Array.from({ length: 100 }, (_, index) => `r${index}`) } },
        Array(2000).fill(Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`r${index}`, 1]))) as Json,
      ],
    ])("%s", (_name, schema, value) => {
      expect(compileSchema(schema, at, 100_000)(value)).toEqual(tooMany);
      // Nothing is left of it.
      expect(compileSchema({ type: "null" }, at, 100_000)(null)).toBeNull();
    });

    it("counts each validation by itself", () => {
      const validate = compileSchema({ items: { minimum: 0 } }, at, 100);
      for (let time = 0; time < 10; time++) expect(validate(Array(20).fill(1) as Json)).toBeNull();
      expect(validate(Array(100).fill(1) as Json)).toHaveLength(1);
      expect(validate(Array(20).fill(1) as Json)).toBeNull();
    });

    it("tells the first error where all would be too many", () => {
      const validate = compileSchema({ items: { type: "string", minLength: 2 } }, at, 100_000);
      expect(validate(Array(50).fill(1) as Json)).toHaveLength(50);
      expect(validate(Array(10_000).fill("x") as Json)).toEqual([
        expect.objectContaining({ instancePath: "/0", keyword: "minLength" }),
      ]);
    });

    it("takes an address of a sensible length", () => {
      const validate = compileSchema({ format: "url" }, at);
      const url = (length: number) => `https://example.org/${"x".repeat(length - 20)}`;
      expect(validate(url(2048))).toBeNull();
      expect(validate(url(2049))).toHaveLength(1);
      expect(validate("nowhere")).toHaveLength(1);
    });
  });

  it("names the place of a pattern that cannot be used", () => {
    const cases: [Json, (string | number)[]][] = [
      [{ pattern: "(" }, ["pattern"]],
      [
        { allOf: [true, { properties: { pattern: { pattern: "(?=a)" } } }] },
        ["allOf", 1, "properties", "pattern", "pattern"],
      ],
      [
        { $defs: { a: { patternProperties: { a: true, "(b)\\1": true } } } },
        ["$defs", "a", "patternProperties", "(b)\\1"],
      ],
    ];
    for (const [schema, where] of cases) {
      const error = errorOf(InvalidInput, () => compileSchema(schema, at));
      expect(error.inputPath).toEqual([...at, ...where]);
      expect(error.message).toMatch(/^The pattern .* cannot be used: .*\.$/);
    }
    // What only looks like one.
    expect(compileSchema({ const: { pattern: "(" }, default: { pattern: "(" } }, at)({ pattern: "(" })).toBeNull();
    expect(compileSchema({ properties: { pattern: { type: "string" } } }, at)({ pattern: "(" })).toBeNull();
  });

  it("tells patterns apart, and takes no more of them than can be compiled soon", () => {
    const validate = compileSchema({ patternProperties: { "^a": { type: "number" }, "^b": { type: "string" } } }, at);
    expect(validate({ a: 1, b: "" })).toBeNull();
    expect(validate({ a: "", b: 1 })).toHaveLength(2);
    const patterns = (count: number) => ({
      allOf: Array.from({ length: count }, (_, index) => ({ pattern: `${index}a{900}` })),
    });
    expect(compileSchema(patterns(10), at)("")).toHaveLength(10);
    expect(errorOf(InvalidInput, () => compileSchema(patterns(12), at))).toMatchObject({
      message: "The patterns of the schema are too large together; repeats count each time.",
      inputPath: [...at, "allOf", 11, "pattern"],
    });
    // The same one twice is one.
    expect(compileSchema({ allOf: Array(50).fill({ pattern: "a{900}" }) as Json[] }, at)("")).toHaveLength(50);
  });

  it("counts what it is made of", () => {
    expect([countSubschemas(true), countSubschemas({}), countSubschemas({ type: "string" })]).toEqual([0, 1, 1]);
    expect(countSubschemas({ allOf: [{}, true, { not: {} }], enum: [{}, {}], const: {}, default: { a: {} } })).toBe(4);
    // `properties` is an object, too.
    expect(countSubschemas({ properties: { a: {}, b: { items: {} } } })).toBe(5);
  });

  it("survives a schema that is compiled again, and one with an id", () => {
    const schema = { $id: "https://example.org/a", type: "string" };
    expect(compileSchema(schema, at)("x")).toBeNull();
    expect(compileSchema(schema, at)(1)).toHaveLength(1);
  });

  describe("refuses what is no schema", () => {
    it.each<[Json, (string | number)[], string]>([
      [1, [], "A JSON Schema is an object or a boolean."],
      ["{}", [], "A JSON Schema is an object or a boolean."],
      [null, [], "A JSON Schema is an object or a boolean."],
      [[], [], "A JSON Schema is an object or a boolean."],
      [{ $async: true }, ["$async"], "An asynchronous schema cannot be used here."],
      [
        json('{"properties": {"__proto__": {}}}'),
        ["properties", "__proto__"],
        "A schema can name the member __proto__ in patternProperties only, as ^__proto__$.",
      ],
      [
        json('{"anyOf": [true, {"$defs": {"__proto__": {}}}]}'),
        ["anyOf", 1, "$defs", "__proto__"],
        "A schema can name the member __proto__ in patternProperties only, as ^__proto__$.",
      ],
      [{ $ref: "#/$defs/toString" }, ["$ref"], "A reference cannot lead through a name that every object inherits."],
      [
        { properties: { a: { $ref: "#/$defs/__proto__" } } },
        ["properties", "a", "$ref"],
        "A reference cannot lead through a name that every object inherits.",
      ],
      [
        { $ref: "https://example.org/schema" },
        [],
        "This is no usable JSON Schema: can't resolve reference https://example.org/schema from id #.",
      ],
      [
        { $ref: "#/$defs/missing" },
        [],
        "This is no usable JSON Schema: can't resolve reference #/$defs/missing from id #.",
      ],
      [
        { $schema: "http://json-schema.org/draft-07/schema#" },
        [],
        'This is no usable JSON Schema: no schema with key or ref "http://json-schema.org/draft-07/schema#".',
      ],
    ])("%j", (schema, where, message) => {
      expect(errorOf(InvalidInput, () => compileSchema(schema, at))).toMatchObject({
        message,
        inputPath: [...at, ...where],
      });
    });

    it.each<[Json]>([[{ properties: { a: { $ref: "#/$defs/x" } }, $defs: { x: { $ref: "#/$defs/x" } } }]])(
      "%j",
      (schema) => {
        expect(errorOf(InvalidInput, () => compileSchema(schema, at)).message).toMatch(
          /^This is no usable JSON Schema: /,
        );
      },
    );

    it.each<[Json, string]>([
      [{ type: "strin" }, "/type"],
      [{ enum: 3 }, "/enum"],
      [{ uniqueItems: 1 }, "/uniqueItems"],
      [{ required: ["a", "a"] }, "/required"],
      [{ properties: { a: { minimum: "x" } } }, "/properties/a/minimum"],
      [{ unevaluatedProperties: 3 }, "/unevaluatedProperties"],
    ])("%j, with details", (schema, instancePath) => {
      const error = errorOf(InvalidInput, () => compileSchema(schema, at));
      expect(error).toMatchObject({ message: "This is no JSON Schema.", inputPath: at });
      expect(error.details).toEqual(expect.arrayContaining([expect.objectContaining({ instancePath })]));
    });
  });
});
