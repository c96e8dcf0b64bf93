import { compileSchema } from "../../src/core/jsonSchema";
import { InvalidInput } from "../../src/core/errors";
import type { Json } from "../../src/core/json";

function errorOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

/** The value of JSON text: members named `__proto__` are own ones. */
const json = (text: string): Json => JSON.parse(text) as Json;

describe("compileSchema", () => {
  it("tells what is wrong with a value, and null where nothing is", () => {
    const validate = compileSchema({ type: "object", properties: { n: { type: "integer" } }, required: ["m"] }, []);
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
  });
  it.each<[string, Json, Json, boolean]>([
    ["const own", { const: { constructor: { a: 1 } } }, { constructor: { a: 1 } }, true],
    ["const valueOf", { const: { valueOf: 1, toString: 2 } }, { toString: 2, valueOf: 1 }, true],
    ["const valueOf", { const: { valueOf: 1, toString: 2 } }, { toString: 2, valueOf: 2 }, false],
    ["enum", { enum: [1, { valueOf: 1 }] }, { valueOf: 1 }, true],
    ["enum", { enum: [1, { valueOf: 1 }] }, { valueOf: 2 }, false],
    ["unique", { uniqueItems: true }, [{ valueOf: 1 }, { valueOf: 1 }], false],
    ["unique", { uniqueItems: true }, [{ valueOf: 1 }, { valueOf: 2 }], true],
    ["unique", { uniqueItems: false }, [1, 1], true],
    ["required ctor", { required: ["constructor"] }, {}, false],
    ["required proto", { required: ["__proto__"] }, {}, false],
    ["required proto", { required: ["__proto__"] }, json('{"__proto__":1}'), true],
    ["props ctor", { properties: { constructor: { type: "string" } } }, {}, true],
    ["props ctor", { properties: { constructor: { type: "string" } } }, { constructor: 1 }, false],
    ["patternproto", { patternProperties: { "^__proto__$": { type: "string" } } }, json('{"__proto__":1}'), false],
    ["patternproto", { patternProperties: { "^__proto__$": { type: "string" } } }, json('{"__proto__":"1"}'), true],
    ["additional", { additionalProperties: false }, json('{"__proto__":"1"}'), false],
    ["additional", { additionalProperties: { type: "number" } }, json('{"__proto__":"1"}'), false],
    ["additional", { additionalProperties: { type: "number" } }, json('{"__proto__":1}'), true],
    [
      "additional+pattern",
      { additionalProperties: false, patternProperties: { "^__proto__$": true } },
      json('{"__proto__":1}'),
      true,
    ],
    [
      "uneval dynamic",
      { anyOf: [{ properties: { a: true } }, true], unevaluatedProperties: false },
      { constructor: 1 },
      false,
    ],
    [
      "uneval dynamic",
      { anyOf: [{ properties: { a: true }, required: ["a"] }, true], unevaluatedProperties: false },
      { a: 1 },
      true,
    ],
    [
      "uneval dynamic",
      {
        anyOf: [
          { properties: { a: true }, required: ["a"] },
          { properties: { b: true }, required: ["b"] },
        ],
        unevaluatedProperties: false,
      },
      { a: 1, b: 1 },
      true,
    ],
    [
      "uneval dynamic",
      {
        anyOf: [
          { properties: { a: true }, required: ["a"] },
          { properties: { b: true }, required: ["b"] },
        ],
        unevaluatedProperties: false,
      },
      { a: 1, toString: 1 },
      false,
    ],
    [
      "uneval dynamic true",
      {
        anyOf: [{ properties: { a: true }, required: ["a"] }, { additionalProperties: true }],
        unevaluatedProperties: false,
      },
      { a: 1, toString: 1 },
      true,
    ],
    [
      "uneval dynamic pattern",
      {
        anyOf: [{ properties: { a: true }, required: ["a"] }, { patternProperties: { "^_": true } }],
        unevaluatedProperties: false,
      },
      json('{"__proto__": 1}'),
      true,
    ],
    ["uneval static", { properties: { a: true }, unevaluatedProperties: false }, { toString: 1 }, false],
    ["dependentRequired", { dependentRequired: { toString: ["b"] } }, {}, true],
    ["dependentRequired", { dependentRequired: { toString: ["b"] } }, { toString: 1 }, false],
    ["nullable", { type: "string", nullable: true }, null, false],
    ["format", { format: "date" }, "2020-02-30", false],
    ["minProperties", { minProperties: 1 }, json('{"__proto__": 1}'), true],
    ["recursive", { properties: { a: { $ref: "#" } }, required: ["b"] }, { a: { a: { b: 1 }, b: 1 }, b: 1 }, true],
    ["recursive", { properties: { a: { $ref: "#" } }, required: ["b"] }, { a: { a: { b: 1 } }, b: 1 }, false],
    ["defs inherited", { $ref: "#/$defs/a", $defs: { a: { type: "string" } } }, 1, false],
    ["self", { $ref: "#" }, 1, false],
    ["self", { properties: { a: { $ref: "#/$defs/x" } }, $defs: { x: { $ref: "#/$defs/x" } } }, { a: 1 }, false],
    ["false", false, 1, false],
    [
      "dyn",
      { $dynamicAnchor: "node", properties: { c: { $dynamicRef: "#node" } }, required: ["x"] },
      { x: 1, c: {} },
      false,
    ],
  ])("%s %j", (_name, schema, value, ok) => {
    const errors = compileSchema(schema, ["s"])(value);
    expect(errors === null).toBe(ok);
  });
  it.each<[Json]>([
    [{ type: "strin" }],
    [{ pattern: "(" }],
    [{ $ref: "http://example.com/a" }],
    [{ $ref: "#/$defs/toString", $defs: {} }],
    [{ $ref: "#/$defs/constructor", $defs: {} }],
    [{ $ref: "#/$defs/__proto__", $defs: {} }],
    [{ $schema: "http://json-schema.org/draft-07/schema#" }],
    [json('{"properties":{"__proto__":{}}}')],
    [{ $async: true }],
    [1],
    ["x"],
    [null],
    [[]],
    [{ enum: 3 }],
    [{ minimum: "x" }],
    [{ format: 3 }],
    [{ properties: { a: { $async: true } } }],
    [{ $id: "https://json-schema.org/draft/2020-12/schema" }],
    [{ pattern: "\\-" }],
    [{ $id: "a b", $ref: "x" }],
    [{ uniqueItems: 1 }],
    [{ required: ["a", "a"] }],
    [{ properties: [] }],
    [{ unevaluatedProperties: 3 }],
  ])("refuses %j", (schema) => {
    const e = errorOf(() => compileSchema(schema, ["s"]));
    expect(e).toBeInstanceOf(InvalidInput);
    console.log(
      JSON.stringify(schema),
      (e as InvalidInput).message,
      (e as InvalidInput).inputPath,
      JSON.stringify((e as InvalidInput).details)?.slice(0, 200),
    );
  });
});
