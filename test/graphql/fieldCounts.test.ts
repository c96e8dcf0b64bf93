/**
 * Every field of every type below a list: it costs as many statements for many nodes as for few. The documents are made
 * from the schema, so that a new field is counted as well.
 */
import {
  execute,
  getNamedType,
  isLeafType,
  isNonNullType,
  isObjectType,
  parse,
  validate,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
} from "graphql";
import { createContext, createServices } from "../../src/graphql/context";
import { openStore } from "../../src/store/store";
import { commit, defineType, schema, testApi, type TestApi } from "../support/graphql";
import { countStatements } from "../support/statements";

const FEW = 3;
const MANY = 20;
const THING = "0190aaaa-0000-7000-8000-0000000000aa";
const WIDE = "0190aaaa-0000-7000-8000-0000000000ac";

let api: TestApi;

const member = (index: number): string => `m${index}`;

beforeAll(async () => {
  api = await testApi();
  for (let index = 0; index < MANY; index += 1) await defineType(api, `type${index}`);
  await defineType(api, "thing", { indexes: [["n"]] });
  await commit(api, [
    { create: { record: THING, type: "thing", value: { n: 0 } } },
    { create: { record: WIDE, type: "thing", value: {} } },
  ]);
  // Each commit touches a record that all touch, and one of its own.
  for (let index = 0; index < MANY; index += 1) {
    const value = { n: index, list: [index] };
    await commit(api, [
      { create: { type: "thing", value } },
      { increment: { record: THING, path: ["n"] } },
      { put: { record: WIDE, path: ["all"], value: index } },
    ]);
  }
  // Branches from different places, each with something of its own, and two that conflict everywhere.
  const { commits } = await api.run(`{ commits(first: ${MANY}) { nodes { number } } }`);
  for (const [index, { number }] of commits.nodes.entries()) {
    await branch(`branch${index}`, { commit: number });
    await commit(api, [{ increment: { record: THING, path: ["n"] } }], { frontier: `branch${index}` });
  }
  for (const value of [1, 2]) {
    await branch(`side${value}`, { frontier: "main" });
    const operations = Array.from({ length: MANY }, (_, index) => ({
      put: { record: WIDE, path: [member(index)], value, predicates: [{ absent: { path: [member(index)] } }] },
    }));
    const loose = Array.from({ length: MANY }, (_, index) => ({
      put: { record: WIDE, path: [`o${index}`], value },
    }));
    await commit(api, operations, { frontier: `side${value}` });
    await branch(`loose${value}`, { frontier: "main" });
    await commit(api, loose, { frontier: `loose${value}` });
  }
});

/** Makes a frontier. */
const branch = (name: string, from: object) =>
  api.run(`mutation ($input: CreateFrontierInput!) { createFrontier(input: $input) { __typename } }`, {
    input: { name, from },
  });

/** Commits that have children, of whom there is something to tell. */
const ON_MAIN = `where: { in: { frontier: "main" } }, first: $n`;

/** A list of each type with many nodes, different from each other where they can be; `@` is what is selected of one. */
const LISTS: Record<string, string> = {
  RecordType: "recordTypes(first: $n) { nodes { @ } }",
  Record: `frontier { records(type: "thing", first: $n) { nodes { record { @ } } } }`,
  Commit: `commits(${ON_MAIN}) { nodes { @ } }`,
  Operation: `commits(${ON_MAIN}) { nodes { operations(first: 1) { nodes { @ } } } }`,
  Frontier: `frontiers(first: $n) { nodes { @ } }`,
  FrontierRecord: `frontier { records(type: "thing", first: $n) { nodes { @ } } }`,
  FrontierChange: "frontier { log(first: $n) { nodes { @ } } }",
  View: `commits(${ON_MAIN}) { nodes { view { @ } } }`,
  RecordView: `view(at: { frontier: "main" }) { records(type: "thing", first: $n) { nodes { @ } } }`,
  RecordChange: `diff(from: { commits: [] }, to: { frontier: "main" }, first: $n) { nodes { @ } }`,
  Blame: `view(at: { frontier: "side1" }) { record(uuid: "${WIDE}") { blame(first: $n) { nodes { @ } } } }`,
  Conflict: `mergePreview(versions: [{ frontier: "side1" }, { frontier: "side2" }]) { conflicts(first: $n) { nodes { @ } } }`,
  Overlap: `mergePreview(versions: [{ frontier: "loose1" }, { frontier: "loose2" }]) { overlaps(first: $n) { nodes { @ } } }`,
};

