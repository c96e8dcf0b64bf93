import type { Antichain } from "../../src/core/antichain";
import { DEFAULT_LIMITS } from "../../src/core/limits";
import { commitOnFrontier, type CommitResult } from "../../src/store/commit";
import { createFrontier } from "../../src/store/createFrontier";
import { inTransaction, openDatabase, type Database, type DatabaseOptions } from "../../src/store/database";
import { DatabaseBusy } from "../../src/store/databaseBusy";
import { onFrontier } from "../../src/store/frontierQueue";
import { lockFrontierRow } from "../../src/store/frontiers";
import { openStore, type Store } from "../../src/store/store";
import { ensureType } from "../../src/store/typeTables";
import { testDatabase, type TestDatabase } from "../support/database";

let outside: TestDatabase;
beforeAll(async () => {
  outside = await testDatabase();
  await inTransaction(outside, (sql) => ensureType(sql, "thing"));
  await createFrontier(openStore(outside, DEFAULT_LIMITS), {
    name: "side",
    version: { commits: [] as readonly number[] as Antichain },
    locked: false,
    author: null,
    message: null,
  });
});

async function withStore(options: Partial<DatabaseOptions>, work: (store: Store) => Promise<void>): Promise<void> {
  const database = openDatabase({ url: outside.url, ...options });
  try {
    await work(openStore(database, DEFAULT_LIMITS));
  } finally {
    await database.close();
  }
}

let records = 0;
const commitOn = (store: Store, frontier: string): Promise<CommitResult> =>
  commitOnFrontier(store, {
    frontier,
    proposals: [
      {
        kind: "operation",
        record: `0190eeee-0000-7000-8000-${String((records += 1)).padStart(12, "0")}`,
        path: [],
        operation: "create",
        parameters: { value: {} },
        predicates: [],
        type: "thing",
        at: ["operations", 0],
      },
    ],
    message: null,
    author: null,
    metadata: undefined,
  });

/** Holds the row of main as another process does, while `work` runs. */
const whileMainIsHeld = (work: () => Promise<void>): Promise<void> =>
  inTransaction(outside, async (sql) => {
    await lockFrontierRow(sql, "main", []);
    await work();
  });

test("writers who wait for one frontier leave connections to the others, and are served as they came", async () => {
  await withStore({ connections: 4 }, async (store) => {
    const waiting: Promise<CommitResult>[] = [];
    await whileMainIsHeld(async () => {
      for (let index = 0; index < 20; index += 1) waiting.push(commitOn(store, "main"));
      // Without a queue this would stand behind writers that wait for main.
      await commitOn(store, "side");
      expect(store.database.transactions.waitingCount).toBe(0);
    });
    const sequences = (await Promise.all(waiting)).map((result) => result.sequence);
    expect(sequences).toEqual(sequences.map((_, index) => (sequences[0] ?? 0) + index));
  });
});

test("what fails leaves the line to the next", async () => {
  const order: string[] = [];
  const work = (name: string, fails = false) =>
    onFrontier(outside, "line", () => {
      order.push(name);
      return fails ? Promise.reject(new Error(name)) : Promise.resolve(name);
    });
  expect(await Promise.allSettled([work("a"), work("b", true), work("c")])).toMatchObject([
    { value: "a" },
    { reason: { message: "b" } },
    { value: "c" },
  ]);
  expect(order).toEqual(["a", "b", "c"]);
});

test("several frontiers at once: lined up everywhere together, whatever the order of the names", async () => {
  let inside = 0;
  const work = async (): Promise<void> => {
    expect((inside += 1)).toBe(1);
    await outside.pool.query("select 1");
    inside -= 1;
  };
  const names = [["a", "b"], ["b", "a"], "b", ["c", "b"], ["b", "b"], ["a", "c", "b"]];
  await Promise.all(Array.from({ length: 30 }, (_, index) => onFrontier(outside, names[index % 6] ?? "b", work)));
  expect(inside).toBe(0);
});

describe("a transaction that takes too long", () => {
  const contents = async (): Promise<unknown[]> =>
    (
      await outside.pool.query(
        `select (select count(*) from omdb.commits) as commits, (select count(*) from omdb.records) as records,
           (select sequence from omdb.frontiers where id = 'main') as sequence`,
      )
    ).rows;

  test("waiting for a lock: refused as busy, nothing is stored, the connection is as good as before", async () => {
    await withStore({ connections: 2, lockTimeout: 20 }, async (store) => {
      const before = await contents();
      await whileMainIsHeld(async () => {
        await expect(commitOn(store, "main")).rejects.toThrow(DatabaseBusy);
        await commitOn(store, "side");
      });
      const [after] = (await contents()) as Record<string, number>[];
      const [earlier] = before as Record<string, number>[];
      // What was committed on the side, and no more.
      expect(after).toEqual({ ...earlier, commits: (earlier?.commits ?? 0) + 1, records: (earlier?.records ?? 0) + 1 });
      await commitOn(store, "main");
    });
  });

  test("in a statement: its writes are rolled back", async () => {
    await withStore({ connections: 2, statementTimeout: 20 }, async ({ database }: { database: Database }) => {
      const before = await contents();
      const slow = inTransaction(database, async (sql) => {
        await sql.query(`insert into omdb.records (id, type) values (gen_random_uuid(), 'thing')`);
        await sql.query("select pg_sleep(60)");
      });
      await expect(slow).rejects.toThrow(DatabaseBusy);
      expect(await contents()).toEqual(before);
      // The limits are the transaction's, not the connection's.
      const { rows } = await database.transactions.query("show statement_timeout");
      expect(rows).toEqual([{ statement_timeout: "0" }]);
    });
  });

  test("without limits: 0", async () => {
    await withStore({ lockTimeout: 0, statementTimeout: 0 }, async ({ database }) => {
      const shown = await inTransaction(database, async (sql) => (await sql.query("show lock_timeout")).rows);
      expect(shown).toEqual([{ lock_timeout: "0" }]);
    });
  });
});
