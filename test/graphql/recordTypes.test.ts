/** Record types: made, changed, listed; their schemas enforced, their tables and indexes there. */
import { execute, parse } from "graphql";
import { DEFAULT_LIMITS } from "../../src/core/limits";
import type { Path } from "../../src/core/path";
import { createContext, createServices } from "../../src/graphql/context";
import { openDatabase } from "../../src/store/database";
import { openStore } from "../../src/store/store";
import { commit, defineType, schema, testApi, type Data, type TestApi } from "../support/graphql";
import { requestsTo, type Requests } from "../support/requests";
import { refusalOf, unchangedBy } from "./refusals";

let api: TestApi;
let requests: Requests;
beforeAll(async () => {
  api = await testApi();
  requests = requestsTo(api);
});
afterEach(() => expect(requests.unexpected).toEqual([]));

interface Index {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
}

/** The indexes that were declared on a type, as the database has them. */
async function pathIndexes(latestTable: string): Promise<Index[]> {
  const { rows } = await api.database.pool.query<Index>(
    `select tablename as table, indexname as name, indexdef as definition from pg_indexes
     where schemaname || '.' || tablename = $1 and indexname like 'omdb_path_%' order by indexname`,
    [latestTable],
  );
  return rows;
}

const tables = async () =>
  (
    await api.database.pool.query<{ name: string }>(
      `select schemaname || '.' || tablename as name from pg_tables where schemaname = 'omdb' order by name`,
    )
  ).rows.map(({ name }) => name);

const recordType = async (name: string): Promise<Data> =>
  (
    await api.run(
      `query ($name: String!) { recordType(name: $name) {
         id name schema indexes latestTable snapshotsTable createdAt } }`,
      { name },
    )
  ).recordType;

