/** The scalars of the contract. Whatever does not fit is refused with the code INVALID_INPUT. */
import { GraphQLError, Kind, type ValueNode } from "graphql";
import { OmdbError, type InputPath } from "../core/errors";
import { DEFAULT_LIMITS } from "../core/limits";
import { checkPath } from "../core/path";
import { quoted } from "../core/quote";
import { checkUuid } from "../core/value";
import { builder, type UncheckedJson } from "./builder";

/** @param inputPath where the fault lies inside of the value */
function refuse(message: string, node?: ValueNode, inputPath: InputPath = []): never {
  throw new GraphQLError(message, { nodes: node ? [node] : [], extensions: { code: "INVALID_INPUT", inputPath } });
}

const INT64_MINIMUM = -(2n ** 63n);
const INT64_MAXIMUM = 2n ** 63n - 1n;

function readBigInt(value: unknown, node?: ValueNode): bigint {
  const safe = typeof value === "number" && Number.isSafeInteger(value);
  const decimal = typeof value === "string" && /^-?(0|[1-9][0-9]{0,19})$/.test(value);
  if (!safe && !decimal && typeof value !== "bigint") {
    refuse("BigInt takes a decimal string, or an integer of at most 2^53-1.", node);
  }
  const integer = BigInt(value);
  if (integer < INT64_MINIMUM || integer > INT64_MAXIMUM) refuse("BigInt holds 64 bits.", node);
  return integer;
}

builder.scalarType("BigInt", {
  description: "64-bit integer, always serialised as a decimal string; accepts a string, or an integer up to 2^53-1.",
  serialize: (value) => String(value),
  parseValue: (value) => readBigInt(value),
  parseLiteral: (node) => {
    if (node.kind === Kind.STRING) return readBigInt(node.value, node);
    if (node.kind === Kind.INT) return readBigInt(Number(node.value), node);
    return refuse("BigInt takes a string or an integer.", node);
  },
});

function readSafeInt(value: unknown, node?: ValueNode): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) {
    refuse("SafeInt takes an integer with an absolute value of at most 2^53-1.", node);
  }
  return value === 0 ? 0 : value;
}

builder.scalarType("SafeInt", {
  description: "Integer with absolute value up to 2^53-1, as a JSON number.",
  serialize: (value) => value,
  parseValue: (value) => readSafeInt(value),
  parseLiteral: (node) =>
    node.kind === Kind.INT ? readSafeInt(Number(node.value), node) : refuse("SafeInt takes an integer.", node),
});

const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

function readDateTime(value: unknown, node?: ValueNode): Date {
  const match = typeof value === "string" ? RFC_3339.exec(value) : null;
  if (!match || typeof value !== "string") {
    return refuse("DateTime takes an RFC 3339 date-time with time zone, e.g. 2024-05-17T08:00:00Z.", node);
  }
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const daysInMonth = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  const date = new Date(value.toUpperCase());
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth || Number.isNaN(date.getTime()) || year < 1) {
    refuse(`There is no such moment as ${quoted(value)}.`, node);
  }
  return date;
}

builder.scalarType("DateTime", {
  description: "RFC 3339 date-time with time zone.",
  serialize: (value) => value.toISOString(),
  parseValue: (value) => readDateTime(value),
  parseLiteral: (node) =>
    node.kind === Kind.STRING ? readDateTime(node.value, node) : refuse("DateTime takes a string.", node),
});

/** A literal as JSON. Documents are bounded in depth before they are parsed, so recursion is safe. */
export function readJsonLiteral(node: ValueNode, variables: Record<string, unknown> | null | undefined): UncheckedJson {
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.LIST:
      return node.values.map((item) => readJsonLiteral(item, variables));
    case Kind.OBJECT:
      return Object.fromEntries(
        node.fields.map((field) => [field.name.value, readJsonLiteral(field.value, variables)] as const),
      );
    case Kind.VARIABLE:
      return variables && Object.hasOwn(variables, node.name.value)
        ? (variables[node.name.value] as UncheckedJson)
        : null;
    case Kind.ENUM:
      return refuse(`JSON has no value ${quoted(node.value)} without quotes.`, node);
  }
}

builder.scalarType("JSON", {
  description:
    "Any JSON value. Where an input member of this type may be null, null is JSON null; leaving it out where the operation needs it is INVALID_INPUT.",
  serialize: (value) => value,
  parseValue: (value) => value as UncheckedJson,
  parseLiteral: (node, variables) => readJsonLiteral(node, variables),
});

/** Runs a check of core as part of a scalar; the error tells the place inside of the value, too. */
function checked<T>(check: () => T, node?: ValueNode): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof OmdbError) return refuse(error.message, node, error.inputPath);
    throw error;
  }
}

builder.scalarType("UUID", {
  description: "UUID in its textual form with hyphens; always serialised in lower case.",
  serialize: (value) => value,
  parseValue: (value) => checked(() => checkUuid(value, [])),
  parseLiteral: (node) =>
    node.kind === Kind.STRING ? checked(() => checkUuid(node.value, []), node) : refuse("UUID takes a string.", node),
});

/** The length of a path is judged where it is used, by the server's own limits. */
const ANY_LENGTH = {
  ...DEFAULT_LIMITS,
  pathLength: Number.MAX_SAFE_INTEGER,
  valueBytes: Number.MAX_SAFE_INTEGER,
};

builder.scalarType("Path", {
  description:
    'A path: a list of strings (members) and non-negative integers (list indices), e.g. ["tags", 0]; [] is the whole record. A bare string is no path.',
  serialize: (value) => value,
  parseValue: (value) => checked(() => checkPath(value, [], ANY_LENGTH)),
  parseLiteral: (node, variables) => checked(() => checkPath(readJsonLiteral(node, variables), [], ANY_LENGTH), node),
});
