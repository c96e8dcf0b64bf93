import { commit, defineType, testApi, type TestApi } from "../support/graphql";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
  await defineType(api, "account");
});

const A = "0190aaaa-0000-7000-8000-00000000000a";
const B = "0190aaaa-0000-7000-8000-00000000000b";

describe("mutation commit", () => {
  test("creates records and says what it did", async () => {
    const done = await commit(
      api,
      [
        { create: { record: A, type: "account", value: { owner: "Ada", balance: 100, tags: [] } } },
        { create: { type: "account", value: { owner: "Bob", balance: 5 } } },
      ],
      { author: "ada", message: "first accounts", metadata: { ticket: 7 } },
    );
    expect(done).toMatchObject({
      __typename: "CommitPayload",
      replayed: false,
      commit: { logicalTime: "0", author: "ada", message: "first accounts", metadata: { ticket: 7 }, parents: [] },
      frontier: { name: "main", sequence: "1", commits: [{ number: done.commit.number }] },
      change: {
        id: "FrontierChange:main@1",
        cause: "COMMIT",
        before: [],
        newCommits: { nodes: [{ number: done.commit.number }] },
      },
      records: { totalCount: 2 },
      overlaps: { totalCount: 0 },
    });
    expect(done.commit.operations.nodes).toMatchObject([
      {
        operation: "create",
        path: [],
        parameters: { value: { owner: "Ada", balance: 100, tags: [] } },
        predicates: [],
      },
      { operation: "create" },
    ]);
    expect(done.created.map((record: { state: unknown }) => record.state)).toEqual([
      { owner: "Ada", balance: 100, tags: [] },
      { owner: "Bob", balance: 5 },
    ]);
    expect(done.created[0].id).toBe(`FrontierRecord:${A}@main`);
    expect(done.created[1].record.uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  });

  test("applies operations in order, each seeing those before it", async () => {
    const done = await commit(api, [
      {
        increment: {
          record: A,
          path: ["balance"],
          by: -30,
          predicates: [{ atLeast: { path: ["balance"], value: 30 } }],
        },
      },
      {
        increment: {
          record: A,
          path: ["balance"],
          by: -70,
          predicates: [{ equals: { path: ["balance"], value: 70 } }],
        },
      },
      { add: { record: A, path: ["tags"], value: "empty" } },
      { patch: { record: A, patch: [{ op: "add", path: "/tags/-", value: "patched" }] } },
    ]);
    expect(done.records.nodes).toMatchObject([
      {
        state: { owner: "Ada", balance: 0, tags: ["empty", "patched"] },
        view: { heads: [{ number: done.commit.number }] },
      },
    ]);
  });

  test("a false predicate refuses the whole commit and leaves nothing behind", async () => {
    const before = await snapshot();
    const refused = await commit(api, [
      { put: { record: A, path: ["owner"], value: "Eve" } },
      { create: { record: B, type: "account", value: {} } },
      {
        increment: { record: A, path: ["balance"], by: -1, predicates: [{ atLeast: { path: ["balance"], value: 1 } }] },
      },
    ]);
    expect(refused).toMatchObject({
      __typename: "PredicateFailed",
      code: "PREDICATE_FAILED",
      operationIndex: 2,
      record: A,
      path: ["balance"],
      reason: "PREDICATE",
      predicate: { atLeast: { path: ["balance"], value: 1 } },
      actual: { exists: true, value: 0 },
    });
    expect(await snapshot()).toEqual(before);
  });

  test("the same idempotency key gives the same commit; with another input it is refused, and no refusal is recorded", async () => {
    const operations = [{ create: { type: "account", value: { owner: "Ida" } } }];
    const first = await commit(api, operations, { idempotencyKey: "k1" });
    const again = await commit(api, operations, { idempotencyKey: "k1" });
    expect(again).toEqual({ ...first, replayed: true });
    const other = await commit(api, [{ create: { type: "account", value: { owner: "Oda" } } }], {
      idempotencyKey: "k1",
    });
    expect(other).toMatchObject({ __typename: "AlreadyExists", inputPath: ["idempotencyKey"] });
    // A refusal is not recorded: the same key works once the cause is gone.
    const refused = await commit(api, operations, { idempotencyKey: "k2", expectedSequence: "1" });
    expect(refused).toMatchObject({ __typename: "StaleSequence" });
    expect(await commit(api, operations, { idempotencyKey: "k2" })).toMatchObject({ replayed: false });
  });

  test("what is null and what is left out are the same input; a value that is null is not", async () => {
    const record = "0190cccc-0000-7000-8000-00000000f001";
    const create = { type: "account", record, value: { note: null } };
    const once = { idempotencyKey: "nulls" };
    const first = await commit(api, [{ create }], once);
    expect(first).toMatchObject({ replayed: false });
    const nothing = { message: null, author: null, metadata: null, parents: null, expectedSequence: null };
    const again = await commit(api, [{ create: { ...create, predicates: null } }], { ...once, ...nothing });
    expect(again).toEqual({ ...first, replayed: true });
    for (const other of [
      [[{ create: { ...create, value: {} } }], once],
      [[{ create }], { ...once, metadata: {} }],
      [[{ create: { ...create, predicates: [] } }], once],
      [[{ create }], { ...once, message: "" }],
    ] as const) {
      expect(await commit(api, [...other[0]], other[1])).toMatchObject({ __typename: "AlreadyExists" });
    }
    const put = (value: unknown) => [{ put: { record, path: ["note"], value } }];
    await commit(api, put(null), { idempotencyKey: "null value" });
    expect(await commit(api, put(0), { idempotencyKey: "null value" })).toMatchObject({ __typename: "AlreadyExists" });
  });

  test("parents are commits in the frontier's history", async () => {
    await api.run(`mutation { createFrontier(input: { name: "elsewhere" }) { __typename } }`);
    const { frontier } = await api.run(`{ frontier { commits { number } } }`);
    const parents = frontier.commits.map((member: { number: string }) => member.number);
    const operations = [{ put: { record: A, path: ["owner"], value: "Ada L." } }];
    expect(await commit(api, operations, { parents })).toMatchObject({ __typename: "CommitPayload" });
    // The past will do as well: the commit stands beside what was committed since.
    const others = [{ put: { record: A, path: ["owner"], value: "Ada Lovelace" } }];
    expect(await commit(api, others, { parents })).toMatchObject({
      __typename: "CommitPayload",
      commit: { parents: parents.map((number: string) => ({ number })) },
      overlaps: { totalCount: 1 },
    });
    const side = await commit(api, [{ create: { type: "account", value: {} } }], { frontier: "elsewhere" });
    expect(await commit(api, operations, { parents: [side.commit.number] })).toMatchObject({
      __typename: "InvalidInput",
      inputPath: ["parents", 0],
    });
    expect(await commit(api, operations, { parents: ["999999"] })).toMatchObject({ __typename: "NotFound" });
  });

  test("a removed record is gone from lists and can be made again", async () => {
    await commit(api, [{ remove: { record: A, path: [] } }]);
    const read = `query ($uuid: UUID!) { frontier { record(uuid: $uuid) { exists state view { id exists } } } }`;
    expect((await api.run(read, { uuid: A })).frontier.record).toMatchObject({ exists: false, state: null });
    const again = await commit(api, [{ create: { record: A, type: "account", value: { owner: "Ada II" } } }]);
    expect(again.records.nodes[0].state).toEqual({ owner: "Ada II" });
  });
});

test("a document that commits twice sees in its second part what the first one did, and what it did itself", async () => {
  const record = "0190aaaa-0000-7000-8000-0000000000c1";
  const done = await api.run(
    `mutation ($create: CommitInput!, $put: CommitInput!) {
      first: commit(input: $create) { ... on CommitPayload { commit { number children { totalCount } frontiers { nodes { name } } }
        created { record { commits { totalCount } } } } }
      second: commit(input: $put) { ... on CommitPayload { commit { parents { number children { totalCount } frontiers { nodes { name } } } }
        records { nodes { state record { commits { totalCount } } } } } } }`,
    {
      create: { operations: [{ create: { record, type: "account", value: { n: 1 } } }] },
      put: { operations: [{ put: { record, path: ["n"], value: 2 } }] },
    },
  );
  expect(done.first.commit).toMatchObject({ children: { totalCount: 0 }, frontiers: { nodes: [{ name: "main" }] } });
  expect(done.second.commit.parents).toEqual([
    { number: done.first.commit.number, children: { totalCount: 1 }, frontiers: { nodes: [] } },
  ]);
  expect(done.second.records.nodes).toEqual([{ state: { n: 2 }, record: { commits: { totalCount: 2 } } }]);
});

/** Row counts of every table that a commit writes. */
async function snapshot(): Promise<unknown> {
  const { rows } = await api.database.pool.query(
    `select (select count(*) from omdb.records) as records, (select count(*) from omdb.operations) as operations,
       (select count(*) from omdb.commits) as commits, (select count(*) from omdb.frontier_log) as log,
       (select count(*) from omdb.record_wise_operations) as record_wise, (select count(*) from omdb."latest_account") as latest,
       (select sequence from omdb.frontiers where id = 'main') as sequence`,
  );
  return rows[0];
}
