/**
 * Random inputs of any input type of the schema: of the right shape for the most part, and now and then wrong in any way
 * that a client could get wrong.
 */
import fc from "fast-check";
import {
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  type GraphQLInputObjectType,
  type GraphQLInputType,
} from "graphql";
import { jsonNumber, jsonString, jsonValue, name, NASTY_NAMES } from "../support/arbitraries";
import { raw } from "../support/requests";
import { THING } from "./inputPlaces";

/** Another record of the type "thing", one of the type "other", and two that are nowhere at first. */
export const RECORDS = [THING, ..."bcde".split("").map((letter) => `${THING.slice(0, -1)}${letter}`)] as const;

/** Members of inputs that a random text would never hit; by "Type.field". */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  "CreateOperation.type": ["thing", "thing", "thing", "other", "nothing"],
  "CommitInput.frontier": ["main", "main", "main", "side", "tag", "nowhere"],
  "CommitInput.idempotencyKey": ["k1", "k2"],
  "CreateFrontierInput.name": ["main", "side", "made", "made too"],
  "LockFrontierInput.name": ["tag", "made", "nowhere"],
  "MoveFrontierInput.name": ["main", "side", "side", "made", "tag", "nowhere"],
  "DeleteFrontierInput.name": ["made", "made too", "tag", "nowhere"],
  "MergeInput.into": ["main", "ours", "theirs", "side", "tag", "nowhere"],
  "RevertInput.frontier": ["main", "main", "main", "side", "tag", "nowhere"],
  "CherryPickInput.frontier": ["main", "main", "main", "side", "tag", "nowhere"],
  "DefineRecordTypeInput.name": ["made"],
  "VersionInput.frontier": ["main", "side", "ours", "theirs", "nowhere"],
  "AsOfInput.frontier": ["main", "side", "nowhere"],
  "CommitFilter.type": ["thing", "other", "nothing"],
  "NamedOperation.operation": [
    ...["create", "put", "assign", "remove", "increment", "max", "min", "add", "discard", "splice", "edit"],
    ...["patch", "coalesced", "constructor"],
  ],
};

const rarely = <A, B>(usual: fc.Arbitrary<A>, odd: fc.Arbitrary<B>, usually = 40): fc.Arbitrary<A | B> =>
  fc.oneof({ weight: usually, arbitrary: usual }, { weight: 1, arbitrary: odd });

const badText = fc.constantFrom("\0", "a\0b", "\ud800", "\udc00x", "x".repeat(300), "");
const text = rarely(jsonString, badText);
const badJson = fc.constantFrom<unknown>(
  raw("1e999"),
  raw("-0"),
  "\0",
  { "\ud800": 1 },
  [[["\udfff"]]],
  raw("[".repeat(70) + "]".repeat(70)),
);
const json = rarely<unknown, unknown>(jsonValue, badJson);

const member = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("n", "list", "text", "object", "inner") },
  { weight: 2, arbitrary: fc.constantFrom(...NASTY_NAMES) },
  { weight: 1, arbitrary: name },
);
const path = rarely<unknown, unknown>(
  fc.oneof(
    { weight: 6, arbitrary: fc.tuple(member) },
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.tuple(member, fc.oneof(member, fc.nat({ max: 3 }))) },
    { weight: 1, arbitrary: fc.array(fc.oneof(member, fc.nat({ max: 3 })), { maxLength: 5 }) },
  ),
  fc.constantFrom<unknown>(
    "n",
    ["n", -1],
    [1.5],
    ["\0"],
    [null],
    Array.from({ length: 65 }, () => "n"),
    {},
  ),
  30,
);

const patchStep = fc.record(
  {
    op: rarely(fc.constantFrom("add", "remove", "replace", "move", "copy", "test"), fc.constantFrom("nothing", 5)),
    path: fc.constantFrom(
      "",
      "/n",
      "/list",
      "/list/-",
      "/list/0",
      "/object/inner",
      "/object",
      "/new",
      "/a~1b",
      "n",
      "/~",
    ),
    from: fc.constantFrom("/n", "/list/0", "/object", "", "/nothing"),
    value: json,
  },
  { requiredKeys: ["op", "path"] },
);
const parameters = fc.record(
  { value: json, by: jsonNumber, index: fc.integer({ min: -1, max: 3 }), remove: fc.nat({ max: 3 }), insert: json },
  { requiredKeys: [] },
);

const mostlyAt = (member: string) => rarely<unknown, unknown>(fc.constant([member]), path, 3);

/** Values of members that take those of a certain kind only; by "Type.field". */
const VALUES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  "CreateOperation.value": rarely<unknown, unknown>(
    fc.record({ n: jsonNumber, list: fc.array(jsonValue), text: jsonString, object: json }, { requiredKeys: [] }),
    json,
    8,
  ),
  "ValueOperation.value": fc.oneof(jsonNumber, json, fc.record({ inner: json, more: json }, { requiredKeys: [] })),
  "IncrementOperation.path": mostlyAt("n"),
  "SpliceOperation.path": mostlyAt("list"),
  "EditOperation.path": mostlyAt("text"),
  "NamedOperation.parameters": rarely<unknown, unknown>(parameters, json, 8),
  "PatchOperation.patch": rarely<unknown, unknown>(fc.array(patchStep, { minLength: 1, maxLength: 4 }), json, 8),
};

