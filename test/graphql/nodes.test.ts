/** Ids: each node is given again by its own, whatever is no id gives null, and equal things have equal ids. */
import { isInterfaceType } from "graphql";
import { commit, defineType, schema, testApi, type Data, type TestApi } from "../support/graphql";
import { requestsTo, type Requests } from "../support/requests";
import { change } from "./connectionCases";

const THING = "0190aaaa-0000-7000-8000-00000000000a";
const OTHER = "0190aaaa-0000-7000-8000-00000000000b";
const UNKNOWN = "0190aaaa-0000-7000-8000-0000000000ff";

let api: TestApi;
let requests: Requests;
/** Numbers of commits: `root`, on it `left` (which touches the thing) and `right` (too), `aside` on `right` (which does not). */
let root: number;
let left: number;
let right: number;
let aside: number;

const numberOf = (done: Data): number => Number(done.commit.number);
const increment = { increment: { record: THING, path: ["n"] } };

beforeAll(async () => {
  api = await testApi();
  requests = requestsTo(api);
  await defineType(api, "thing");
  root = numberOf(
    await commit(api, [
      { create: { record: THING, type: "thing", value: { n: 0 } } },
      { create: { record: OTHER, type: "thing", value: {} } },
    ]),
  );
  for (const name of ["left", "right"]) await makeFrontier(name, { commit: root });
  left = numberOf(await commit(api, [increment], { frontier: "left" }));
  right = numberOf(await commit(api, [increment], { frontier: "right" }));
  const touch = { put: { record: OTHER, path: ["touched"], value: true } };
  aside = numberOf(await commit(api, [touch], { frontier: "right" }));
});
afterEach(() => expect(requests.unexpected).toEqual([]));

const makeFrontier = (name: string, from?: unknown) =>
  api.run(`mutation ($input: CreateFrontierInput!) { createFrontier(input: $input) { __typename } }`, {
    input: { name, ...(from === undefined ? {} : { from }) },
  });

async function node(id: unknown, selection = "__typename id"): Promise<Data> {
  const answer = await requests.ask(`query ($id: ID!) { node(id: $id) { ${selection} } }`, { id });
  expect(answer.errors).toBeUndefined();
  return answer.data.node;
}

async function nodes(ids: readonly string[]): Promise<Data> {
  const answer = await requests.ask(`query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }`, { ids });
  expect(answer.errors).toBeUndefined();
  return answer.data.nodes;
}

/** Every id of the nodes that a document gives, by type. */
function idsIn(data: Data, found = new Map<string, Set<string>>()): Map<string, Set<string>> {
  if (typeof data !== "object" || data === null) return found;
  if (typeof data.__typename === "string" && typeof data.id === "string") {
    found.set(data.__typename, (found.get(data.__typename) ?? new Set()).add(data.id));
  }
  for (const member of Object.values(data)) idsIn(member, found);
  return found;
}

/** Nodes that are no nodes by id: they only live in the answer that tells of them. */
const WITHOUT_ID = ["Conflict"];

const nodeTypes = () => {
  const type = schema.getType("Node");
  return isInterfaceType(type) ? schema.getPossibleTypes(type).map(({ name }) => name) : [];
};

/** Reads a node of every type. */
async function everything(): Promise<Map<string, Set<string>>> {
  const commits = `{ __typename id }`;
  return idsIn(
    await api.run(
      `query ($commits: [BigInt!]!) {
         recordTypes { nodes ${commits} }
         commits { nodes { __typename id operations { nodes ${commits} } view ${commits} } }
         frontiers { nodes {
           __typename id
           view ${commits}
           log { nodes ${commits} }
           records(type: "thing") { nodes { __typename id record ${commits} view ${commits} } }
         } }
         view(at: { commits: $commits }) { __typename id records(type: "thing") { nodes ${commits} } }
         diff(from: { commits: [] }, to: { commits: $commits }) { nodes ${commits} }
       }`,
      { commits: [left, right] },
    ),
  );
}