const ARGUMENTS: Record<string, string> = {
  at: `version: { frontier: "branch1" }`,
  record: `uuid: "${THING}"`,
  recordsByUuid: `uuids: ["${THING}", "${WIDE}"]`,
  "Frontier.records": `type: "thing", first: 2`,
  "View.records": `type: "thing", first: 2`,
  value: `path: ["n"]`,
  has: `path: ["n"]`,
  isAncestorOf: `commit: 3`,
};

type Fields = readonly GraphQLField<unknown, unknown>[];

const fieldsOf = (type: GraphQLObjectType): Fields => Object.values(type.getFields());

function typeOf(name: string): GraphQLObjectType {
  const type = schema.getType(name);
  if (!isObjectType(type)) throw new Error(`there is no object type ${name}`);
  return type;
}

/** A field with its arguments. */
function call(parent: GraphQLObjectType, field: GraphQLField<unknown, unknown>): string {
  const given = ARGUMENTS[`${parent.name}.${field.name}`] ?? ARGUMENTS[field.name];
  if (field.args.some(({ type, defaultValue }) => isNonNullType(type) && defaultValue === undefined)) {
    if (given === undefined) throw new Error(`no arguments for ${parent.name}.${field.name}`);
    return `${field.name}(${given})`;
  }
  return isConnection(field.type) ? `${field.name}(first: 2)` : field.name;
}

const isConnection = (type: GraphQLOutputType): boolean => getNamedType(type).name.endsWith("Connection");

/** A selection of a field, with all scalars of what it gives, and `levels` more of the objects in it. */
function selection(parent: GraphQLObjectType, field: GraphQLField<unknown, unknown>, levels: number): string {
  const type = getNamedType(field.type);
  if (isLeafType(type)) return call(parent, field);
  const of = isConnection(field.type) ? typeOf(type.name.replace(/Connection$/, "")) : typeOf(type.name);
  const inner = fieldsOf(of)
    .filter((one) => levels > 0 || isLeafType(getNamedType(one.type)))
    .map((one) => selection(of, one, levels - 1))
    .join(" ");
  const some = inner === "" ? "__typename" : inner;
  return isConnection(field.type)
    ? `${call(parent, field)} { totalCount nodes { ${some} } }`
    : `${call(parent, field)} { ${some} }`;
}

/** Counts what any connection sends while a document runs with nothing cached. */
async function statementsOf(document: string, n: number): Promise<number> {
  const services = createServices(openStore(api.database, api.store.limits), api.live);
  const ast = parse(document);
  expect(validate(schema, ast)).toEqual([]);
  return countStatements(async () => {
    const contextValue = createContext(services);
    const result = await execute({ schema, document: ast, variableValues: { n }, contextValue });
    expect(result.errors).toBeUndefined();
  });
}

test("there is a list of every type of the schema that is a node, or stands in a connection", () => {
  const nodes = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(
      (type) => type.getInterfaces().some(({ name }) => name === "Node") || schema.getType(`${type.name}Connection`),
    );
  expect(Object.keys(LISTS).sort()).toEqual(nodes.map(({ name }) => name).sort());
});

const CASES = Object.entries(LISTS).flatMap(([name, list]) =>
  fieldsOf(typeOf(name)).map((field): [string, string] => [
    `${name}.${field.name}`,
    `query ($n: Int!) { ${list.replace("@", selection(typeOf(name), field, 1))} }`,
  ]),
);

test.each(CASES)("%s: no more statements for many nodes", async (_field, document) => {
  const few = await statementsOf(document, FEW);
  const many = await statementsOf(document, MANY);
  // Which keys of different fields meet in one batch depends on which answer comes first.
  expect(many).toBeLessThanOrEqual(few + 4);
});