const SCALARS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  BigInt: rarely<unknown, unknown>(
    fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 9 }).map(String)),
    fc.constantFrom<unknown>(-1, "9223372036854775807", "9223372036854775808", "9007199254740993", 2 ** 53, "x", 1.5),
    6,
  ),
  SafeInt: rarely<unknown, unknown>(
    fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER)),
    fc.constantFrom<unknown>(2 ** 53, 0.5, "1"),
  ),
  Int: rarely<unknown, unknown>(fc.nat({ max: 3 }), fc.constantFrom<unknown>(-1, 2 ** 31, 1.5, "1"), 15),
  Boolean: rarely<unknown, unknown>(fc.boolean(), fc.constant("true")),
  String: text,
  ID: text,
  UUID: rarely<unknown, unknown>(
    fc.oneof(
      { weight: 4, arbitrary: fc.constant(THING) },
      { weight: 5, arbitrary: fc.constantFrom(...RECORDS) },
      { weight: 1, arbitrary: fc.constant(THING.toUpperCase()) },
    ),
    fc.constantFrom<unknown>("x", 5, `${THING}0`),
  ),
  Path: path,
  JSON: json,
  DateTime: rarely<unknown, unknown>(
    fc.constantFrom("2020-01-01T00:00:00Z", "2999-12-31T23:59:59.999+14:00", "0001-01-01T00:00:00+23:00"),
    fc.constantFrom<unknown>("2020-01-01", 0),
    10,
  ),
};

/**
 * A random input.
 * @param place "Type.field" where it stands, for members that need certain values
 */
export function arbitraryInput(type: GraphQLInputType, place = "", depth = 0): fc.Arbitrary<unknown> {
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const element = arbitraryInput(nullable.ofType, place, depth);
    return rarely<unknown, unknown>(
      fc.array(element, { minLength: 1, maxLength: 3 }),
      fc.oneof(element, fc.constant([])),
      30,
    );
  }
  if (isInputObjectType(nullable)) {
    return rarely<unknown, unknown>(
      nullable.isOneOf ? oneMember(nullable, depth) : severalMembers(nullable, depth),
      fc.constantFrom<unknown>({}, null, 5, { nothing: 1 }, []),
      150,
    );
  }
  if (isEnumType(nullable)) {
    return rarely(fc.constantFrom(...nullable.getValues().map((value) => value.name)), fc.constantFrom("NOTHING", 1));
  }
  const texts = TEXTS[place];
  if (texts) return rarely(fc.constantFrom(...texts), text, 20);
  return VALUES[place] ?? SCALARS[nullable.name] ?? fc.constant(null);
}

/** Inputs that hold others of their kind stop at some depth. */
const DEEPEST = 5;
const NESTING = new Set(["all", "any", "not"]);
/** Tests that are refused at most places. */
const UNUSUAL = new Set(["unchanged", "version"]);

function memberOf(
  type: GraphQLInputObjectType,
  field: string,
  depth: number,
): fc.Arbitrary<readonly [string, unknown]> {
  const { type: inner } = type.getFields()[field]!;
  // Deferred, since types contain themselves.
  return fc
    .constant(null)
    .chain(() => arbitraryInput(inner, `${type.name}.${field}`, depth + 1))
    .map((value) => [field, value] as const);
}

function oneMember(type: GraphQLInputObjectType, depth: number): fc.Arbitrary<unknown> {
  const fields = Object.keys(type.getFields()).filter((field) => depth < DEEPEST || !NESTING.has(field));
  const usual = fields.filter((field) => !UNUSUAL.has(field));
  const one = rarely(fc.constantFrom(...usual), fc.constantFrom(...fields), 8).chain((field) =>
    memberOf(type, field, depth),
  );
  return rarely(
    one.map((entry) => Object.fromEntries([entry])),
    fc.tuple(one, one).map((entries) => Object.fromEntries(entries)),
    60,
  );
}

function severalMembers(type: GraphQLInputObjectType, depth: number): fc.Arbitrary<unknown> {
  const fields = Object.values(type.getFields()).map((field) => {
    const required = isNonNullType(field.type) && field.defaultValue === undefined;
    const given = rarely<readonly [string, unknown], readonly [string, unknown]>(
      memberOf(type, field.name, depth),
      fc.constant([field.name, null] as const),
      100,
    );
    const weight = required ? 2_000 : LIKELY.has(field.name) ? 100 : 1;
    return fc.oneof({ weight, arbitrary: given }, { weight: 10, arbitrary: fc.constant(null) });
  });
  return fc.tuple(...fields).map((entries) => Object.fromEntries(entries.filter((entry) => entry !== null)) as unknown);
}

/** Members that may be left out and mostly should be given; the others are mostly left out. */
const LIKELY = new Set(["value", "record", "atLeast"]);
