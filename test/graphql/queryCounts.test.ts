import { commit, defineType, testApi, type TestApi } from "../support/graphql";
import { countStatements } from "../support/statements";

const HEIRS = ["x/1", "x/2", "x/3", "x/4", "x/5", "x/6"];

let api: TestApi;
const records: string[] = [];

beforeAll(async () => {
  api = await testApi();
  await defineType(api, "item", { indexes: [["rank"]] });
  for (let round = 0; round < 30; round += 1) {
    const done = await commit(api, [
      { create: { type: "item", value: { rank: round, tags: ["new"] } } },
      ...records.slice(-2).map((record) => ({ increment: { record, path: ["rank"] } })),
    ]);
    records.push(done.created[0].record.uuid);
  }
  // Frontiers made empty have rows of their own.
  for (let index = 0; index < 24; index += 1) {
    const input = { name: `own/${index}` };
    await api.run(`mutation ($input: CreateFrontierInput!) { createFrontier(input: $input) { __typename } }`, {
      input,
    });
    const record = "0190aaaa-0000-7000-8000-0000000000ee";
    await commit(api, [{ create: { record, type: "item", value: { index } } }], { frontier: input.name });
  }
  // Frontiers that inherit, each from the one before it, with something of its own.
  for (const [index, name] of HEIRS.entries()) {
    await api.run(`mutation ($input: CreateFrontierInput!) { createFrontier(input: $input) { __typename } }`, {
      input: { name, from: { frontier: HEIRS[index - 1] ?? "main" } },
    });
    await commit(api, [{ increment: { record: records[index], path: ["rank"], by: 100 } }], { frontier: name });
  }
});

/** Counts the statements that any connection sends while a document runs; nothing is cached before it. */
async function statementsOf(document: string, variables: Record<string, unknown>): Promise<number> {
  api.services.nodes.commits.clear();
  api.services.nodes.operations.clear();
  api.services.nodes.records.clear();
  api.services.nodes.operationLists.clear();
  return countStatements(async () => {
    const result = await api.execute(document, variables);
    expect(result.errors).toBeUndefined();
  });
}

/**
 * Documents that go deep; `$n` is the number of nodes of their lists. The number is the most statements that one may
 * cost. Which keys of different fields meet in one batch depends on which answer comes first, so a few less is possible;
 * one statement for each node would be far more.
 */
const DOCUMENTS: Record<string, readonly [number, string]> = {
  "commits with parents, children, operations and their records": [
    16,
    `query ($n: Int!) {
    commits(first: $n) { totalCount nodes { id parents { id } children(first: $n) { nodes { id } }
      operations(first: $n) { totalCount nodes { id record { uuid type { name } } commit { id } } } frontiers { nodes { name } } } } }`,
  ],
  "records of a frontier with their history": [
    20,
    `query ($n: Int!) {
    frontier { records(type: "item", first: $n, orderBy: [{ path: ["rank"], direction: DESC }]) { totalCount nodes { id state
      record { type { name } commits(first: $n) { totalCount nodes { id } } }
      view { id heads { id } history(first: $n) { totalCount nodes { id operations { nodes { id } } } } } } } } }`,
  ],
  "the log with its commits": [
    12,
    `query ($n: Int!) {
    frontier { log(first: $n) { totalCount nodes { id before { id } after { id } newCommits { nodes { id operations { nodes { id } } } } removedCommits { totalCount } frontier { name } } } } }`,
  ],
  "views of many commits": [
    12,
    `query ($n: Int!) {
    commits(first: $n) { nodes { view { id records(type: "item", first: 5) { nodes { id state heads { id } } } history(first: $n) { nodes { id } } } } } }`,
  ],
  "commits with what they changed": [
    10,
    `query ($n: Int!) {
    commits(first: $n) { nodes { id changes(first: $n) { totalCount nodes { id patch record { type { name } }
      before { id state } after { id state heads { id } } } } } } }`,
  ],
  "a diff with who gave the leaves their values": [
    14,
    `query ($n: Int!) {
    diff(from: { commits: [] }, to: { frontier: "main" }, type: "item", first: $n) { totalCount nodes { id patch
      after { blame { totalCount nodes { path value operation { id commit { id message } } } } } } }
    compare(base: { commits: [] }, head: { frontier: "main" }) { aheadBy behindBy bases { id } } }`,
  ],
  "a record on many frontiers": [
    10,
    `query ($n: Int!) { frontiers(first: $n) { nodes { record(uuid: "0190aaaa-0000-7000-8000-0000000000ee") { state } } } }`,
  ],
  "many frontiers": [
    14,
    `query ($n: Int!) {
    frontiers(first: $n) { totalCount nodes { id cursor commits { id } records(type: "item", first: 5) { nodes { id state } } log { nodes { id } } } } }`,
  ],
};

