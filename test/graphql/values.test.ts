/** JSON goes in and comes out as it was: through variables and documents, from rows, by replay, and as it is exported. */
import fc from "fast-check";
import { readStates } from "../../src/cli/export";
import type { Json, JsonObject } from "../../src/core/json";
import { DEFAULT_LIMITS } from "../../src/core/limits";
import { lookup, type Path } from "../../src/core/path";
import { checkLater, jsonValue, NASTY_NAMES, pathsIn, timeFor } from "../support/arbitraries";
import { defineType, testApi, type Data, type TestApi } from "../support/graphql";
import { raw, requestsTo, toLiteral, type Requests } from "../support/requests";

jest.setTimeout(timeFor(120_000));

let api: TestApi;
let requests: Requests;
beforeAll(async () => {
  api = await testApi();
  requests = requestsTo(api);
  await defineType(api, "thing", { indexes: [["v"]] });
});
afterEach(() => expect(requests.unexpected).toEqual([]));

/** What every record that was made here must hold. */
const states = new Map<string, Json>();

async function ask(query: string, variables?: unknown): Promise<Data> {
  const answer = await requests.ask(query, variables);
  expect(answer.errors).toBeUndefined();
  return answer.data;
}

const COMMITTED = `__typename ... on Error { message } ... on InvalidInput { inputPath }
  ... on CommitPayload { commit { id number metadata } created { state record { uuid } } }`;
const COMMIT = `mutation ($input: CommitInput!) { commit(input: $input) { ${COMMITTED} } }`;

/** Commits and gives the uuids that were made. */
async function commit(input: unknown): Promise<{ number: string; records: string[]; created: Data[]; metadata: Json }> {
  const { commit: done } = await ask(COMMIT, { input });
  expect(done).toMatchObject({ __typename: "CommitPayload" });
  const records: string[] = done.created.map((created: Data) => created.record.uuid);
  return { number: done.commit.number, records, created: done.created, metadata: done.commit.metadata };
}

/** Creates a record for each value, with the value as a member. */
async function createFrom(values: readonly unknown[]): Promise<Awaited<ReturnType<typeof commit>>> {
  return commit({ operations: values.map((v) => ({ create: { type: "thing", value: { v } } })) });
}

/** Expects a record's state wherever it can be read. */
async function expectState(record: string, number: string, state: JsonObject): Promise<void> {
  const paths: Path[] = [...pathsIn(state), ["v", "nothing", 0], ["v", 99], ["constructor", "prototype"]];
  const values = (name: string) => paths.map((_, index) => `v${index}: value(path: $p${index})`).join(" ") + name;
  const variables = Object.fromEntries(paths.map((path, index) => [`p${index}`, path]));
  const declared = paths.map((_, index) => `$p${index}: Path!`).join(", ");
  const has = paths.map((_, index) => `h${index}: has(path: $p${index})`).join(" ");
  const data = await ask(
    `query ($record: UUID!, $number: BigInt!, $equals: JSON, ${declared}) {
       frontier {
         record(uuid: $record) { state ${values("")} view { state } }
         records(type: "thing", where: { equals: { path: ["v"], value: $equals } }, first: 1000) { nodes { id state } }
       }
       commit(number: $number) { view { record(uuid: $record) { state ${values("")} ${has} } } }
     }`,
    { record, number, equals: state["v"], ...variables },
  );
  const read = data.frontier.record;
  const replayed = data.commit.view.record;
  expect([read.state, read.view.state, replayed.state]).toEqual([state, state, state]);
  for (const [index, path] of paths.entries()) {
    const found = lookup(state, path);
    const value = found.exists ? found.value : null;
    expect({ path, read: read[`v${index}`] }).toEqual({ path, read: value });
    expect({ path, replayed: replayed[`v${index}`], has: replayed[`h${index}`] }).toEqual({
      path,
      replayed: value,
      has: found.exists,
    });
  }
  expect(data.frontier.records.nodes).toContainEqual({ id: `FrontierRecord:${record}@main`, state });
}

const operationsOf = async (number: string): Promise<Data[]> =>
  (
    await ask(
      `query ($number: BigInt!) { commit(number: $number) { operations(first: 1000) { nodes {
         operation path parameters predicates } } } }`,
      { number },
    )
  ).commit.operations.nodes;

