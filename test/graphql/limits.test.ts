/** Every limit can be set: what is just within it is taken, what is just beyond it refused by its name. */
import { DEFAULT_LIMITS, type Limits } from "../../src/core/limits";
import type { InputPath } from "../../src/core/errors";
import { COMMIT, commit, defineType, testApi, type TestApi } from "../support/graphql";
import { requestsTo, type Requests } from "../support/requests";
import { CREATE_FRONTIER, DEFINE_TYPE, THING } from "./inputPlaces";
import { refusalOf, unchangedBy } from "./refusals";

const LIMITS: Omit<Limits, "heads"> = {
  valueDepth: 3,
  valueBytes: 200,
  stateDepth: 4,
  stateBytes: 350,
  pathLength: 2,
  operationsPerCommit: 3,
  stepsPerCommit: 150,
  movedBytes: 20,
  predicatesPerOperation: 2,
  predicateDepth: 1,
  nameLength: 10,
  messageLength: 5,
  pageSize: 10,
  defaultPageSize: 2,
  keysPerCall: 2,
  recordsScanned: 3,
  commitsPerVersion: 2,
  versionsPerMerge: 1,
  schemaBytes: 100,
  subschemas: 4,
  indexesPerType: 1,
  ordersPerList: 1,
};

let api: TestApi;
let requests: Requests;
beforeAll(async () => {
  api = await testApi(LIMITS);
  requests = requestsTo(api);
  for (const type of ["thing", "few", "many"]) await defineType(api, type);
  await commit(api, [{ create: { record: THING, type: "thing", value: { n: 1, text: "123456" } } }]);
  const create = (type: string) => ({ create: { type, value: {} } });
  await commit(api, ["few", "few", "few"].map(create));
  await commit(api, ["many", "many", "many"].map(create));
  await commit(api, [create("many")]);
});
afterEach(() => expect(requests.unexpected).toEqual([]));

/** A request with an input of a size; the limit is what the input may have. */
interface LimitCase {
  readonly limit: keyof typeof LIMITS;
  readonly name?: string;
  readonly query: string;
  readonly variables: (size: number) => unknown;
  readonly at: InputPath;
}

const times = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);
const put = (more: object) => ({ put: { record: THING, path: ["new"], value: 1, ...more } });
const operations = (...list: unknown[]) => ({ input: { operations: list } });
const make = (record: string, value: object) => ({ create: { record, type: "thing", value } });
/** Records that one case each makes. */
const RECORDS = [
  "0190a000-0000-7000-8000-00000000000a",
  "0190a000-0000-7000-8000-00000000000b",
  "0190a000-0000-7000-8000-00000000000c",
  "0190a000-0000-7000-8000-00000000000d",
] as const;
const exists = { exists: { path: ["n"] } };
const copy = (path: string) => ({ op: "copy", from: "/text", path });
const nest = (depth: number): unknown => (depth === 0 ? exists : { all: [nest(depth - 1)] });
const lists = (depth: number): unknown => (depth === 0 ? 1 : [lists(depth - 1)]);
const scan = (type: string) =>
  `{ view(at: { commits: [1, 4] }) { records(type: "${type}", orderBy: [{ path: ["n"] }]) { totalCount } } }`;