test.each(Object.entries(DOCUMENTS))("%s: no more statements for many nodes", async (_name, [most, document]) => {
  expect(await statementsOf(document, { n: 3 })).toBeLessThanOrEqual(most);
  expect(await statementsOf(document, { n: 25 })).toBeLessThanOrEqual(most);
});

test("a document costs the same on any frontier, however much it inherits", async () => {
  const document = `query ($name: String!, $uuids: [UUID!]!) { frontier(name: $name) { id cursor commits { id }
    records(type: "item", first: 20, orderBy: [{ path: ["rank"], direction: DESC }],
            where: { atLeast: { path: ["rank"], value: 3 } }) { totalCount nodes { id state view { heads { id } } } }
    recordsByUuid(uuids: $uuids) { id state view { heads { id } } }
    view { records(type: "item", first: 5) { nodes { id state } } } } }`;
  for (const name of ["main", ...HEIRS]) {
    expect(await statementsOf(document, { name, uuids: records.slice(0, 2) })).toBeLessThanOrEqual(12);
    expect(await statementsOf(document, { name, uuids: records })).toBeLessThanOrEqual(12);
  }
});

test("records by uuid: as many statements for many as for one", async () => {
  const document = `query ($uuids: [UUID!]!) { frontier { recordsByUuid(uuids: $uuids) { id state view { heads { id } } }
    view { recordsByUuid(uuids: $uuids) { id } } } }`;
  expect(await statementsOf(document, { uuids: records.slice(0, 1) })).toBeLessThanOrEqual(6);
  expect(await statementsOf(document, { uuids: records })).toBeLessThanOrEqual(6);
});

test("nodes: as many statements for many as for few", async () => {
  const { commits } = await api.run(`{ commits { nodes { id operations { nodes { id } } } } }`);
  const ids: string[] = commits.nodes.flatMap((node: { id: string; operations: { nodes: { id: string }[] } }) => [
    node.id,
    ...node.operations.nodes.map(({ id }) => id),
  ]);
  const document = `query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Commit { message } ... on Operation { operation } } }`;
  expect(ids.length).toBeGreaterThan(100);
  expect(await statementsOf(document, { ids: ids.slice(0, 4) })).toBeLessThanOrEqual(4);
  expect(await statementsOf(document, { ids })).toBeLessThanOrEqual(4);
});

test("a commit on past parents reads each record once", async () => {
  const [first, second] = await Promise.all(
    [1, 2].map(() => commit(api, [{ create: { type: "item", value: { rank: 1, seen: 0 } } }])),
  );
  const [record, other] = [first!, second!].map((done) => done.created[0].record.uuid as string);
  const { frontier } = await api.run(`{ frontier { commits { number } } }`);
  const parents = frontier.commits.map((one: { number: string }) => one.number);
  // What it has not seen meets it: by its path, and by what it reads of another record.
  await commit(api, [{ increment: { record, path: ["rank"] } }]);
  await commit(api, [{ put: { record: other, path: ["seen"], value: 1 } }]);
  const predicates = [{ exists: { record: other, path: ["rank"] } }];
  const input = { parents, operations: [{ increment: { record, path: ["rank"], predicates } }] };
  const document = `mutation ($input: CommitInput!) { commit(input: $input) { __typename } }`;
  expect(await statementsOf(document, { input })).toBeLessThanOrEqual(20);
});

test("which of eight versions can stand together is found out with a few statements for each", async () => {
  const done = await commit(api, [{ create: { type: "item", value: { rank: 9 } } }]);
  const record: string = done.created[0].record.uuid;
  const versions: { frontier: string }[] = [];
  for (let index = 0; index < 8; index += 1) {
    const name = `together/${index}`;
    versions.push({ frontier: name });
    await api.run(`mutation ($input: CreateFrontierInput!) { createFrontier(input: $input) { __typename } }`, {
      input: { name, from: { frontier: "main" } },
    });
    // Any three of them fit, and four do not.
    const predicates = [{ atLeast: { path: ["rank"], value: 3 } }];
    await commit(api, [{ increment: { record, path: ["rank"], by: -3, predicates } }], { frontier: name });
  }
  const document = `query ($versions: [VersionInput!]!) { mergePreview(versions: $versions) {
    minimalConflicts largestCompatible } }`;
  const { mergePreview } = await api.run(document, { versions });
  expect(mergePreview.minimalConflicts).toHaveLength(70);
  expect(mergePreview.largestCompatible).toEqual([0, 1, 2]);
  const few = await statementsOf(document, { versions: versions.slice(0, 3) });
  expect(await statementsOf(document, { versions })).toBeLessThanOrEqual(few + 5 * 4);
});
