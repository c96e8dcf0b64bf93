/** Names of types, frontiers, members, authors and keys may be anything: none of them ever reaches SQL as it is. */
import { followCommits } from "../../src/live/follow";
import { NASTY_NAMES } from "../support/arbitraries";
import { commit, defineType, testApi, type Data, type TestApi } from "../support/graphql";
import { requestsTo, type Requests } from "../support/requests";
import { CREATE_FRONTIER, DEFINE_TYPE } from "./inputPlaces";
import { refusalOf, unchangedBy } from "./refusals";

let api: TestApi;
let requests: Requests;
beforeAll(async () => {
  api = await testApi();
  requests = requestsTo(api);
});
afterEach(() => expect(requests.unexpected).toEqual([]));

const NAMES = [
  '"; drop table omdb.commits; --',
  "'; drop table omdb.commits; --",
  "it's",
  'say "hi"',
  "semi;colon",
  "back\\slash",
  "\\'",
  "E'\\x'",
  "100%",
  "%",
  "_",
  "latest_",
  "latest_types",
  "snapshots_x",
  "types",
  "pg_class",
  "public.x",
  "omdb.commits",
  "select",
  "null",
  "$1",
  "$$",
  "{}",
  "[0]",
  "/* x */",
  "-- x",
  " ",
  " x ",
  "\n\t",
  "\u0001",
  "0",
  "1e5",
  "UPPER",
  "upper",
  "a b",
  "a_b",
  "a-b",
  "ä",
  "a\u0308",
  "😀",
  "x".repeat(200),
  `${"x".repeat(199)}y`,
  "x".repeat(40),
  "x".repeat(41),
  "ü".repeat(200),
  "😀".repeat(100),
  "'".repeat(200),
  '"'.repeat(200),
  "\\".repeat(200),
  ...NASTY_NAMES.filter((name) => name !== ""),
].filter((name, index, all) => all.indexOf(name) === index);

/** A name as a test's title can show it. */
const shown = (name: string) => `${JSON.stringify(name.slice(0, 40))} of ${name.length}`;

async function ask(query: string, variables?: unknown): Promise<Data> {
  const answer = await requests.ask(query, variables);
  expect(answer.errors).toBeUndefined();
  return answer.data;
}

test.each(NAMES.map((name) => [shown(name), name] as const))("%s is a name", async (_, name) => {
  const indexes = [[name], ["n"], [name, name]];
  expect(await defineType(api, name, { indexes, schema: { required: [name] } })).toMatchObject({
    recordType: { name, id: `RecordType:${name}`, indexes },
  });
  const made = await ask(CREATE_FRONTIER, { v: { name, author: name, message: name } });
  expect(made.createFrontier).toEqual({ __typename: "FrontierPayload" });

  const values = ["b", "a", { [name]: 2 }];
  const operations = values.map((value, n) => ({
    create: { type: name, value: { n, [name]: value }, predicates: [{ absent: { path: [name] } }] },
  }));
  const input = { frontier: name, author: name, message: name, idempotencyKey: name, metadata: { [name]: name } };
  const done = await commit(api, operations, input);
  expect(done).toMatchObject({
    __typename: "CommitPayload",
    frontier: { name },
    change: { author: name, message: name, id: `FrontierChange:${name}@2` },
    commit: { author: name, message: name, metadata: { [name]: name } },
  });
  expect((await commit(api, operations, input)).replayed).toBe(true);
  const uuids: string[] = done.created.map(({ record }: Data) => record.uuid);
  await commit(api, [{ put: { record: uuids[2], path: [name, name], value: 3 } }], { frontier: name });
  await commit(api, operations);

  for (const list of [
    `frontier(name: $name) { records(type: $name, where: $where, orderBy: $orderBy) { nodes { state } } }`,
    `frontier { records(type: $name, where: $where, orderBy: $orderBy) { nodes { state } } }`,
    `frontier: view(at: { commit: ${done.commit.number} }) {
       records(type: $name, where: $where, orderBy: $orderBy) { nodes { state } } }`,
  ]) {
    const document = `query ($name: String!, $where: PredicateInput, $orderBy: [OrderInput!]) { ${list} }`;
    const states = async (variables: unknown) =>
      (await ask(document, { name, ...(variables as object) })).frontier.records.nodes.map(
        ({ state }: Data) => state.n,
      );
    expect(await states({ orderBy: [{ path: [name] }] })).toEqual([1, 0, 2]);
    expect(await states({ where: { equals: { path: [name], value: "b" } } })).toEqual([0]);
    expect(await states({ where: { greaterThan: { path: [name, name], value: 0 } } })).toEqual([2]);
    expect(await states({ where: { in: { path: [name], values: ["a", name] } } })).toEqual([1]);
  }

  const read = await ask(
    `query ($name: String!, $metadata: JSON) {
       recordType(name: $name) { name indexes }
       frontiers(prefix: $name, first: 1000) { nodes { name } }
       commits(where: { type: $name, author: $name, message: $name, metadata: $metadata, in: { frontier: $name } })
         { nodes { number } }
       frontier(name: $name) { name log(author: $name) { totalCount } view { history(author: $name) { totalCount } } }
       view(at: { asOf: { frontier: $name, point: { sequence: 2 } } }) { id }
     }`,
    { name, metadata: { [name]: name } },
  );
  expect(read).toMatchObject({
    recordType: { name, indexes },
    commits: { nodes: [{ number: done.commit.number }] },
    frontier: { name, log: { totalCount: 2 }, view: { history: { totalCount: 1 } } },
    view: { id: `View:${done.commit.number}` },
  });
  expect(read.frontiers.nodes).toContainEqual({ name });

  const stream = await followCommits(api.live, name, "0");
  expect((await stream.next()).value).toMatchObject({ frontier: name, commit: Number(done.commit.number) });
  await stream.return?.();
});