test("every type of nodes has ids as the contract writes them", async () => {
  const found = await everything();
  expect([...found.keys(), ...WITHOUT_ID].sort()).toEqual(nodeTypes().sort());
  const all = (type: string) => [...(found.get(type) ?? [])];
  expect(all("RecordType")).toEqual(["RecordType:thing"]);
  expect(all("Record").sort()).toEqual([`Record:${THING}`, `Record:${OTHER}`]);
  expect(all("Commit").sort()).toEqual([root, left, right, aside].map((number) => `Commit:${number}`).sort());
  expect(all("Operation").every((id) => /^Operation:[1-9][0-9]*$/.test(id))).toBe(true);
  expect(all("Operation")).toHaveLength(5);
  expect(all("Frontier")).toEqual(["Frontier:left", "Frontier:main", "Frontier:right"]);
  expect(all("FrontierRecord")).toContain(`FrontierRecord:${THING}@left`);
  expect(all("FrontierChange")).toEqual(expect.arrayContaining(["FrontierChange:main@1", "FrontierChange:right@3"]));
  expect(all("View")).toEqual(expect.arrayContaining([`View:${root}`, `View:${left}+${right}`]));
  expect(all("RecordView")).toEqual(
    expect.arrayContaining([`RecordView:${OTHER}@${root}`, `RecordView:${THING}@${left}+${right}`]),
  );
  expect(all("RecordChange")).toEqual([`RecordChange:${THING}@..${left}+${right}`, `RecordChange:${OTHER}@..${root}`]);
});

test("every node is given again by its id, alone and among others", async () => {
  const found = await everything();
  const expected = [...found].flatMap(([__typename, ids]) => [...ids].map((id) => ({ __typename, id })));
  for (const { __typename, id } of expected) expect(await node(id)).toEqual({ __typename, id });
  const shuffled = [...expected.toReversed(), ...expected, ...expected.slice(0, 3)];
  expect(await nodes(shuffled.map(({ id }) => id))).toEqual(shuffled);
});

test("a node by id is the same as one that was read", async () => {
  const fields: Readonly<Record<string, string>> = {
    RecordType: "name schema indexes latestTable createdAt",
    Record: "uuid type { id } createdAt",
    Commit: "number logicalTime timestamp parents { id }",
    Operation: "number operation parameters path predicates commit { id } record { id }",
    Frontier: "name sequence cursor locked commits { id }",
    FrontierRecord: "state exists frontier { id } record { id } view { id }",
    FrontierChange: "frontierName sequence cause before { id } after { id } cursor time",
    View: `commits { id } records(type: "thing") { nodes { id state } }`,
    RecordView: "state exists heads { id } record { id }",
    RecordChange: "record { id } before { id } after { id } patch",
  };
  expect([...Object.keys(fields), ...WITHOUT_ID].sort()).toEqual(nodeTypes().sort());
  const all = (type: string) => `__typename id ${fields[type]}`;
  const read = await api.run(
    `query ($commits: [BigInt!]!) {
       recordType(name: "thing") { ${all("RecordType")} }
       record(uuid: "${THING}") { ${all("Record")} }
       commits { nodes { ${all("Commit")} operations { nodes { ${all("Operation")} } } } }
       frontier(name: "right") {
         ${all("Frontier")}
         record(uuid: "${THING}") { ${all("FrontierRecord")} }
         log { nodes { ${all("FrontierChange")} } }
       }
       view(at: { commits: $commits }) { ${all("View")} record(uuid: "${THING}") { ${all("RecordView")} } }
       diff(from: { commit: ${root} }, to: { commits: $commits }) { nodes { ${all("RecordChange")} } } }`,
    { commits: [left, right] },
  );
  const seen: Data[] = [];
  const collect = (data: Data): void => {
    if (typeof data !== "object" || data === null) return;
    if (typeof data.__typename === "string") seen.push(data);
    Object.values(data).forEach(collect);
  };
  collect(read);
  expect(new Set(seen.map(({ __typename }) => __typename)).size).toBe(Object.keys(fields).length);
  for (const one of seen) {
    const again = await node(one.id, `... on ${one.__typename} { ${all(one.__typename)} }`);
    expect(one).toMatchObject(again);
  }
});