/** -0 is 0; nothing else changes. */
async function expectRoundTrip(values: readonly Json[]): Promise<void> {
  const made = await createFrom(values);
  expect(made.created.map(({ state }) => state)).toEqual(values.map((v) => ({ v })));
  const creations = await operationsOf(made.number);
  expect(creations.map(({ parameters }) => parameters)).toEqual(values.map((v) => ({ value: { v } })));
  // The same values once more, by put, next to predicates that hold the old ones.
  const wrapped = values.map((v) => ({ w: [v] }));
  const put = await commit({
    operations: made.records.map((record, index) => ({
      put: {
        record,
        path: ["v"],
        value: wrapped[index],
        predicates: [
          { equals: { path: ["v"], value: values[index] } },
          { in: { path: ["v"], values: [null, values[index]] } },
        ],
      },
    })),
    metadata: values,
  });
  expect(put.metadata).toEqual(values);
  expect(await operationsOf(put.number)).toEqual(
    values.map((value, index) => ({
      operation: "put",
      path: ["v"],
      parameters: { value: wrapped[index] },
      predicates: [{ equals: { path: ["v"], value } }, { in: { path: ["v"], values: [null, value] } }],
    })),
  );
  for (const [index, record] of made.records.entries()) {
    const state = { v: wrapped[index] as Json };
    states.set(record, state);
    await expectState(record, put.number, state);
  }
}

/** The value with members that a document can name. */
function named(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map(named);
  const members = Object.entries(value).map(([name, member]) => {
    const hex = [...name].map((character) => character.codePointAt(0)?.toString(16)).join("_");
    return [/^[_A-Za-z][_A-Za-z0-9]*$/.test(name) ? name : `m${hex}`, named(member)] as const;
  });
  return Object.fromEntries(members);
}

test("any value, through variables", async () => {
  await checkLater(
    fc.asyncProperty(fc.array(jsonValue, { minLength: 1, maxLength: 4 }), (values) => expectRoundTrip(values)),
    1 / 8,
  );
});

test("any value, in a document", async () => {
  await checkLater(
    fc.asyncProperty(fc.array(jsonValue.map(named), { minLength: 1, maxLength: 6 }), async (values) => {
      const operations = values.map((v) => ({ create: { type: "thing", value: { v } } }));
      const { commit: done } = await ask(
        `mutation { commit(input: { operations: ${toLiteral(operations)} }) { ${COMMITTED} } }`,
      );
      expect(done).toMatchObject({ __typename: "CommitPayload" });
      expect(done.created.map(({ state }: Data) => state)).toEqual(values.map((v) => ({ v })));
      done.created.forEach(({ record, state }: Data) => states.set(record.uuid, state));
    }),
    1 / 4,
  );
});

const NUMBERS: readonly (readonly [written: string, value: number])[] = [
  ["0", 0],
  ["-0", 0],
  ["-0.0", 0],
  ["0e10", 0],
  ["-1e-400", 0],
  ["1.0", 1],
  ["1e2", 100],
  ["0.1", 0.1],
  ["1e-7", 1e-7],
  ["1e21", 1e21],
  ["123456789012345678901234567890", 1.2345678901234568e29],
  ["9007199254740991", Number.MAX_SAFE_INTEGER],
  ["9007199254740992", 2 ** 53],
  ["9007199254740993", 2 ** 53],
  ["-9007199254740994", -(2 ** 53) - 2],
  ["9223372036854775807", 2 ** 63],
  ["1e308", 1e308],
  ["-1e308", -1e308],
  ["1.7976931348623157e308", Number.MAX_VALUE],
  ["2.2250738585072014e-308", 2.2250738585072014e-308],
  ["5e-324", 5e-324],
  ["-4.9406564584124654e-324", -5e-324],
  ["3.141592653589793238462643383279", Math.PI],
];

test.each(NUMBERS)("the number %s is %d", async (written, value) => {
  const byVariable = await createFrom([raw(written), [raw(written)]]);
  const { commit: byDocument } = await ask(
    `mutation { commit(input: { operations: [
       { create: { type: "thing", value: { v: ${written} } } }, { create: { type: "thing", value: { v: [${written}] } } }
     ] }) { ${COMMITTED} } }`,
  );
  for (const created of [byVariable.created, byDocument.created]) {
    const [bare, inside] = created;
    expect(bare.state).toStrictEqual({ v: value });
    expect(Object.is(bare.state.v, value)).toBe(true);
    expect(inside.state).toStrictEqual({ v: [value] });
    states.set(bare.record.uuid, { v: value });
    states.set(inside.record.uuid, { v: [value] });
  }
  await expectState(byVariable.records[0] ?? "", byVariable.number, { v: value });
  const [operation] = await operationsOf(byVariable.number);
  expect(Object.is(operation.parameters.value.v, value)).toBe(true);
});

