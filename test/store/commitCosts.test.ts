/** What a commit costs does not grow with what is stored: what is planned on empty tables is planned for large ones. */
import type { RecordId } from "../../src/core/ids";
import { DEFAULT_LIMITS } from "../../src/core/limits";
import { commitOnFrontier } from "../../src/store/commit";
import { CutMemory } from "../../src/store/cuts/cutMemory";
import { inTransaction, openDatabase } from "../../src/store/database";
import { openStore, type Store } from "../../src/store/store";
import { ensureType } from "../../src/store/typeTables";
import { ownServer } from "../support/ownServer";
import { countReading, type Reading } from "../support/statements";

const RECORD: RecordId = "0190cccc-0000-7000-8000-000000000001";
const SILENT = { author: null, message: null, metadata: undefined };

const create = { operation: "create", path: [], parameters: { value: { n: 0 } }, type: "thing" };
const increment = { operation: "increment", path: ["n"], parameters: { by: 1 } };

async function commit(store: Store, operation: typeof create | typeof increment): Promise<void> {
  const proposal = { kind: "operation", record: RECORD, predicates: [], at: ["operations", 0], ...operation } as const;
  await commitOnFrontier(store, { frontier: "main", ...SILENT, proposals: [proposal] });
}

test("a commit reads no more, and sends no more statements, after many others and among many frontiers", async () => {
  // One connection for transactions, so that it keeps its plans.
  const server = await ownServer();
  const database = openDatabase({ url: server.url, connections: 2 });
  try {
    const store = openStore(database, DEFAULT_LIMITS);
    await inTransaction(database, (sql) => ensureType(sql, "thing"));
    await commit(store, create);
    /** Of some commits the one that reads least: others make cuts of the record. None remembers those before it. */
    const least = async (): Promise<Reading> => {
      const readings: Reading[] = [];
      for (let time = 0; time < 12; time += 1) {
        const forgetful = { ...store, cuts: new CutMemory() };
        readings.push(await countReading(() => commit(forgetful, increment)));
      }
      return readings.reduce((a, b) => (b.read < a.read ? b : a));
    };
    // Some rows of the record have ended, of which each commit looks at ten.
    for (let time = 0; time < 20; time += 1) await commit(store, increment);
    const near = await least();
    expect(near.read).toBeGreaterThan(0);
    for (let time = 0; time < 300; time += 1) await commit(store, increment);
    const far = await least();
    expect(far.statements).toBe(near.statements);
    expect(far.statements).toBeLessThanOrEqual(16);
    // What was changed in place leaves some that are passed over.
    expect(far.read).toBeLessThan(near.read + 30);
    // Most frontiers have one change, so that reading all changes of a frontier seems to be cheap.
    await database.pool.query(
      `with made as (
         insert into omdb.frontiers (id, sequence) select 'branch/' || n, 1 from generate_series(1, 3000) n returning id
       )
       insert into omdb.frontier_log (frontier, sequence, cause, "time", members, joined, "left")
       select id, 1, 'CREATE', clock_timestamp(), '{}', '{}', '{}' from made`,
    );
    await database.pool.query(`vacuum analyze`);
    const among = await least();
    expect(among.statements).toBe(near.statements);
    expect(among.read).toBeLessThan(near.read + 30);
  } finally {
    await database.close();
    await server.stop();
  }
});
