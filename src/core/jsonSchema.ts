/** JSON Schema (2020-12) of a record type, by Ajv. */
import { _, Name, type CodeKeywordDefinition, type ErrorObject, type KeywordCxt, type ValidateFunction } from "ajv";
import Ajv2020 from "ajv/dist/2020";
import addFormats from "ajv-formats";
import { canonicalJson } from "./canonical";
import { equalJson } from "./equality";
import { InvalidInput, type InputPath } from "./errors";
import { isList, isObject, type Json } from "./json";
import { shortMessage } from "./quote";

/** The validator's errors, or null for a value that satisfies the schema. Never throws. */
export type Validate = (value: Json) => null | Json[];

/** More errors of one value than these help nobody. */
const MOST_ERRORS = 100;

/**
 * Compiles a schema, which takes milliseconds: callers keep the result. Keywords that JSON Schema does not know are
 * ignored (but for `nullable`, which means what OpenAPI says), formats are checked, and no reference leaves the schema.
 * @param at where the schema stands in the input
 * @throws InvalidInput for what is no schema, with the errors in `details`; for references that lead nowhere; for names
 *   that Ajv would misread
 */
export function compileSchema(schema: Json, at: InputPath): Validate {
  if (typeof schema !== "boolean" && !isObject(schema)) {
    throw new InvalidInput("A JSON Schema is an object or a boolean.", at);
  }
  refuseInherited(schema, at);
  if (isObject(schema) && schema["$async"] !== undefined) {
    throw new InvalidInput("An asynchronous schema cannot be used here.", [...at, "$async"]);
  }
  const validate = compile(schema, at);
  return (value) => {
    try {
      return validate(value) ? null : describe(validate.errors ?? []);
    } catch (error) {
      // A schema that refers to itself without going down into the value never ends.
      if (error instanceof RangeError) return [{ keyword: "$ref", message: "the schema refers to itself without end" }];
      throw error;
    }
  };
}

function compile(schema: Json, at: InputPath): ValidateFunction {
  const ajv = newAjv();
  const input = schema as boolean | Record<string, unknown>;
  try {
    if (ajv.validateSchema(input) === true) return ajv.compile(input);
  } catch (error) {
    // Ajv throws for references that lead nowhere, for bad patterns, and for a dialect that it does not know.
    throw new InvalidInput(`This is no usable JSON Schema: ${(error as Error).message}.`, at);
  }
  throw new InvalidInput("This is no JSON Schema.", at, describe(ajv.errors ?? []));
}

function newAjv(): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allErrors: true, ownProperties: true, logger: false });
  addFormats(ajv);
  // Ajv's own equality reads `constructor` and calls `valueOf` and `toString` of the values, which are members like any
  // other here.
  for (const keyword of ["const", "enum", "uniqueItems"]) ajv.removeKeyword(keyword);
  ajv.addKeyword({
    keyword: "const",
    compile: (expected: Json) => (value: Json) => equalJson(expected, value),
    error: { message: "must be equal to constant" },
  });
  ajv.addKeyword({
    keyword: "enum",
    schemaType: "array",
    compile: (allowed: readonly Json[]) => (value: Json) => allowed.some((one) => equalJson(one, value)),
    error: { message: "must be equal to one of the allowed values" },
  });
  ajv.addKeyword({
    keyword: "uniqueItems",
    type: "array",
    schemaType: "boolean",
    compile: (unique: boolean) => (list: readonly Json[]) =>
      !unique || new Set(list.map(canonicalJson)).size === list.length,
    error: { message: "must NOT have duplicate items" },
  });
  trackOwnNamesOnly(ajv);
  return ajv;
}

/**
 * Ajv notes evaluated members in an object, in which `constructor` and its like are found without having been noted.
 * (A member `__proto__` cannot be noted at all: it counts as unevaluated.)
 */
function trackOwnNamesOnly(ajv: Ajv2020): void {
  const original = ajv.getKeyword("unevaluatedProperties") as CodeKeywordDefinition;
  ajv.removeKeyword("unevaluatedProperties");
  ajv.addKeyword({
    ...original,
    code(cxt: KeywordCxt) {
      const { gen, it } = cxt;
      const { props } = it;
      if (props instanceof Name) {
        gen.if(_`${props} && ${props} !== true`, () =>
          gen.assign(props, _`Object.assign(Object.create(null), ${props})`),
        );
      }
      original.code(cxt);
    },
  });
}

/**
 * What Ajv would misread: it passes over members named `__proto__`, and where a reference leads to a name that every
 * JavaScript object inherits, it finds one even if the schema has none.
 * @throws InvalidInput with the place of the first of them
 */
function refuseInherited(schema: Json, at: InputPath): void {
  if (isList(schema)) schema.forEach((element, index) => refuseInherited(element, [...at, index]));
  if (!isObject(schema)) return;
  for (const [name, member] of Object.entries(schema)) {
    const place = [...at, name];
    if (name === "__proto__") {
      throw new InvalidInput(
        "A schema can name the member __proto__ in patternProperties only, as ^__proto__$.",
        place,
      );
    }
    if (name === "$ref" && typeof member === "string" && member.split("/").some((step) => step in Object.prototype)) {
      throw new InvalidInput("A reference cannot lead through a name that every object inherits.", place);
    }
    refuseInherited(member, place);
  }
}

function describe(errors: readonly ErrorObject[]): Json[] {
  return errors.slice(0, MOST_ERRORS).map(({ instancePath, schemaPath, keyword, params, message = "" }) => {
    // Names of members may be as long as a value: what is told of them is not.
    const told = { instancePath, schemaPath, keyword, params: params as Json, message };
    return JSON.parse(JSON.stringify(told), (_, part: Json) =>
      typeof part === "string" ? shortMessage(part) : part,
    ) as Json;
  });
}