const STRINGS = [
  "",
  " ",
  "\u0001\b\f\n\r\t\u001f\u007f",
  '"\\/\\u0000',
  "\u2028\u2029",
  "\uffff\ufeff",
  "😀\u{10ffff}",
  "é",
  "1",
];

test("every kind of string", () => expectRoundTrip([...STRINGS, ...NASTY_NAMES]));

test("every kind of name", async () => {
  const object = Object.fromEntries([...NASTY_NAMES, ...STRINGS].map((name, index) => [name, index]));
  const deep = [...NASTY_NAMES].reduce<Json>((inner, name) => ({ [name]: inner }), "in the middle");
  await expectRoundTrip([object, deep, { ["__proto__"]: null }, [{ ["__proto__"]: { ["__proto__"]: [] } }], {}, []]);
});

test("names in paths, one after the other", async () => {
  const made = await createFrom([{}]);
  const record = made.records[0] ?? "";
  const put = (path: Path, value: Json) => ({ put: { record, path, value } });
  const names = [...NASTY_NAMES, ...STRINGS];
  const done = await commit({
    operations: names.flatMap((name) => [put(["v", name], {}), put(["v", name, name], { [name]: name })]),
  });
  const v = Object.fromEntries(names.map((name) => [name, { [name]: { [name]: name } }]));
  states.set(record, { v });
  await expectState(record, done.number, { v });
  expect((await operationsOf(done.number)).map(({ path }) => path)).toEqual(
    names.flatMap((name) => [
      ["v", name],
      ["v", name, name],
    ]),
  );
});

test("null is a value, and no value is none", async () => {
  const made = await createFrom([null, { a: null }, [null]]);
  const [first = "", second = "", third = ""] = made.records;
  await expectState(first, made.number, { v: null });
  await expectState(second, made.number, { v: { a: null } });
  await expectState(third, made.number, { v: [null] });
  const put = await commit({ operations: [{ put: { record: second, path: ["v", "a"], value: null } }] });
  expect(await operationsOf(put.number)).toMatchObject([{ parameters: { value: null } }]);
  made.records.forEach((record, index) => states.set(record, { v: [null, { a: null }, [null]][index] as Json }));
});

test("the order of members is not kept", async () => {
  const [one, other] = [
    { b: 1, a: { d: 2, c: 3 } },
    { a: { c: 3, d: 2 }, b: 1 },
  ];
  const made = await createFrom([one, other]);
  made.records.forEach((record) => states.set(record, { v: one }));
  const read = await ask(`{ frontier { recordsByUuid(uuids: ${JSON.stringify(made.records)}) { state } } }`);
  const [first, second] = read.frontier.recordsByUuid.map(({ state }: Data) => JSON.stringify(state));
  expect(second).toBe(first);
});

test("what lies at the limits is kept", async () => {
  const deep = (depth: number): Json =>
    depth === 0 ? "bottom" : depth % 2 ? [deep(depth - 1)] : { d: deep(depth - 1) };
  const { valueBytes, valueDepth } = DEFAULT_LIMITS;
  // The state is the value: its member takes six bytes and a level.
  const large = "x".repeat(valueBytes - '{"v":""}'.length);
  const made = await createFrom([deep(valueDepth - 1), large]);
  expect(made.created.map(({ state }) => state)).toEqual([{ v: deep(valueDepth - 1) }, { v: large }]);
  made.records.forEach((record, index) => states.set(record, made.created[index].state));
});

test("what is exported is the same", async () => {
  const exported = new Map<string, unknown>();
  const pages = readStates(api.database, DEFAULT_LIMITS, "thing", { kind: "frontier", frontier: "main" });
  for await (const page of pages) for (const { record, state } of page) exported.set(record, state);
  expect(states.size).toBeGreaterThan(50);
  for (const [record, state] of states) expect({ record, state: exported.get(record) }).toEqual({ record, state });
});
