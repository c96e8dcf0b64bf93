/** What a process remembers of cuts: commits read less by it, and write what they would write without. */
import fc from "fast-check";
import type { ProposedOperation } from "../../../src/core/admission";
import type { CommitId, RecordId } from "../../../src/core/ids";
import { DEFAULT_LIMITS } from "../../../src/core/limits";
import type { Effect } from "../../../src/core/operation";
import { commitOnFrontier } from "../../../src/store/commit";
import { CutMemory } from "../../../src/store/cuts/cutMemory";
import { inTransaction, openDatabase, type Database } from "../../../src/store/database";
import { openStore, type Store } from "../../../src/store/store";
import { ensureType } from "../../../src/store/typeTables";
import { verifyDatabase } from "../../../src/store/verify/verify";
import { antichainOf } from "../../../src/store/versions";
import { checkLater, timeFor } from "../../support/arbitraries";
import { testDatabase, testDatabaseUrl, type TestDatabase } from "../../support/database";
import { countStatements } from "../../support/statements";

jest.setTimeout(timeFor(180_000));

const RECORDS: readonly RecordId[] = ["0190dddd-0000-7000-8000-000000000001", "0190dddd-0000-7000-8000-000000000002"];

async function commit(
  store: Store,
  changes: readonly { readonly record: RecordId; readonly effect: Effect }[],
  parents?: readonly CommitId[],
): Promise<CommitId> {
  const proposals = changes.map(({ record, effect }, index): ProposedOperation => {
    const typed = effect.operation === "create" ? { type: "thing" } : {};
    return { kind: "operation", record, predicates: [], at: ["operations", index], ...effect, ...typed };
  });
  const request = { frontier: "main", author: null, message: null, metadata: undefined, proposals };
  const on = parents ? { parents: await antichainOf(store, parents, []) } : {};
  return (await commitOnFrontier(store, { ...request, ...on })).commit!;
}

const create: Effect = { path: [], operation: "create", parameters: { value: { n: 0, list: [] } } };
const increment: Effect = { path: ["n"], operation: "increment", parameters: { by: 1 } };
const put = (name: string, value: string): Effect => ({ path: [name], operation: "put", parameters: { value } });

async function openThings(database: Database): Promise<Store> {
  await inTransaction(database, (sql) => ensureType(sql, "thing"));
  return openStore(database, DEFAULT_LIMITS);
}

async function differencesIn(database: Database): Promise<readonly unknown[]> {
  return (await verifyDatabase(database)).found.first;
}

test("the next commit on a record reads nothing of its cuts, one that knows nothing reads it as it is written", async () => {
  const database = await testDatabase();
  const store = await openThings(database);
  const [record] = RECORDS;
  await commit(store, [{ record: record!, effect: create }]);
  const statements = { warm: [] as number[], cold: [] as number[] };
  for (let time = 0; time < 60; time += 1) {
    const knows = time % 2 === 0 ? "warm" : "cold";
    const own = knows === "warm" ? store : { ...store, cuts: new CutMemory() };
    statements[knows].push(await countStatements(() => commit(own, [{ record: record!, effect: increment }])));
    // What the other has written is read by the one that remembers: not what is measured.
    if (knows === "cold") await commit(store, [{ record: record!, effect: increment }]);
  }
  const [warm, cold] = [Math.min(...statements.warm), Math.min(...statements.cold)];
  expect(cold).toBe(warm);
});

test("what is rolled back is not remembered: a server that crashed may give its ids again", async () => {
  const database = await testDatabase();
  const store = await openThings(database);
  const [record] = RECORDS;
  const first = await commit(store, [{ record: record!, effect: create }]);
  expect(store.cuts.commit(record!, first)).toMatchObject({ commit: first, placed: true });
  const { rows } = await database.pool.query<{ id: number }>(`select last_value + 1 as id from omdb.commits_id_seq`);
  const next = rows[0]!.id;
  await database.pool.query(
    `create function fail() returns trigger language plpgsql as $$ begin raise 'not now'; end $$;
     create constraint trigger fail after insert on omdb.commits deferrable initially deferred
       for each row execute function fail()`,
  );
  await expect(commit(store, [{ record: record!, effect: increment }])).rejects.toThrow("not now");
  expect(store.cuts.commit(record!, next)).toBeUndefined();
  await database.pool.query(`drop trigger fail on omdb.commits`);
  expect(await commit(store, [{ record: record!, effect: increment }])).toBe(next + 1);
  expect(store.cuts.commit(record!, next + 1)).toMatchObject({ commit: next + 1, loose: 2 });
});