describe("what is no id gives null", () => {
  const none = (): unknown[] => [
    "",
    ":",
    "Commit",
    "Commit:",
    "Commit:-1",
    "Commit:0",
    `Commit:0${root}`,
    `Commit: ${root}`,
    `Commit:${root} `,
    `Commit:${root}.0`,
    `Commit:${root}e0`,
    `Commit:+${root}`,
    `commit:${root}`,
    "Commit:999999",
    "Commit:9007199254740993",
    "Commit:99999999999999999999999999",
    "Commit:NaN",
    "Commit:Infinity",
    "Operation:0",
    "Operation:999999",
    "Operation:x",
    "Nothing:1",
    "Query:1",
    "Node:1",
    "Conflict:1",
    "__proto__:1",
    "constructor:1",
    "toString:1",
    "__proto__",
    "RecordType:",
    "RecordType:nothing",
    "RecordType:Thing",
    "Record:",
    `Record:${UNKNOWN}`,
    `Record:${THING.toUpperCase()}`,
    `Record:${THING} `,
    "Record:'; drop table omdb.commits; --",
    "Frontier:",
    "Frontier:nowhere",
    "Frontier:Main",
    `FrontierRecord:${THING}`,
    `FrontierRecord:${THING}@`,
    `FrontierRecord:@main`,
    `FrontierRecord:${THING}@nowhere`,
    `FrontierRecord:${UNKNOWN}@main`,
    `FrontierRecord:${THING.toUpperCase()}@main`,
    "FrontierChange:main",
    "FrontierChange:main@",
    "FrontierChange:main@0",
    "FrontierChange:main@-1",
    "FrontierChange:main@01",
    "FrontierChange:main@999999",
    "FrontierChange:main@9007199254740993",
    "FrontierChange:@1",
    "FrontierChange:nowhere@1",
    "View:x",
    "View:+",
    `View:${root}+`,
    `View:${root}+${root}`,
    `View:${right}+${left}`,
    `View:${root}+${left}`,
    "View:999999",
    `View:${Array.from({ length: 1_001 }, (_, index) => index + 1).join("+")}`,
    `RecordView:${THING}`,
    `RecordView:${THING}@`,
    `RecordView:@${root}`,
    `RecordView:${THING}@${right}+${left}`,
    `RecordView:${THING}@${root}+${left}`,
    `RecordView:${THING}@${aside}`,
    `RecordView:${THING}@${left}+${aside}`,
    `RecordView:${UNKNOWN}@${root}`,
    `RecordView:${THING}@999999`,
    `RecordChange:${THING}`,
    `RecordChange:${THING}@`,
    `RecordChange:${THING}@..`,
    `RecordChange:${THING}@${root}`,
    `RecordChange:${THING}@${root}.${left}`,
    `RecordChange:${THING}@${root}..${left}..${right}`,
    `RecordChange:${THING}@${root}..${root}`,
    `RecordChange:${THING}@${left}..${right}`,
    `RecordChange:${THING}@${root}..${right}+${left}`,
    `RecordChange:${THING}@${root}..${aside}`,
    `RecordChange:${THING}@999999..${left}`,
    `RecordChange:${THING}@..999999`,
    `RecordChange:${UNKNOWN}@..${left}`,
    `RecordChange:${THING.toUpperCase()}@${root}..${left}`,
    `RecordChange:@${root}..${left}`,
    "Frontier:\0",
    "Frontier:\ud800",
    `Frontier:${"x".repeat(1_000_000)}`,
    "\0:1",
    "😀",
    5,
  ];

  test("alone", async () => {
    for (const id of none()) expect({ id, node: await node(id) }).toEqual({ id, node: null });
  });

  test("among others", async () => {
    const ids = none().flatMap((id) => [String(id), `Commit:${root}`]);
    const expected = none().flatMap(() => [null, { __typename: "Commit", id: `Commit:${root}` }]);
    expect(await nodes(ids)).toEqual(expected);
  });

  test("and so does an operation in no commit, which is an index", async () => {
    const { rows } = await api.database.pool.query<{ id: number }>(
      `insert into omdb.operations (predicates, record, path, operation, parameters)
       values ('[]', $1, '[]', 'coalesced', '{"operations": []}') returning id`,
      [THING],
    );
    expect(await node(`Operation:${rows[0]?.id}`)).toBeNull();
  });
});

test("a view is called by its maximal commits, ascending", async () => {
  const id = async (commits: number[]) =>
    (await api.run(`query ($commits: [BigInt!]!) { view(at: { commits: $commits }) { id } }`, { commits })).view.id;
  expect(await id([right, left])).toBe(`View:${left}+${right}`);
  expect(await id([right, root, left, right, left])).toBe(`View:${left}+${right}`);
  expect(await id([aside, right])).toBe(`View:${aside}`);
  expect(await id([])).toBe("View:");
  expect(await node("View:", "id ... on View { commits { id } history { totalCount } }")).toEqual({
    id: "View:",
    commits: [],
    history: { totalCount: 0 },
  });
});

