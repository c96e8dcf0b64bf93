import { DEFAULT_LIMITS } from "../../src/core/limits";
import { commitOnFrontier } from "../../src/store/commit";
import { inTransaction } from "../../src/store/database";
import { readLatest } from "../../src/store/latest";
import { openStore, type Store } from "../../src/store/store";
import { ensureType, type TypeRow } from "../../src/store/typeTables";
import { testDatabase, type TestDatabase } from "../support/database";

const RECORD = "0190eeee-0000-7000-8000-00000000bbbb";

let database: TestDatabase;
let store: Store;
let type: TypeRow;
beforeAll(async () => {
  database = await testDatabase();
  store = openStore(database, DEFAULT_LIMITS);
  type = await inTransaction(database, (sql) => ensureType(sql, "thing"));
  await write("create", { value: { n: 0 } }, []);
});

/** Changes the record on main, and gives the sequence. */
async function write(operation: string, parameters: object, path: string[] = ["n"]): Promise<number> {
  const done = await commitOnFrontier(store, {
    frontier: "main",
    proposals: [
      {
        kind: "operation",
        record: RECORD,
        path,
        operation,
        parameters: parameters as never,
        predicates: [],
        at: ["operations", 0],
        ...(operation === "create" && { type: "thing" }),
      },
    ],
    message: null,
    author: null,
    metadata: undefined,
  });
  return done.sequence ?? 0;
}

const grow = () => write("increment", { by: 1 });

async function stateAt(sequence: number): Promise<unknown> {
  return (await readLatest(database.pool, [type], { frontier: "main", sequence, bases: [] }, [RECORD])).get(RECORD)
    ?.state;
}

async function rows(): Promise<number> {
  const { rowCount } = await database.pool.query(`select from omdb."latest_thing" where record = $1`, [RECORD]);
  return rowCount ?? 0;
}

test("a row that an import ended just now is there for documents that read it, however old the import's times are", async () => {
  const read = await grow();
  const held = await stateAt(read);
  await grow();
  // As an import has it that brings the times of its source.
  await database.pool.query(`update omdb.frontier_log set "time" = '2001-01-01T00:00:00Z' where frontier = 'main'`);
  for (let index = 0; index < 20; index += 1) await grow();
  expect(held).toBeDefined();
  expect(await stateAt(read)).toEqual(held);
});

test("rows that ended long ago by the clock go with later writes, whatever the times in the log", async () => {
  await database.pool.query(`update omdb.frontier_log set written_at = now() - interval '11 minutes'`);
  await database.pool.query(`update omdb.frontier_log set "time" = clock_timestamp()`);
  const counts = [await rows()];
  const kept: Awaited<ReturnType<typeof grow>>[] = [];
  for (let index = 0; index < 24; index += 1) {
    kept.push(await grow());
    counts.push(await rows());
  }
  // Some writes look for them, and drop ten where there are so many.
  const dropped = counts.slice(1).map((count, index) => counts[index]! + 1 - count);
  expect(dropped).toContain(0);
  expect(Math.max(...dropped)).toBe(10);
  // The row that ended at a change of now, those behind it, and the current one.
  expect(await rows()).toBe(25);
  expect(await stateAt(kept[0]!)).toBeDefined();
});
