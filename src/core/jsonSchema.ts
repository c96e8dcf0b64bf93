/** JSON Schema (2020-12) of a record type, by Ajv. */
import {
  _,
  Name,
  type CodeKeywordDefinition,
  type ErrorObject,
  type Format,
  type KeywordCxt,
  type ValidateFunction,
} from "ajv";
import Ajv2020 from "ajv/dist/2020";
import names from "ajv/dist/compile/names";
import { fullFormats } from "ajv-formats/dist/formats";
import { canonicalJson } from "./canonical";
import { equalJson } from "./equality";
import { InvalidInput, type InputPath } from "./errors";
import { stepsOfMembers, stepsOfText, type Spend } from "./fold";
import { isList, isObject, type Json } from "./json";
import { shortMessage } from "./quote";
import { linearPattern, type LinearPattern } from "./linearPattern";

/** The validator's errors, or null for a value that satisfies the schema. Never throws. */
export type Validate = (value: Json) => null | Json[];

/** More errors of one value than these help nobody. */
const MOST_ERRORS = 100;

/**
 * Validating one value may take so many steps (as `Limits.stepsPerCommit` has them): a small schema can branch out without
 * end, and every keyword may look at a large value again.
 */
const MOST_STEPS = 20_000_000;

/** To find all errors of a value that is wrong may take this part of them; else the first error is told. */
const PART_FOR_ALL = 10;

/** A validation that went beyond. */
class TooManySteps extends Error {}

/**
 * Compiles a schema, which takes milliseconds: callers keep the result. Keywords that JSON Schema does not know are
 * ignored (but for `nullable`, which means what OpenAPI says), formats are checked, and no reference leaves the schema.
 * @param at where the schema stands in the input
 * @throws InvalidInput for what is no schema, with the errors in `details`; for references that lead nowhere; for names
 *   that Ajv would misread; for patterns that `linearPattern` cannot take
 */
export function compileSchema(schema: Json, at: InputPath, mostSteps = MOST_STEPS): Validate {
  if (typeof schema !== "boolean" && !isObject(schema)) {
    throw new InvalidInput("A JSON Schema is an object or a boolean.", at);
  }
  refuseInherited(schema, at);
  if (isObject(schema) && schema["$async"] !== undefined) {
    throw new InvalidInput("An asynchronous schema cannot be used here.", [...at, "$async"]);
  }
  const patterns = new Patterns();
  patterns.readAll(schema, at);
  const meter = new Meter();
  // Errors cost many times what finding the first of them does: they are looked for in values that are wrong only.
  const judge = compile(schema, at, { patterns, meter, allErrors: false });
  let explain: ValidateFunction | undefined;
  const allErrors = (value: Json): Json[] | null => {
    explain ??= compile(schema, at, { patterns, meter, allErrors: true });
    meter.left = mostSteps / PART_FOR_ALL;
    try {
      return explain(value) ? null : describe(explain.errors ?? []);
    } catch (error) {
      if (error instanceof TooManySteps) return null;
      throw error;
    }
  };
  return (value) => {
    meter.left = mostSteps;
    try {
      if (judge(value)) return null;
      const first = describe(judge.errors ?? []);
      return allErrors(value) ?? first;
    } catch (error) {
      if (error instanceof TooManySteps) {
        return [{ keyword: "", message: `it takes more than ${mostSteps} steps to validate the value` }];
      }
      // A schema that refers to itself without going down into the value never ends.
      if (error instanceof RangeError) return [{ keyword: "$ref", message: "the schema refers to itself without end" }];
      throw error;
    }
  };
}

/** Counts down the steps of one validation; those of the schema itself against the schema of schemas are free. */
class Meter {
  left = Infinity;

  readonly spend: Spend = (steps) => {
    this.left -= steps;
    if (this.left < 0) throw new TooManySteps();
  };
}

interface Compilation {
  readonly patterns: Patterns;
  readonly meter: Meter;
  /** Whether to go on after the first error. */
  readonly allErrors: boolean;
}

function compile(schema: Json, at: InputPath, compilation: Compilation): ValidateFunction {
  const ajv = newAjv(compilation);
  compilation.meter.left = Infinity;
  const input = schema as boolean | Record<string, unknown>;
  try {
    if (ajv.validateSchema(input) === true) return ajv.compile(input);
  } catch (error) {
    // Ajv throws for references that lead nowhere, for bad patterns, and for a dialect that it does not know.
    throw new InvalidInput(`This is no usable JSON Schema: ${(error as Error).message}.`, at);
  }
  throw new InvalidInput("This is no JSON Schema.", at, describe(ajv.errors ?? []));
}