test("every type has tables of its own, whose names PostgreSQL takes whole", async () => {
  const { recordTypes } = await ask(`{ recordTypes(first: 1000) { nodes { name latestTable snapshotsTable } } }`);
  expect(recordTypes.nodes.map(({ name }: Data) => name)).toEqual(expect.arrayContaining(NAMES));
  const tables = recordTypes.nodes.flatMap((type: Data) => [type.latestTable, type.snapshotsTable]) as string[];
  expect(new Set(tables).size).toBe(2 * recordTypes.nodes.length);
  for (const table of tables) {
    expect(table).toMatch(/^omdb\."(latest|snapshots)_[A-Za-z0-9_#]{1,54}"$/);
    // As it stands it is what SQL takes.
    await api.database.pool.query(`select from ${table} limit 1`);
  }
});

test("a prefix is a text, whatever it holds", async () => {
  const count = async (prefix: string) =>
    (await ask(`query ($prefix: String) { frontiers(prefix: $prefix) { totalCount } }`, { prefix })).frontiers
      .totalCount;
  expect(await count("%")).toBe(1);
  expect(await count("_")).toBe(NAMES.filter((name) => name.startsWith("_")).length);
  expect(await count("\\")).toBe(NAMES.filter((name) => name.startsWith("\\")).length);
  expect(await count("x".repeat(199))).toBe(2);
  expect(await count("")).toBe(NAMES.length + 1);
});

test.each([
  ["201 characters", "x".repeat(201)],
  ["101 that take two units each", "😀".repeat(101)],
])("a name of %s is too long", async (_, name) => {
  const tooLong = (inputPath: string) => ({
    code: "LIMIT_EXCEEDED",
    inputPath: [inputPath],
    limit: "nameLength",
    maximum: 200,
  });
  for (const document of [DEFINE_TYPE, CREATE_FRONTIER]) {
    expect(refusalOf(await unchangedBy(api, () => requests.ask(document, { v: { name } })))).toMatchObject(
      tooLong("name"),
    );
  }
  for (const member of ["author", "idempotencyKey"]) {
    const operations = [{ create: { type: "x", value: {} } }];
    const refused = await unchangedBy(api, () => commit(api, operations, { [member]: name }));
    expect(refused).toMatchObject(tooLong(member));
  }
});
