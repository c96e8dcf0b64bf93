/** Commits on different frontiers that make the same records at the same time. */
import { commit, defineType, testApi, type Data, type TestApi } from "../support/graphql";
import { unchangedBy } from "./refusals";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
  for (const type of ["thing", "other"]) await defineType(api, type);
  await api.run(`mutation { createFrontier(input: { name: "side" }) { __typename } }`);
});

const uuid = (index: number) => `0190aaaa-0000-7000-8000-${String(index).padStart(12, "0")}`;
const create = (index: number, type = "thing") => ({ create: { record: uuid(index), type, value: { index } } });

/** Resolves when a session waits for a lock that another transaction holds. */
async function somebodyWaits(): Promise<void> {
  for (;;) {
    const { rowCount } = await api.database.pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (rowCount) return;
  }
}

test("may make the same record, if they agree on its type", async () => {
  const [left, right] = await Promise.all([
    commit(api, [create(1)]),
    commit(api, [create(1), { put: { record: uuid(1), path: ["index"], value: 7 } }], { frontier: "side" }),
  ]);
  expect(left.created).toMatchObject([{ state: { index: 1 } }]);
  expect(right.created).toMatchObject([{ state: { index: 7 } }]);
});

test("are refused when another was first with another type, and told where", async () => {
  const rival = await api.database.pool.connect();
  let refused: Data;
  try {
    await rival.query("begin");
    await rival.query(`insert into omdb.records (id, type) values ($1, 'other')`, [uuid(2)]);
    const attempt = commit(api, [{ create: { type: "thing", value: {} } }, create(2)]);
    await somebodyWaits();
    await rival.query("commit");
    refused = await attempt;
  } finally {
    rival.release();
  }
  expect(refused).toMatchObject({
    __typename: "InvalidInput",
    inputPath: ["operations", 1, "create", "type"],
    message: `The record ${uuid(2)} has another type, "other".`,
  });
  // The record is the rival's alone; once it is known, the refusal is the same.
  const again = await unchangedBy(api, () => commit(api, [create(2)]));
  expect(again).toMatchObject({ __typename: "InvalidInput", inputPath: ["operations", 0, "create", "type"] });
});

test("never wait for each other in a circle", async () => {
  const rival = await api.database.pool.connect();
  const make = (index: number) =>
    rival.query(`insert into omdb.records (id, type) values ($1, 'thing') on conflict (id) do nothing`, [uuid(index)]);
  try {
    // Both make the lower record first, whatever order they were asked in: whoever has it gets the other one, too.
    await rival.query("begin");
    await make(3);
    const attempt = commit(api, [create(4), create(3)]);
    await somebodyWaits();
    await make(4);
    await rival.query("commit");
    expect(await attempt).toMatchObject({ __typename: "CommitPayload", records: { totalCount: 2 } });
  } finally {
    rival.release();
  }
});
