import { v7 as uuidv7 } from "uuid";
import { DEFAULT_LIMITS } from "../../src/core/limits";
import type { Proposal } from "../../src/core/admission";
import { PredicateFailed } from "../../src/core/errors";
import { commitOnFrontier, type CommitRequest, type CommitResult } from "../../src/store/commit";
import { inTransaction, openDatabase } from "../../src/store/database";
import { appendChange } from "../../src/store/frontierLog";
import { insertFrontier } from "../../src/store/frontiers";
import { openStore, type Store } from "../../src/store/store";
import { ensureType } from "../../src/store/typeTables";
import { NaiveHistory } from "../support/naiveStates";
import { testDatabase, type TestDatabase } from "../support/database";
import { countStatements } from "../support/statements";

const ACCOUNT = "0190cccc-0000-7000-8000-000000000001";

let database: TestDatabase;
let stores: Store[];
beforeAll(async () => {
  database = await testDatabase();
  await inTransaction(database, (sql) => ensureType(sql, "account"));
  // Two pools, as two servers have them.
  const second = openDatabase({ url: database.url });
  stores = [openStore(database, DEFAULT_LIMITS), openStore(second, DEFAULT_LIMITS)];
});
afterAll(() => stores[1]?.database.close());

const request = (operation: Partial<Proposal>, more: Partial<CommitRequest> = {}): CommitRequest => ({
  frontier: "main",
  proposals: [
    { kind: "operation", record: ACCOUNT, path: [], predicates: [], at: ["operations", 0], ...operation } as Proposal,
  ],
  message: null,
  author: null,
  metadata: undefined,
  ...more,
});

const withdraw = (by: number, more: Partial<CommitRequest> = {}) =>
  request(
    {
      path: ["balance"],
      operation: "increment",
      parameters: { by: -by },
      predicates: [{ atLeast: { path: ["balance"], value: by } }],
    },
    more,
  );

test("writers on two servers: the balance never falls below zero, the log has no gap, history is a line", async () => {
  await commitOnFrontier(
    stores[0] as Store,
    request({ operation: "create", parameters: { value: { balance: 100 } }, type: "account" }),
  );
  const outcomes = await Promise.allSettled(
    Array.from({ length: 160 }, (_, index) => commitOnFrontier(stores[index % 2] as Store, withdraw(1))),
  );
  const done = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
  expect(done).toHaveLength(100);
  expect(refused).toHaveLength(60);
  for (const reason of refused) expect(reason).toBeInstanceOf(PredicateFailed);

  const { rows: log } = await database.pool.query<{ sequence: number; members: number[]; left: number[] }>(
    `select sequence, members, "left" from omdb.frontier_log where frontier = 'main' order by sequence`,
  );
  expect(log.map((row) => row.sequence)).toEqual(Array.from({ length: 101 }, (_, index) => index + 1));
  expect(new Set(done.map((result) => result.sequence)).size).toBe(100);
  for (const [index, row] of log.entries()) expect(row.left).toEqual(log[index - 1]?.members ?? []);
  const { rows: latest } = await database.pool.query(
    `select state, heads from omdb."latest_account" where to_sequence is null`,
  );
  expect(latest).toEqual([{ state: { balance: 0 }, heads: log.at(-1)?.members }]);
  const naive = await NaiveHistory.read(database.pool);
  expect(naive.states(log.at(-1)?.members ?? []).get(ACCOUNT)).toEqual({ balance: 0 });
});

test("one idempotency key sent from everywhere at once makes one commit", async () => {
  const deposit = request(
    { path: ["balance"], operation: "increment", parameters: { by: 5 } },
    { idempotency: { key: "deposit", fingerprint: "f" } },
  );
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, index) => commitOnFrontier(stores[index % 2] as Store, deposit)),
  );
  expect(new Set(results.map((result: CommitResult) => result.commit)).size).toBe(1);
  expect(results.filter((result) => !result.replayed)).toHaveLength(1);
  const { rows } = await database.pool.query(`select state from omdb."latest_account" where to_sequence is null`);
  expect(rows).toEqual([{ state: { balance: 5 } }]);
});

test("a connection that dies before the commit leaves nothing; the next one goes on", async () => {
  const count = async () =>
    (
      await database.pool.query(
        `select (select count(*) from omdb.commits) as commits, (select count(*) from omdb.operations) as operations,
           (select sequence from omdb.frontiers where id = 'main') as sequence`,
      )
    ).rows;
  const before = await count();
  // The writer waits for the frontier's row; while it waits, its backend is ended.
  await inTransaction(database, async (sql) => {
    await sql.query(`select from omdb.frontiers where id = 'main' for update`);
    const lost = commitOnFrontier(stores[1] as Store, withdraw(1)).then(
      () => "committed",
      () => "failed",
    );
    for (;;) {
      const { rows } = await sql.query<{ ended: boolean }>(
        `select pg_terminate_backend(pid) as ended from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'`,
      );
      if (rows.some((row) => row.ended)) break;
    }
    expect(await lost).toBe("failed");
  });
  expect(await count()).toEqual(before);
  await commitOnFrontier(stores[1] as Store, withdraw(1));
});

