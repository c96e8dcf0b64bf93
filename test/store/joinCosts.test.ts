/** Joining two frontiers costs what lies between them, not what lies behind: what is read is counted. */
import type { Proposal } from "../../src/core/admission";
import type { RecordId } from "../../src/core/ids";
import { DEFAULT_LIMITS } from "../../src/core/limits";
import { reserveCommitIds, writeBulkCommits, type BulkCommit } from "../../src/store/bulkCommits";
import { commitOnFrontier } from "../../src/store/commit";
import { createFrontier } from "../../src/store/createFrontier";
import { inTransaction } from "../../src/store/database";
import { readFrontiers } from "../../src/store/frontiers";
import { mergeIntoFrontier } from "../../src/store/merge";
import { judgeMerge } from "../../src/store/mergeJudgement";
import { openStore, type Store } from "../../src/store/store";
import { defineType } from "../../src/store/typeTables";
import { antichainOf, presentOf, type Version } from "../../src/store/versions";
import { testDatabase, type TestDatabase } from "../support/database";
import { countReading, type Reading } from "../support/statements";

const SILENT = { author: null, message: null, metadata: undefined };
const RECORDS = Array.from({ length: 5 }, (_, n): RecordId => `0190acac-0000-7000-8000-00000000000${n}`);
/** How many commits lie behind. They differ by a multiple of 32: windows of records begin at such logical times. */
const [SHORT, LONG] = [50, 50 + 24 * 32];

interface Work {
  readonly record: number;
  readonly operation: Partial<Proposal>;
}

const withdraw = (record: number, by: number): Work => {
  const predicates = [{ atLeast: { path: ["n"], value: by } }];
  return { record, operation: { path: ["n"], operation: "increment", parameters: { by: -by }, predicates } };
};
const rename = (record: number, value: string): Work => {
  return { record, operation: { path: ["name"], operation: "put", parameters: { value }, predicates: [] } };
};

/** What is done on each of them: writes that meet, and withdrawals that leave not enough for each other. */
const BETWEEN: Record<string, readonly Work[]> = {
  one: [withdraw(0, 600), rename(1, "one"), withdraw(2, 1), rename(0, "both"), withdraw(0, 1)],
  other: [withdraw(0, 600), rename(1, "other"), withdraw(3, 1), rename(3, "other"), withdraw(2, 1)],
};

/** Commits one after the other, each of which changes one of the records. */
async function writeBehind(database: TestDatabase, count: number): Promise<number[]> {
  const ids = await reserveCommitIds(database.pool, count);
  const many = RECORDS.length;
  const commits = ids.map((id, index): BulkCommit => {
    const operation =
      index < many
        ? { path: [], operation: "create", parameters: { value: { n: 1_000 } } }
        : { path: ["name"], operation: "put", parameters: { value: `${index}` } };
    const before = index < many ? [] : [ids[index - many]!];
    return {
      ...{
        id,
        logicalTime: index,
        parents: ids.slice(0, index).slice(-1),
        time: new Date(0),
        ...SILENT,
        metadata: null,
      },
      changes: [{ record: RECORDS[index % many]!, parents: before, operations: [operation] }],
      settles: [],
      imported: { source: RECORDS[0]!, name: String(id) },
    };
  });
  await inTransaction(database, async (sql) => writeBulkCommits(sql, await defineType(sql, "thing", {}), commits));
  return ids;
}

/** Frontiers "one" and "other" of what lies behind, and "old" of its beginning, each with commits of its own. */
async function world(behind: number): Promise<TestDatabase> {
  const database = await testDatabase();
  const ids = await writeBehind(database, behind);
  const store = openStore(database, DEFAULT_LIMITS);
  for (const [frontier, works] of Object.entries({ ...BETWEEN, old: [rename(1, "old"), withdraw(0, 1)] })) {
    const commits = await antichainOf(store, [frontier === "old" ? ids[RECORDS.length]! : ids.at(-1)!], []);
    await createFrontier(store, { name: frontier, version: { commits }, locked: false, ...SILENT });
    for (const { record, operation } of works) {
      const proposal = { kind: "operation", record: RECORDS[record]!, ...operation, at: ["operations", 0] } as Proposal;
      await commitOnFrontier(store, { frontier, proposals: [proposal], ...SILENT });
    }
  }
  await database.pool.query("vacuum analyze");
  return database;
}

let short: TestDatabase;
let long: TestDatabase;
beforeAll(async () => {
  [short, long] = [await world(SHORT), await world(LONG)];
});

/** What work on two frontiers costs on a server that knows the commits, and nothing of the records. */
async function costOf(
  database: TestDatabase,
  names: readonly string[],
  work: (store: Store, versions: readonly Version[]) => Promise<unknown>,
): Promise<Reading> {
  const store = openStore(database, DEFAULT_LIMITS);
  const frontiers = await readFrontiers(database.pool, names);
  const versions = await Promise.all(names.map((name) => presentOf(store, frontiers.get(name)!)));
  return countReading(() => work(store, versions));
}

const judge = (bare: boolean) => (store: Store, versions: readonly Version[]) =>
  inTransaction(store.database, async (sql) => {
    const judged = bare ? versions.map(({ commits }) => ({ commits })) : versions;
    const { breaches } = await judgeMerge(store, sql, judged);
    expect(breaches.length).toBeGreaterThan(0);
  });

test.each([
  ["frontiers", false],
  ["versions that no frontier holds", true],
])("judging %s reads as much, however long their common past is", async (_, bare) => {
  const [near, far] = [
    await costOf(short, ["one", "other"], judge(bare)),
    await costOf(long, ["one", "other"], judge(bare)),
  ];
  expect(far.statements).toBe(near.statements);
  // It is the planner who chooses between indexes.
  expect(far.read).toBeLessThan(2 * near.read);
});

test("where more lies between them, it reads more", async () => {
  const cost = (database: TestDatabase) =>
    costOf(database, ["one", "old"], (store, versions) =>
      inTransaction(store.database, (sql) => judgeMerge(store, sql, versions)),
    );
  expect((await cost(long)).read).toBeGreaterThan(4 * (await cost(short)).read);
});

test("merging one into the other, conflicts settled, reads as much", async () => {
  const merge = (store: Store, [, from]: readonly Version[]) =>
    mergeIntoFrontier(store, {
      ...{ frontier: "one", from: from!, ...SILENT },
      ...{ createCommit: true, resolution: [], choices: [], strategy: "OURS" },
    });
  const [near, far] = [await costOf(short, ["one", "other"], merge), await costOf(long, ["one", "other"], merge)];
  expect(far.statements).toBe(near.statements);
  expect(far.read).toBeLessThan(2 * near.read);
});
