/** JSON Schema (2020-12) of a record type, by Ajv. */
import { _, Name, type CodeKeywordDefinition, type ErrorObject, type KeywordCxt, type ValidateFunction } from "ajv";
import Ajv2020 from "ajv/dist/2020";
import addFormats from "ajv-formats";
import { canonicalJson } from "./canonical";
import { equalJson } from "./equality";
import { InvalidInput, type InputPath } from "./errors";
import { isList, isObject, type Json } from "./json";

/** The validator's errors, or null for a value that satisfies the schema. Never throws. */
export type Validate = (value: Json) => null | Json[];

/** More errors of one value than these help nobody. */
const MOST_ERRORS = 100;

/**
 * Compiles a schema, which takes milliseconds: callers keep the result. Keywords that JSON Schema does not know are
 * ignored, formats are checked, and no reference leaves the schema.
 * @param at where the schema stands in the input
 * @throws InvalidInput with the errors in `details`, for what is no schema, refers to what is not there, or names a
 *   member `__proto__`, which Ajv does not see
 */
export function compileSchema(schema: Json, at: InputPath): Validate {
  if (typeof schema !== "boolean" && !isObject(schema)) {
    throw new InvalidInput("A JSON Schema is an object or a boolean.", at);
  }
  refuseProto(schema, at);
  if (isObject(schema) && schema["$async"] !== undefined) {
    throw new InvalidInput("An asynchronous schema cannot be used here.", [...at, "$async"]);
  }
  const ajv = newAjv();
  const validate = compile(ajv, schema, at);
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

function compile(ajv: Ajv2020, schema: Json, at: InputPath): ValidateFunction {
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

/** Ajv notes evaluated members in an object, in which `constructor` and its like are found without having been noted. */
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

/** @throws InvalidInput with the place of the first member `__proto__` */
function refuseProto(schema: Json, at: InputPath): void {
  if (isList(schema)) schema.forEach((element, index) => refuseProto(element, [...at, index]));
  else if (isObject(schema)) {
    for (const [name, member] of Object.entries(schema)) {
      if (name === "__proto__") {
        const problem = "A schema cannot name a member __proto__ here; patternProperties can, as ^__proto__$.";
        throw new InvalidInput(problem, [...at, name]);
      }
      refuseProto(member, [...at, name]);
    }
  }
}

function describe(errors: readonly ErrorObject[]): Json[] {
  return errors.slice(0, MOST_ERRORS).map(({ instancePath, schemaPath, keyword, params, message = "" }) => {
    return { instancePath, schemaPath, keyword, params: JSON.parse(JSON.stringify(params)) as Json, message };
  });
}