test("more writers than connections, all of which must read the graph: none waits for ever", async () => {
  const small = openDatabase({ url: database.url, connections: 2 });
  try {
    const { rows } = await database.pool.query<{ members: number[] }>(
      `select members from omdb.frontier_log where frontier = 'main' order by sequence desc limit 1`,
    );
    const parents = rows[0]?.members ?? [];
    const store = openStore(small, DEFAULT_LIMITS);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 30 }, () => commitOnFrontier(store, withdraw(1, { parents }))),
    );
    // All name the same parents; whoever comes later stands beside the others, as long as the account has enough.
    expect(outcomes.filter((outcome) => outcome.status === "fulfilled").length).toBeGreaterThan(0);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "CONFLICT" });
    }
  } finally {
    await small.close();
  }
});

test("commits that create the same records in other orders on two frontiers do not end in a deadlock", async () => {
  const [store] = stores as [Store];
  await inTransaction(database, async (sql) => {
    for (const name of ["left", "right"]) {
      const row = await insertFrontier(sql, name, { locked: false, materialised: true }, []);
      await appendChange(sql, row, { cause: "CREATE", members: [], author: null, message: null });
    }
  });
  for (let round = 0; round < 10; round += 1) {
    const records = Array.from(
      { length: 100 },
      (_, index) => `0190dddd-0000-7000-8000-${String(round * 100 + index).padStart(12, "0")}`,
    );
    const creations = (ordered: readonly string[], frontier: string): CommitRequest => ({
      ...request({}),
      frontier,
      proposals: ordered.map((record, index) => ({
        kind: "operation" as const,
        record,
        path: [],
        operation: "create",
        parameters: { value: {} },
        predicates: [],
        type: "account",
        at: ["operations", index],
      })),
    });
    await Promise.all([
      commitOnFrontier(store, creations(records, "left")),
      commitOnFrontier(store, creations([...records].reverse(), "right")),
    ]);
  }
});

test("types that are made while others commit make nobody fail", async () => {
  const [store, other] = stores as [Store, Store];
  await Promise.all([
    ...Array.from({ length: 12 }, (_, index) =>
      inTransaction(other.database, (sql) => ensureType(sql, `type ${index}`)),
    ),
    ...Array.from({ length: 40 }, () =>
      commitOnFrontier(
        store,
        request({ record: uuidv7(), operation: "create", parameters: { value: {} }, type: "account" }),
      ),
    ),
  ]);
});

test("a transaction that was chosen to end a deadlock is run again", async () => {
  await database.pool.query("create table omdb.lanes (id int primary key); insert into omdb.lanes values (1), (2)");
  let first: () => void = () => undefined;
  const met = new Promise<void>((resolve) => (first = resolve));
  let arrived = 0;
  const cross = (one: number, two: number) =>
    inTransaction(database, async (sql) => {
      await sql.query("select from omdb.lanes where id = $1 for update", [one]);
      arrived += 1;
      if (arrived === 2) first();
      await met;
      await sql.query("select from omdb.lanes where id = $1 for update", [two]);
      return one;
    });
  expect(await Promise.all([cross(1, 2), cross(2, 1)])).toEqual([1, 2]);
  // The retry may take its row back before the other one wakes, and so meet it once more.
  expect(arrived).toBeGreaterThan(2);
});

test("a commit on what the frontier was asks as much whatever the number of its heads, also of a server that saw none of it", async () => {
  /** Statements for a commit on as many heads as are asked for. */
  const statements = async (heads: number): Promise<number> => {
    const record = uuidv7();
    const create = { record, operation: "create", parameters: { value: { n: 0 } }, type: "account" } as const;
    const { commit: base } = await commitOnFrontier(stores[0] as Store, request(create));
    const count = { record, path: ["n"], operation: "increment", parameters: { by: 1 } };
    const parents: number[] = [];
    for (let head = 0; head < heads; head += 1) {
      const { commit } = await commitOnFrontier(stores[0] as Store, request(count, { parents: [base!] }));
      parents.push(commit!);
    }
    await commitOnFrontier(stores[0] as Store, request(count));
    const other = openStore((stores[1] as Store).database, DEFAULT_LIMITS);
    return countStatements(() => commitOnFrontier(other, request(count, { parents })));
  };
  // The first time it opens a connection.
  await statements(2);
  const few = await statements(2);
  expect(await statements(12)).toBe(few);
});