function newAjv({ patterns, meter, allErrors }: Compilation): Ajv2020 {
  const { spend } = meter;
  const regExp = (pattern: string) => {
    const { size, test } = patterns.get(pattern, []);
    return {
      test(text: string): boolean {
        spend(Math.ceil((text.length * size) / 2));
        return test(text);
      },
      // Ajv tells patterns apart by this.
      toString: () => pattern,
    };
  };
  const ajv = new Ajv2020({
    strict: false,
    allErrors,
    ownProperties: true,
    logger: false,
    // A definition that is used in many places is compiled once.
    inlineRefs: false,
    code: { regExp: Object.assign(regExp, { code: "linearPattern" }) },
  });
  for (const [name, format] of Object.entries(fullFormats)) ajv.addFormat(name, bounded(name, format, spend));
  // Ajv's own equality reads `constructor` and calls `valueOf` and `toString` of the values, which are members like any
  // other here.
  for (const keyword of ["const", "enum", "uniqueItems"]) ajv.removeKeyword(keyword);
  ajv.addKeyword({
    keyword: "const",
    compile: (expected: Json) => (value: Json) => equalJson(expected, value, spend),
    error: { message: "must be equal to constant" },
  });
  ajv.addKeyword({
    keyword: "enum",
    schemaType: "array",
    compile: (allowed: readonly Json[]) => (value: Json) => {
      spend(allowed.length);
      return allowed.some((one) => equalJson(one, value, spend));
    },
    error: { message: "must be equal to one of the allowed values" },
  });
  ajv.addKeyword({
    keyword: "uniqueItems",
    type: "array",
    schemaType: "boolean",
    compile: (unique: boolean) => (list: readonly Json[]) => !unique || areDifferent(list, spend),
    error: { message: "must NOT have duplicate items" },
  });
  trackOwnNamesOnly(ajv);
  count(ajv, meter);
  return ajv;
}

/** Of the expressions behind formats, this one takes a time that grows with the square of the text; addresses are short. */
const LONGEST_URL = 2_048;

function bounded(name: string, format: Format, spend: Spend): Format {
  if (name !== "url" || !(format instanceof RegExp)) return format;
  return (text: string) => {
    if (text.length > LONGEST_URL) return false;
    spend(stepsOfText(text.length ** 2));
    return format.test(text);
  };
}

/** Keywords that go through all members of an object. */
const OF_MEMBERS: ReadonlySet<string> = new Set([
  "additionalProperties",
  "maxProperties",
  "minProperties",
  "patternProperties",
  "propertyNames",
  "unevaluatedProperties",
]);

function areDifferent(list: readonly Json[], spend: Spend): boolean {
  const texts = list.map((element) => {
    const text = canonicalJson(element);
    spend(1 + text.length);
    return text;
  });
  return new Set(texts).size === list.length;
}

/** Makes every keyword tell what it is about to do, each time that it is applied to a value. */
function count(ajv: Ajv2020, meter: Meter): void {
  const { rules, post } = ajv.RULES;
  for (const rule of [...rules, post].flatMap((group) => group.rules)) {
    const { keyword, definition } = rule;
    // The others tell it themselves.
    if (!("code" in definition)) continue;
    const spendOn = (size: number, value: unknown, errors: readonly unknown[] | null): void => {
      // A reference copies the errors so far.
      let steps = 1 + size + (errors?.length ?? 0);
      if (typeof value === "string") steps += stepsOfText(value.length * (keyword === "format" ? 8 : 1));
      else if (Array.isArray(value)) steps += value.length;
      else if (OF_MEMBERS.has(keyword) && typeof value === "object" && value !== null)
        steps += stepsOfMembers(Object.keys(value).length);
      meter.spend(steps);
    };
    const code = (cxt: KeywordCxt, type?: string): void => {
      const { gen, data } = cxt;
      const schema: unknown = cxt.schema;
      const size = typeof schema === "object" && schema !== null ? Object.keys(schema).length : 0;
      gen.code(_`${gen.scopeValue("func", { ref: spendOn })}(${size}, ${data}, ${names.vErrors})`);
      definition.code(cxt, type);
    };
    rule.definition = { ...definition, code };
  }
}

/** Instructions of all patterns of a schema. */
const LARGEST_PATTERNS = 10_000;

/** The patterns of a schema, each compiled once. */
class Patterns {
  readonly #compiled = new Map<string, LinearPattern>();
  #size = 0;

  get(pattern: string, at: InputPath): LinearPattern {
    let compiled = this.#compiled.get(pattern);
    if (compiled === undefined) {
      compiled = linearPattern(pattern, at);
      this.#size += compiled.size;
      if (this.#size > LARGEST_PATTERNS) {
        throw new InvalidInput("The patterns of the schema are too large together; repeats count each time.", at);
      }
      this.#compiled.set(pattern, compiled);
    }
    return compiled;
  }

  /** @throws InvalidInput with the place of a pattern that cannot be used */
  readAll(schema: Json, at: InputPath): void {
    if (isList(schema)) schema.forEach((element, index) => this.readAll(element, [...at, index]));
    if (!isObject(schema)) return;
    for (const [name, member] of Object.entries(schema)) {
      const place = [...at, name];
      if (VALUES.has(name)) continue;
      if (name === "pattern" && typeof member === "string") this.get(member, place);
      if (name === "patternProperties" && isObject(member)) {
        for (const pattern of Object.keys(member)) this.get(pattern, [...place, pattern]);
      }
      this.readAll(member, place);
    }
  }
}

/** Keywords that hold values and no schemas. */
const VALUES: ReadonlySet<string> = new Set(["const", "default", "enum", "examples"]);

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

/** How many schemas a schema is made of, itself included: its objects, but for those in values. */
export function countSubschemas(schema: Json): number {
  if (isList(schema)) return schema.reduce<number>((count, element) => count + countSubschemas(element), 0);
  if (!isObject(schema)) return 0;
  return Object.entries(schema).reduce(
    (count, [name, member]) => count + (VALUES.has(name) ? 0 : countSubschemas(member)),
    1,
  );
}