test("a record in a version is called by its own version, so equal states share an id", async () => {
  const views = await api.run(
    `query ($uuid: UUID!, $aside: BigInt!, $right: BigInt!, $left: BigInt!) {
       record(uuid: $uuid) {
         a: at(version: { commit: $right }) { id state }
         b: at(version: { commit: $aside }) { id state }
         c: at(version: { commits: [$aside, $left] }) { id state }
         d: at(version: { commits: [$left, $right] }) { id state }
         e: at(version: { frontier: "right" }) { id state }
       } }`,
    { uuid: THING, aside, right, left },
  );
  const one = { id: `RecordView:${THING}@${right}`, state: { n: 1 } };
  const both = { id: `RecordView:${THING}@${left}+${right}`, state: { n: 2 } };
  expect(views.record).toEqual({ a: one, b: one, c: both, d: both, e: one });
});

test("a record at a frontier keeps its id, whatever happens to it", async () => {
  await makeFrontier("living");
  const uuid = "0190aaaa-0000-7000-8000-0000000000cc";
  const id = `FrontierRecord:${uuid}@living`;
  const selection = "id ... on FrontierRecord { exists state view { id } }";
  const versions: string[] = [];
  expect(await node(id)).toBeNull();
  const steps: [unknown, unknown][] = [
    [{ create: { record: uuid, type: "thing", value: { n: 1 } } }, { n: 1 }],
    [{ put: { record: uuid, path: ["n"], value: 2 } }, { n: 2 }],
    [{ remove: { record: uuid, path: [] } }, null],
    [{ create: { record: uuid, type: "thing", value: {} } }, {}],
  ];
  for (const [operation, state] of steps) {
    const done = await commit(api, [operation], { frontier: "living" });
    expect(done.records.nodes.map((record: Data) => record.id)).toEqual([id]);
    const version = `RecordView:${uuid}@${numberOf(done)}`;
    versions.push(version);
    expect(await node(id, selection)).toEqual({ id, exists: state !== null, state, view: { id: version } });
  }
  // What it was stands under the ids of its versions.
  for (const [index, version] of versions.entries()) {
    const [, state] = steps[index] ?? [];
    expect(await node(version, "id ... on RecordView { exists state }")).toEqual({
      id: version,
      exists: state !== null,
      state,
    });
  }
});

test("names may hold what ids are made of", async () => {
  const names = ["a@b", "@", "@1", "1@", "main@1", "a:b", ":", "x+y", `${THING}@main`, "Frontier:main", "ä😀"];
  for (const name of names) {
    await makeFrontier(name);
    await defineType(api, name);
    const uuid = (await commit(api, [{ create: { type: name, value: { name } } }], { frontier: name })).created[0]
      .record.uuid;
    expect(await node(`Frontier:${name}`, "id ... on Frontier { name }")).toEqual({ id: `Frontier:${name}`, name });
    expect(await node(`RecordType:${name}`, "id ... on RecordType { name }")).toEqual({
      id: `RecordType:${name}`,
      name,
    });
    expect(await node(`FrontierChange:${name}@2`, "id ... on FrontierChange { frontierName sequence }")).toEqual({
      id: `FrontierChange:${name}@2`,
      frontierName: name,
      sequence: "2",
    });
    expect(await node(`FrontierRecord:${uuid}@${name}`, "id ... on FrontierRecord { state }")).toEqual({
      id: `FrontierRecord:${uuid}@${name}`,
      state: { name },
    });
  }
});

test("a deleted frontier is no node, its changes are", async () => {
  await makeFrontier("gone", { commit: root });
  await change(api, "gone", { cause: "DELETE", members: [], author: null, message: null });
  expect(await nodes(["Frontier:gone", `FrontierRecord:${THING}@gone`])).toEqual([null, null]);
  expect(await node("FrontierChange:gone@1", "id ... on FrontierChange { cause frontier { id } }")).toEqual({
    id: "FrontierChange:gone@1",
    cause: "CREATE",
    frontier: null,
  });
  expect(await node("FrontierChange:gone@2", "id ... on FrontierChange { cause frontier { id } }")).toEqual({
    id: "FrontierChange:gone@2",
    cause: "DELETE",
    frontier: null,
  });
});
