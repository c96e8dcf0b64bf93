import type { Effect } from "../../../src/core/operation";
import { inTransaction } from "../../../src/store/database";
import { storedCuts } from "../../../src/store/cuts/storedCuts";
import { testDatabase } from "../../support/database";
import { seeded } from "../../support/seeded";
import { shape } from "../../support/shapes";
import { storeShape } from "../../support/shapedRecords";
import { countReading } from "../../support/statements";

test("what stands on a cut is found without reading the record's other cuts", async () => {
  const database = await testDatabase();
  const create: Effect = { path: [], operation: "create", parameters: { value: { n: 0 } } };
  const increment: Effect = { path: ["n"], operation: "increment", parameters: { by: 1 } };
  const line = shape("line", 1_000, seeded(1));
  const { record } = await storeShape(database, line, (place) => [place === 0 ? create : increment]);
  const { rows } = await database.pool.query<{ id: number; prev: number | null }>(
    `select id, prev from omdb.record_cuts where record = $1 order by rank`,
    [record],
  );
  expect(rows.length).toBeGreaterThan(60);
  const middle = rows[Math.floor(rows.length / 2)]!;
  for (const { id, prev } of [rows[0]!, middle]) {
    let found: readonly { readonly id: number }[] = [];
    const { read } = await countReading(() =>
      inTransaction(database, async (sql) => {
        found = await storedCuts(() => sql).standingOn([{ record, cut: prev }]);
      }),
    );
    expect(found.map((cut) => cut.id)).toEqual([id]);
    expect(read).toBeLessThan(20);
  }
});