const CASES: readonly LimitCase[] = [
  {
    limit: "valueDepth",
    query: COMMIT,
    variables: (size) => operations(put({ value: lists(size) })),
    at: ["operations", 0, "put", "value"],
  },
  {
    limit: "valueBytes",
    query: COMMIT,
    variables: (size) => operations(put({ value: "x".repeat(size - 2) })),
    at: ["operations", 0, "put", "value"],
  },
  {
    limit: "stateDepth",
    query: COMMIT,
    variables: (size) =>
      operations(make(RECORDS[0], { a: {} }), {
        put: { record: RECORDS[0], path: ["a", "b"], value: lists(size - 2) },
      }),
    at: ["operations", 1, "put"],
  },
  {
    limit: "stateBytes",
    query: COMMIT,
    variables: (size) => {
      const a = "x".repeat(170);
      const b = "x".repeat(size - JSON.stringify({ a, b: "" }).length);
      return operations(make(RECORDS[1], { a }), { put: { record: RECORDS[1], path: ["b"], value: b } });
    },
    at: ["operations", 1, "put"],
  },
  {
    limit: "pathLength",
    query: `query ($path: Path!) { frontier { record(uuid: "${THING}") { value(path: $path) } } }`,
    variables: (size) => ({ path: times(size, "a") }),
    at: ["path"],
  },
  {
    limit: "operationsPerCommit",
    query: COMMIT,
    variables: (size) => operations(...times(size, put({}))),
    at: ["operations"],
  },
  {
    limit: "operationsPerCommit",
    name: "with those that a patch stands for",
    query: COMMIT,
    variables: (size) =>
      operations(put({}), { patch: { record: THING, patch: times(size - 1, { op: "add", path: "/p", value: 1 }) } }),
    at: ["operations", 1, "patch"],
  },
  {
    limit: "stepsPerCommit",
    query: COMMIT,
    // Two lists are compared with what they are, a step an element.
    variables: (size) => {
      const is = (record: string, length: number) => ({ equals: { record, path: ["list"], value: times(length, 0) } });
      const [, , one, other] = RECORDS;
      return operations(make(one, { list: times(75, 0) }), make(other, { list: times(size - 75, 0) }), {
        remove: { record: one, path: [], predicates: [is(one, 75), is(other, size - 75)] },
      });
    },
    at: ["operations", 2, "remove"],
  },
  {
    limit: "movedBytes",
    name: "of all patches of a commit",
    query: COMMIT,
    // Two or three copies of eight bytes.
    variables: (size) =>
      operations(
        { patch: { record: THING, patch: [copy("/c")] } },
        { patch: { record: THING, patch: times(size > LIMITS.movedBytes ? 2 : 1, copy("/d")) } },
      ),
    at: ["operations", 1, "patch", "patch", 1, "from"],
  },
  {
    limit: "predicatesPerOperation",
    query: COMMIT,
    variables: (size) => operations(put({ predicates: times(size, exists) })),
    at: ["operations", 0, "put", "predicates"],
  },
  {
    limit: "predicateDepth",
    query: `query ($where: PredicateInput!) { frontier { records(type: "thing", where: $where) { totalCount } } }`,
    variables: (size) => ({ where: nest(size) }),
    at: ["where"],
  },
  {
    limit: "nameLength",
    query: CREATE_FRONTIER,
    variables: (size) => ({ v: { name: "f".repeat(size) } }),
    at: ["name"],
  },
  {
    limit: "messageLength",
    query: COMMIT,
    variables: (size) => ({ input: { operations: [put({})], message: "m".repeat(size) } }),
    at: ["message"],
  },
  {
    limit: "pageSize",
    query: `query ($first: Int) { commits(first: $first) { totalCount } }`,
    variables: (size) => ({ first: size }),
    at: ["first"],
  },
  {
    limit: "keysPerCall",
    query: `query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`,
    variables: (size) => ({ ids: times(size, "Commit:1") }),
    at: ["ids"],
  },
  {
    limit: "commitsPerVersion",
    query: `query ($commits: [BigInt!]!) { view(at: { commits: $commits }) { id } }`,
    variables: (size) => ({ commits: times(size, 1) }),
    at: ["at", "commits"],
  },
  {
    limit: "versionsPerMerge",
    query: `query ($versions: [VersionInput!]!) { mergePreview(versions: $versions) { compatible } }`,
    variables: (size) => ({ versions: times(size, { frontier: "main" }) }),
    at: ["versions"],
  },
  {
    limit: "schemaBytes",
    query: DEFINE_TYPE,
    variables: (size) => ({ v: { name: "other", schema: { title: "x".repeat(size - '{"title":""}'.length) } } }),
    at: ["schema"],
  },
  {
    limit: "subschemas",
    query: DEFINE_TYPE,
    variables: (size) => ({ v: { name: "other", schema: { enum: [{}], allOf: times(size - 1, {}) } } }),
    at: ["schema"],
  },
  {
    limit: "indexesPerType",
    query: DEFINE_TYPE,
    variables: (size) => ({ v: { name: "thing", indexes: times(size, ["n"]) } }),
    at: ["indexes"],
  },
  {
    limit: "ordersPerList",
    query: `query ($orderBy: [OrderInput!]) { frontier { records(type: "thing", orderBy: $orderBy) { totalCount } } }`,
    variables: (size) => ({ orderBy: times(size, { path: ["n"] }) }),
    at: ["orderBy"],
  },
];

test("every limit is tried", () => {
  const tried = new Set([...CASES.map(({ limit }) => limit), "defaultPageSize", "recordsScanned"]);
  expect([...tried].sort()).toEqual(Object.keys(LIMITS).sort());
  expect([...tried, "heads"].sort()).toEqual(Object.keys(DEFAULT_LIMITS).sort());
});

test("the server tells its limits", async () => {
  expect((await api.run(`{ server { limits } }`)).server.limits).toEqual({ ...DEFAULT_LIMITS, ...LIMITS });
});

test.each(CASES.map((one) => [`${one.limit} ${one.name ?? ""}`.trim(), one] as const))(
  "%s",
  async (_, { limit, query, variables, at }) => {
    const maximum = LIMITS[limit];
    const beyond = await unchangedBy(api, () => requests.ask(query, variables(maximum + 1)));
    expect(refusalOf(beyond)).toMatchObject({ code: "LIMIT_EXCEEDED", inputPath: at, limit, maximum });
    const within = await requests.ask(query, variables(maximum));
    expect(refusalOf(within)).toHaveProperty("accepted");
    expect(within.errors).toBeUndefined();
  },
);

test("recordsScanned", async () => {
  const refusal = { code: "LIMIT_EXCEEDED", inputPath: ["type"], limit: "recordsScanned", maximum: 3 };
  expect(refusalOf(await requests.ask(scan("many")))).toMatchObject(refusal);
  expect(await requests.ask(scan("few"))).toEqual({ data: { view: { records: { totalCount: 3 } } } });
  // A frontier's own rows are no scan.
  expect(
    await requests.ask(`{ frontier { records(type: "many", orderBy: [{ path: ["n"] }]) { totalCount } } }`),
  ).toEqual({ data: { frontier: { records: { totalCount: 4 } } } });
});

test("defaultPageSize", async () => {
  const { commits } = await api.run(`{ commits { nodes { id } pageInfo { hasNextPage } } }`);
  expect(commits).toMatchObject({ nodes: [{}, {}], pageInfo: { hasNextPage: true } });
});
