import type { Antichain } from "../../src/core/antichain";
import { DEFAULT_LIMITS } from "../../src/core/limits";
import type { Effect } from "../../src/core/operation";
import { adopt } from "../../src/store/adopt";
import { readFrontiers } from "../../src/store/frontiers";
import { readLatest } from "../../src/store/latest";
import { migrate } from "../../src/store/migrate";
import { readMigrationFiles } from "../../src/store/migrationFiles";
import { readRecordVersions } from "../../src/store/recordStates";
import { openStore } from "../../src/store/store";
import { readTypes } from "../../src/store/typeTables";
import { testDatabase } from "../support/database";
import { heldByRows, naiveHeld } from "../support/derivedRows";
import { NaiveHistory } from "../support/naiveStates";
import { seeded } from "../support/seeded";
import { naiveState, storeShape } from "../support/shapedRecords";
import { shape } from "../support/shapes";
import { tablesBeforeMigrations } from "../support/tablesBeforeMigrations";

const RECORD = "00000000-0000-4000-8000-000000000001";

test("a database that had omdb's tables before gets the rows and tables that they lack", async () => {
  const database = await testDatabase({ empty: true });
  await database.pool.query(tablesBeforeMigrations);
  await database.pool.query(`
    insert into omdb.frontiers values ('main'); insert into omdb.frontier_commits values ('main', 2);
    insert into omdb.operations (predicates, record, path, operation, parameters)
      values ('[]', '${RECORD}', '["title"]', 'put', '{"value": "second"}');
    insert into omdb.operation_to_commit values (2, 2);
    insert into omdb.record_wise_operations values ('${RECORD}', 2, 2);`);
  await migrate(database.url);
  const store = openStore(database, DEFAULT_LIMITS);

  await adopt(store);

  const main = (await readFrontiers(database.pool, ["main"])).get("main");
  expect(main).toMatchObject({ sequence: 1, incarnation: 1, materialised: true, members: [2] });
  const types = [...(await readTypes(database.pool, ["note"])).values()];
  expect(await readLatest(database.pool, types, { frontier: "main", sequence: 1, bases: [] }, [RECORD])).toEqual(
    new Map([[RECORD, { record: RECORD, heads: [2], state: { title: "second" } }]]),
  );

  const entries = await database.pool.query(`select "commit", cut, loose from omdb.record_commits`);
  expect(entries.rows).toEqual([
    { commit: 1, cut: null, loose: 1 },
    { commit: 2, cut: null, loose: 2 },
  ]);
  // Frontiers that were there get what they hold, too.
  const trunk = (await readFrontiers(database.pool, ["trunk"])).get("trunk");
  expect(trunk).toMatchObject({ materialised: true, bases: [{ frontier: "main", sequence: 1 }] });
  const history = await NaiveHistory.read(database.pool);
  for (const [place, { members, held }] of await heldByRows(database.pool)) {
    expect([place, held]).toEqual([place, naiveHeld(history, members)]);
    expect(held).toHaveLength(1);
  }

  const before = await database.pool.query(`select * from omdb."latest_note"`);
  await adopt(store);
  expect((await database.pool.query(`select * from omdb."latest_note"`)).rows).toEqual(before.rows);
});

test("cuts that were made by other rules are forgotten, and made anew", async () => {
  const database = await testDatabase();
  const value = { n: 0, text: "x".repeat(5_000) };
  const create: Effect = { path: [], operation: "create", parameters: { value } };
  const increment: Effect = { path: ["n"], operation: "increment", parameters: { by: 1 } };
  const counted = await storeShape(database, shape("exchange", 300, seeded(1)), (place) => [
    place === 0 ? create : increment,
  ]);
  const kept = `select (select count(*) from omdb.record_cuts)::int as cuts,
    (select count(*) from omdb.coalesced_operations)::int as coalesced,
    (select count(*) from omdb.operations)::int as operations, (select count(*) from omdb.snapshots_shaped)::int as snapshots`;
  const before = await database.pool.query<{ coalesced: number; cuts: number }>(kept);
  expect(before.rows[0]!.coalesced).toBeGreaterThan(10);
  const anew = (await readMigrationFiles()).find(({ name }) => name.endsWith("cuts_anew"));
  await database.pool.query(anew!.sql);
  expect((await database.pool.query(kept)).rows).toEqual([
    { cuts: 0, coalesced: 0, operations: counted.commits.length, snapshots: 0 },
  ]);

  const store = openStore(database, DEFAULT_LIMITS);
  await adopt(store);

  expect((await database.pool.query(kept)).rows).toEqual(before.rows);
  const last = counted.commits.slice(-1);
  const [found] = await readRecordVersions(store, [{ record: counted.record, version: last as unknown as Antichain }]);
  expect(found!.state).toEqual(naiveState(counted, last));
});
