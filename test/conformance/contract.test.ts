/** The schema serves every document that the contract of the design allows. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import {
  astFromValue,
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  isUnionType,
  print,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLSchema,
} from "graphql";
import { schema } from "../support/graphql";

const CONTRACT = path.resolve(__dirname, "../../../shared/design/api.graphql");
const describeWithContract = existsSync(CONTRACT) ? describe : describe.skip;
const REASON = existsSync(CONTRACT) ? "" : ` (skipped: there is no ${CONTRACT})`;

const PAGE = "first: Int after: String last: Int before: String";

/** What the contract says in comments, as SDL: connections, and the results of mutations. */
function asSdl(text: string): string {
  const connections = new Map<string, boolean>();
  const lines = text.split("\n").map((line) => {
    const [, start = "", args, node = "", end = "", comment] =
      /^( +\w+)(?:\((.*)\))?: \[(\w+)!\](!?) *#(.*)/.exec(line) ?? [];
    if (comment === undefined || !comment.includes("connection")) return line;
    connections.set(node, connections.get(node) === true || comment.includes("totalCount"));
    return `${start}(${args ?? ""} ${PAGE}): ${node}Connection${end}`;
  });
  const errors = [...text.matchAll(/^type (\w+) implements Error /gm)].map(([, name]) => name).join(" | ");
  const unions = [...text.matchAll(/^# ((?:\w+, )*\w+) = (\w+) \| errors$/gm)].flatMap(([, names = "", payload]) =>
    names.split(", ").map((name) => `union ${name} = ${payload} | ${errors}`),
  );
  const types = [...connections].map(
    ([node, total]) => `type ${node}Edge { node: ${node}! cursor: String! }
      type ${node}Connection { edges: [${node}Edge!]! nodes: [${node}!]! pageInfo: PageInfo! ${total ? "totalCount: Int!" : ""} }`,
  );
  const page =
    "type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }";
  return [...lines, ...unions, ...types, page].join("\n");
}

/** Everything of a schema that documents can see, a line each. */
function* coordinates(of: GraphQLSchema): Generator<string> {
  for (const type of Object.values(of.getTypeMap())) {
    if (isIntrospectionType(type)) continue;
    yield `${type.constructor.name} ${type.name}`;
    if (isEnumType(type)) for (const { name } of type.getValues()) yield `${type.name}.${name}`;
    if (isUnionType(type)) for (const { name } of type.getTypes()) yield `${type.name} = ${name}`;
    if (isInputObjectType(type)) {
      if (type.isOneOf) yield `${type.name} @oneOf`;
      for (const field of Object.values(type.getFields())) yield `${type.name}.${field.name}: ${inputType(field)}`;
    }
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const { name } of type.getInterfaces()) yield `${type.name} implements ${name}`;
    for (const { name, type: gives, args } of Object.values(type.getFields())) {
      yield `${type.name}.${name}: ${gives.toString()}`;
      for (const argument of args) yield `${type.name}.${name}(${argument.name}): ${inputType(argument)}`;
    }
  }
}

function inputType({ type, defaultValue }: GraphQLArgument | GraphQLInputField): string {
  const value = defaultValue === undefined ? undefined : astFromValue(defaultValue, type);
  return type.toString() + (value ? ` = ${print(value)}` : "");
}

/** Arguments and members of inputs that must be given. */
function* required(of: GraphQLSchema): Generator<string> {
  for (const type of Object.values(of.getTypeMap())) {
    if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields()))
        if (isRequiredInputField(field)) yield `${type.name}.${field.name}`;
    }
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields()))
      for (const argument of field.args)
        if (isRequiredArgument(argument)) yield `${type.name}.${field.name}(${argument.name})`;
  }
}

const missing = (wanted: Iterable<string>, there: Iterable<string>): string[] => {
  const known = new Set(there);
  return [...wanted].filter((line) => !known.has(line));
};

describeWithContract(`the contract${REASON}`, () => {
  let contract: GraphQLSchema;
  beforeAll(() => {
    contract = buildSchema(asSdl(readFileSync(CONTRACT, "utf8")));
  });

  test("is in the schema: types, fields, arguments with their defaults, members of unions and enums", () => {
    expect([...coordinates(contract)].length).toBeGreaterThan(700);
    expect(missing(coordinates(contract), coordinates(schema))).toEqual([]);
  });

  test("does not lack anything that the schema wants to be given", () => {
    expect(missing(required(schema), required(contract))).toEqual([]);
  });
});

test("what a schema lacks is found, and what it wants more", () => {
  const wanted = buildSchema("type Query { a(b: Int = 1, c: Int): Int! d: E } enum E { F G }");
  const there = buildSchema("type Query { a(b: Int = 2, c: Int!): Int } enum E { F }");
  expect(missing(coordinates(wanted), coordinates(there))).toEqual([
    "Query.a: Int!",
    "Query.a(b): Int = 1",
    "Query.a(c): Int",
    "Query.d: E",
    "E.G",
  ]);
  expect(missing(required(there), required(wanted))).toEqual(["Query.a(c)"]);
});