describe("defineRecordType", () => {
  test("makes a type and its tables", async () => {
    expect(await recordType("country")).toBeNull();
    const made = await defineType(api, "country", {
      schema: { type: "object", required: ["name"] },
      indexes: [["name"], ["area", "land"]],
    });
    expect(made).toEqual({
      __typename: "DefineRecordTypePayload",
      recordType: {
        id: "RecordType:country",
        name: "country",
        schema: { type: "object", required: ["name"] },
        indexes: [["name"], ["area", "land"]],
        latestTable: 'omdb."latest_country"',
      },
    });
    expect(await recordType("country")).toMatchObject(made.recordType);
    expect(await tables()).toEqual(expect.arrayContaining(["omdb.latest_country", "omdb.snapshots_country"]));
    const indexes = await pathIndexes("omdb.latest_country");
    expect(indexes).toHaveLength(2);
    expect(indexes.filter(({ definition }) => definition.includes("'name'"))).toHaveLength(1);
    expect(
      indexes.filter(({ definition }) => definition.includes("'area'") && definition.includes("'land'")),
    ).toHaveLength(1);
  });

  test("keeps what is left out", async () => {
    const before = await recordType("country");
    expect((await defineType(api, "country")).recordType).toEqual(expect.objectContaining({ name: "country" }));
    expect(await recordType("country")).toEqual(before);
    await defineType(api, "country", { indexes: null });
    expect(await recordType("country")).toEqual(before);
    await defineType(api, "country", { schema: { minProperties: 1 } });
    expect(await recordType("country")).toEqual({ ...before, schema: { minProperties: 1 } });
    await defineType(api, "country", { indexes: [["code"]] });
    expect(await recordType("country")).toEqual({ ...before, schema: { minProperties: 1 }, indexes: [["code"]] });
  });

  test("clears the schema that is null, and the indexes that are none", async () => {
    const before = await recordType("country");
    expect((await defineType(api, "country", { schema: null })).recordType.schema).toBeNull();
    expect(await recordType("country")).toEqual({ ...before, schema: null });
    await defineType(api, "country", { indexes: [] });
    expect(await recordType("country")).toEqual({ ...before, schema: null, indexes: [] });
    expect(await pathIndexes("omdb.latest_country")).toEqual([]);
  });

  test("makes the indexes that are new, drops those that are gone and leaves the others", async () => {
    await defineType(api, "indexed", { indexes: [["a"], ["b", 0, "c"]] });
    const first = await pathIndexes("omdb.latest_indexed");
    await defineType(api, "indexed", { indexes: [["b", 0, "c"], ["d"], ["d"]] });
    const second = await pathIndexes("omdb.latest_indexed");
    expect((await recordType("indexed")).indexes).toEqual([["b", 0, "c"], ["d"]]);
    expect(second).toHaveLength(2);
    expect(second.filter(({ name }) => first.some((index) => index.name === name))).toHaveLength(1);
    expect(second.some(({ definition }) => definition.includes("'a'"))).toBe(false);
    expect(second.some(({ definition }) => definition.includes("'d'"))).toBe(true);
  });

  test("indexes what is there already, and what can be there", async () => {
    await defineType(api, "filled");
    const values = [null, true, 1e308, 5e-324, "x".repeat(100_000), "😀".repeat(5_000), [1], { deep: [] }, "\u0001"];
    await commit(
      api,
      values.map((v) => ({ create: { type: "filled", value: { v } } })),
      { frontier: "main" },
    );
    expect(await defineType(api, "filled", { indexes: [["v"], ["v", "deep"]] })).toMatchObject({
      recordType: { indexes: [["v"], ["v", "deep"]] },
    });
    expect(await pathIndexes("omdb.latest_filled")).toHaveLength(2);
    await commit(
      api,
      values.map((v) => ({ create: { type: "filled", value: { v } } })),
    );
    const { frontier } = await api.run(
      `{ frontier { records(type: "filled", orderBy: [{ path: ["v"] }], first: 1000) { nodes { value(path: ["v"]) } } } }`,
    );
    const read = frontier.records.nodes.map(({ value }: Data) => value);
    expect(read).toHaveLength(2 * values.length);
    expect(read.slice(0, 4)).toEqual([null, null, true, true]);
  });

  test("takes paths of any names and any length", async () => {
    const names = ["'", '"', "\\", ";", "%", "$1", "{}", "'; drop table omdb.commits; --", "__proto__", "", " ", "😀"];
    const long = Array.from({ length: 64 }, (_, index) => `step ${index} ${"x".repeat(20)}`);
    const indexes: Path[] = [names, ...names.map((name) => [name]), [2 ** 31 - 1], [2 ** 53 - 1, "a"], long];
    expect(await defineType(api, "odd paths", { indexes })).toMatchObject({ recordType: { indexes } });
    const nested = (path: Path, value: unknown): unknown =>
      path.reduceRight((inner, name) => ({ [name]: inner }), value);
    const uuid = (
      await commit(api, [{ create: { type: "odd paths", value: { ...(nested(long, 1) as object), "'": "quote" } } }])
    ).created[0].record.uuid;
    for (const path of indexes) {
      const { frontier } = await api.run(
        `query ($path: Path!) { frontier { records(type: "odd paths", orderBy: [{ path: $path, direction: DESC }],
           where: { not: { equals: { path: $path, value: 5 } } }) { nodes { record { uuid } value(path: $path) } } } }`,
        { path },
      );
      const value = path === long ? 1 : path.length === 1 && path[0] === "'" ? "quote" : null;
      expect(frontier.records.nodes).toEqual([{ record: { uuid }, value }]);
    }
  });
});