test("no cut is made where a snapshot is missing: what is read by it would be wrong", async () => {
  const database = await testDatabase();
  const store = await openThings(database);
  const [record] = RECORDS;
  await commit(store, [{ record: record!, effect: create }]);
  const goOn = async () => {
    for (let time = 0; time < 20; time += 1) {
      await commit({ ...store, cuts: new CutMemory() }, [{ record: record!, effect: increment }]);
    }
  };
  await goOn();
  const { rowCount } = await database.pool.query(`delete from omdb.snapshots_thing`);
  expect(rowCount).toBeGreaterThan(0);
  await expect(goOn()).rejects.toThrow(`A snapshot of the record ${record} is missing: run omdb verify --repair.`);
  expect((await verifyDatabase(database, { repair: true })).left.total).toBe(0);
  await goOn();
  expect(await differencesIn(database)).toEqual([]);
});

/** Who commits: the first server, the second, or one that has forgotten everything; on the newest or on a former commit. */
const STEP = fc.record({
  by: fc.constantFrom("first", "second", "forgetful"),
  back: fc.oneof(fc.constant(0), fc.nat({ max: 6 })),
  records: fc.constantFrom([0], [0], [1], [0, 1]),
  times: fc.constantFrom(1, 1, 2),
  effect: fc.oneof(
    fc.constant(increment),
    fc.tuple(fc.constantFrom("a", "b", "c"), fc.string({ maxLength: 40 })).map(([name, value]) => put(name, value)),
  ),
});

test("whoever commits what on which version, the tables are as they follow from operations and commits", async () => {
  let refused = 0;
  let made = 0;
  await checkLater(
    fc.asyncProperty(fc.array(STEP, { minLength: 60, maxLength: 90 }), async (steps) => {
      const url = await testDatabaseUrl();
      const [one, two] = [openDatabase({ url }), openDatabase({ url })];
      try {
        const first = await openThings(one);
        const stores = { first, second: openStore(two, DEFAULT_LIMITS) };
        const commits = [
          await commit(
            first,
            RECORDS.map((record) => ({ record, effect: create })),
          ),
        ];
        for (const { by, back, records, times, effect } of steps) {
          const store = by === "forgetful" ? { ...first, cuts: new CutMemory() } : stores[by];
          const parents = back === 0 ? undefined : [commits[Math.max(0, commits.length - 1 - back)]!];
          const changes = records.flatMap((place) => Array(times).fill({ record: RECORDS[place]!, effect }));
          try {
            commits.push(await commit(store, changes, parents));
            made += 1;
          } catch (error) {
            // Two texts at one place.
            if ((error as Error).name !== "Conflicted") throw error;
            refused += 1;
          }
        }
        expect(await differencesIn(one)).toEqual([]);
      } finally {
        await one.close();
        await two.close();
      }
    }),
    0.05,
  );
  expect(made).toBeGreaterThan(refused);
});

describe("after the cuts were made anew", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  test("a server that remembers the former ones goes on with what is there", async () => {
    const store = await openThings(database);
    const [record] = RECORDS;
    await commit(store, [{ record: record!, effect: create }]);
    let last = 0;
    for (let time = 0; time < 40; time += 1) last = await commit(store, [{ record: record!, effect: increment }]);
    const cuts = async () => {
      const { rows } = await database.pool.query<{ id: number }>(`select id from omdb.record_cuts order by id`);
      return rows.map(({ id }) => id);
    };
    const before = await cuts();
    expect(before.length).toBeGreaterThan(2);
    await database.pool.query(`update omdb.record_commits set loose = loose + 1`);
    // One that remembers where the last commit stands, but not the cut: that one is gone.
    const half = new CutMemory();
    half.keepCommit(store.cuts.commit(record!, last)!);
    expect((await verifyDatabase(database, { repair: true })).left.total).toBe(0);
    expect((await cuts()).some((id) => before.includes(id))).toBe(false);
    await commit({ ...store, cuts: half }, [{ record: record!, effect: increment }]);
    expect(half.commit(record!, last)?.cut).not.toBe(store.cuts.commit(record!, last)?.cut);
    for (let time = 0; time < 20; time += 1) await commit(store, [{ record: record!, effect: increment }]);
    expect(await differencesIn(database)).toEqual([]);
  });
});