describe("a schema", () => {
  const SCHEMA = {
    type: "object",
    properties: { name: { type: "string", minLength: 1 }, age: { type: "integer", minimum: 0 } },
    required: ["name"],
    additionalProperties: false,
  };
  const ADA = "0190aaaa-0000-7000-8000-00000000000a";
  const BOB = "0190aaaa-0000-7000-8000-00000000000b";
  beforeAll(async () => {
    await defineType(api, "person", { schema: SCHEMA });
    await commit(api, [
      { create: { record: ADA, type: "person", value: { name: "Ada", age: 36 } } },
      { create: { record: BOB, type: "person", value: { name: "Bob" } } },
    ]);
  });

  test.each<[string, unknown[], number, string[]]>([
    ["a create", [{ create: { type: "person", value: {} } }], 0, ["required"]],
    ["a put", [{ put: { record: ADA, path: ["age"], value: -1 } }], 0, ["minimum"]],
    ["a remove", [{ remove: { record: ADA, path: ["name"] } }], 0, ["required"]],
    [
      "the second of two",
      [{ put: { record: BOB, path: ["age"], value: 1 } }, { put: { record: ADA, path: ["age"], value: "old" } }],
      1,
      ["type"],
    ],
    [
      "the last that is to blame",
      [
        { put: { record: ADA, path: ["age"], value: 1 } },
        { put: { record: BOB, path: ["age"], value: 1 } },
        { increment: { record: ADA, path: ["age"], by: -2 } },
        { put: { record: BOB, path: ["age"], value: 2 } },
      ],
      2,
      ["minimum"],
    ],
    [
      "a patch",
      [
        {
          patch: {
            record: ADA,
            patch: [
              { op: "add", path: "/city", value: "London" },
              { op: "replace", path: "/age", value: 1.5 },
            ],
          },
        },
      ],
      0,
      ["additionalProperties", "type"],
    ],
  ])("refuses %s, with the errors and its place", async (_, operations, index, keywords) => {
    const answer = await unchangedBy(api, () =>
      requests.ask(
        `mutation ($input: CommitInput!) { commit(input: $input) { __typename
           ... on Error { message code } ... on InvalidInput { inputPath details } } }`,
        { input: { operations } },
      ),
    );
    const refusal = refusalOf(answer);
    expect(refusal).toMatchObject({ code: "INVALID_INPUT", inputPath: ["operations", index] });
    expect(refusal.details.map(({ keyword }: Data) => keyword).sort()).toEqual(keywords);
    expect(refusal.details[0]).toEqual({
      instancePath: expect.any(String),
      schemaPath: expect.any(String),
      keyword: expect.any(String),
      params: expect.any(Object),
      message: expect.any(String),
    });
  });

  test("is about what a commit leaves, not about what passes meanwhile", async () => {
    const done = await commit(api, [
      { remove: { record: BOB, path: ["name"] } },
      { put: { record: BOB, path: ["nickname"], value: "B" } },
      { put: { record: BOB, path: ["name"], value: "Robert" } },
      { remove: { record: BOB, path: ["nickname"] } },
    ]);
    expect(done.records.nodes).toMatchObject([{ state: { name: "Robert" } }]);
  });

  test("is not about records that are removed", async () => {
    const uuid = "0190aaaa-0000-7000-8000-00000000000c";
    await commit(api, [{ create: { record: uuid, type: "person", value: { name: "Cid" } } }]);
    expect(
      await commit(api, [{ remove: { record: uuid, path: ["name"] } }, { remove: { record: uuid, path: [] } }]),
    ).toMatchObject({ __typename: "CommitPayload", records: { nodes: [{ exists: false }] } });
  });

  test("that changes judges only what is committed from then on", async () => {
    await defineType(api, "person", { schema: { ...SCHEMA, required: ["name", "age"] } });
    const { frontier } = await api.run(`{ frontier { record(uuid: "${BOB}") { state } } }`);
    expect(frontier.record.state).toEqual({ name: "Robert" });
    // It stands, but whoever touches it must make it right.
    expect(await commit(api, [{ put: { record: BOB, path: ["name"], value: "Bob" } }])).toMatchObject({
      __typename: "InvalidInput",
      inputPath: ["operations", 0],
      details: [{ keyword: "required", params: { missingProperty: "age" } }],
    });
    expect(await commit(api, [{ put: { record: BOB, path: ["age"], value: 7 } }])).toMatchObject({
      __typename: "CommitPayload",
    });
    await defineType(api, "person", { schema: null });
    expect(await commit(api, [{ put: { record: BOB, path: ["age"], value: "any" } }])).toMatchObject({
      __typename: "CommitPayload",
    });
  });

  test("false refuses every state, true none", async () => {
    await defineType(api, "nobody", { schema: false });
    expect(await commit(api, [{ create: { type: "nobody", value: {} } }])).toMatchObject({
      __typename: "InvalidInput",
      inputPath: ["operations", 0],
    });
    await defineType(api, "nobody", { schema: true });
    expect(await commit(api, [{ create: { type: "nobody", value: {} } }])).toMatchObject({
      __typename: "CommitPayload",
    });
    expect((await recordType("nobody")).schema).toBe(true);
  });

  test("holds on every frontier", async () => {
    await defineType(api, "strict", { schema: { required: ["a"] } });
    await api.run(`mutation { createFrontier(input: { name: "strict", from: { frontier: "main" } }) { __typename } }`);
    const operations = [{ create: { type: "strict", value: { b: 1 } } }];
    expect(await commit(api, operations, { frontier: "strict" })).toMatchObject({ __typename: "InvalidInput" });
    const good = [{ create: { type: "strict", value: { a: 1 } } }];
    expect(await commit(api, good, { frontier: "strict" })).toMatchObject({ __typename: "CommitPayload" });
  });

  test("names of members are names, whatever they are", async () => {
    await defineType(api, "proto", {
      schema: {
        properties: { constructor: { type: "string" }, toString: { type: "number" } },
        patternProperties: { "^__proto__$": { type: "boolean" } },
        additionalProperties: false,
      },
    });
    const make = (value: unknown) => commit(api, [{ create: { type: "proto", value } }]);
    expect(await make({})).toMatchObject({ __typename: "CommitPayload" });
    const all = { constructor: "Ada", toString: 1, ["__proto__"]: true };
    expect(await make(all)).toMatchObject({ __typename: "CommitPayload", created: [{ state: all }] });
    for (const wrong of [{ constructor: 1 }, { toString: "x" }, { ["__proto__"]: 1 }, { valueOf: 1 }]) {
      expect(await make(wrong)).toMatchObject({ __typename: "InvalidInput", inputPath: ["operations", 0] });
    }
  });
});

test("the same type may be defined by many at once, on several servers", async () => {
  const others = await Promise.all(
    [1, 2].map(async () => {
      const database = openDatabase({ url: api.database.url });
      const services = createServices(openStore(database, DEFAULT_LIMITS), api.live);
      return { database, services };
    }),
  );
  try {
    const document = parse(
      `mutation ($input: DefineRecordTypeInput!) { defineRecordType(input: $input) { __typename
         ... on DefineRecordTypePayload { recordType { indexes latestTable } } ... on Error { message } } }`,
    );
    const servers = [api.services, ...others.map(({ services }) => services)];
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, index) => {
        const services = servers[index % servers.length] ?? api.services;
        const input = {
          name: `rival ${index % 2}`,
          schema: { minProperties: index },
          indexes: [[`m${index % 4}`], ["all"]],
        };
        const contextValue = createContext(services);
        return execute({ schema, document, variableValues: { input }, contextValue });
      }),
    );
    for (const answer of answers) {
      expect(answer).toMatchObject({ data: { defineRecordType: { __typename: "DefineRecordTypePayload" } } });
    }
    for (const number of [0, 1]) {
      const { name, indexes, latestTable, schema: kept } = await recordType(`rival ${number}`);
      // Whoever came last, schema and indexes are of one definition, and the database has just these indexes.
      expect(indexes).toEqual([[`m${kept.minProperties % 4}`], ["all"]]);
      const there = await pathIndexes(latestTable.replaceAll('"', ""));
      expect(there).toHaveLength(2);
      expect(there.some(({ definition }) => definition.includes(`'m${kept.minProperties % 4}'`))).toBe(true);
      const value = Object.fromEntries(Array.from({ length: 24 }, (_, index) => [`m${index}`, index]));
      expect(await commit(api, [{ create: { type: name, value } }])).toMatchObject({ __typename: "CommitPayload" });
    }
  } finally {
    for (const { database } of others) await database.close();
  }
});

test("types are defined while records of them are written", async () => {
  await defineType(api, "busy");
  const work = Array.from({ length: 20 }, (_, index) =>
    index % 4 === 0
      ? defineType(api, "busy", { indexes: [[`m${index}`], ["n"]] })
      : commit(api, [{ create: { type: "busy", value: { n: index } } }]),
  );
  for (const done of await Promise.all(work)) expect(done.__typename).toMatch(/Payload$/);
  const { frontier } = await api.run(
    `{ frontier { records(type: "busy", orderBy: [{ path: ["n"] }]) { totalCount } } }`,
  );
  expect(frontier.records.totalCount).toBe(15);
});

test("recordTypes gives them all, by name in the order of code points", async () => {
  const names = ["Zebra", "apple", "~", "é", "\uffff", "😀", "a b"];
  for (const name of names) await defineType(api, name);
  const { recordTypes } = await api.run(`{ recordTypes(first: 1000) { totalCount nodes { name id latestTable } } }`);
  const listed: string[] = recordTypes.nodes.map(({ name }: Data) => name);
  expect(listed).toEqual(expect.arrayContaining(names));
  expect(listed).toHaveLength(recordTypes.totalCount);
  const byCodePoint = [...listed].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  expect(listed).toEqual(byCodePoint);
  expect(new Set(recordTypes.nodes.map(({ latestTable }: Data) => latestTable)).size).toBe(listed.length);
  const page = await api.run(`{ recordTypes(first: 2) { nodes { name } pageInfo { endCursor } } }`);
  const next = await api.run(`query ($after: String) { recordTypes(first: 2, after: $after) { nodes { name } } }`, {
    after: page.recordTypes.pageInfo.endCursor,
  });
  expect([...page.recordTypes.nodes, ...next.recordTypes.nodes].map(({ name }: Data) => name)).toEqual(
    listed.slice(0, 4),
  );
});
