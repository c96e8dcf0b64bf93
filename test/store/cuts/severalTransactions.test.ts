import type { CommitId } from "../../../src/core/ids";
import type { Effect } from "../../../src/core/operation";
import { ID_BLOCK, reserveCommitIds, writeBulkCommits } from "../../../src/store/bulkCommits";
import { CutBuilder } from "../../../src/store/cuts/cutBuilder";
import { storedCuts } from "../../../src/store/cuts/storedCuts";
import { inTransaction, type Sql } from "../../../src/store/database";
import { ensureType } from "../../../src/store/typeTables";
import { verifyDatabase } from "../../../src/store/verify/verify";
import { testDatabase } from "../../support/database";
import { storeShape } from "../../support/shapedRecords";

test("an import sees the cuts that others make between its transactions", async () => {
  const database = await testDatabase();
  const create: Effect = { path: [], operation: "create", parameters: { value: { n: 0 } } };
  const increment: Effect = { path: ["n"], operation: "increment", parameters: { by: 1 } };
  const line = Array.from({ length: 15 }, (_, place) => (place === 0 ? [] : [place - 1]));
  const { record, commits } = await storeShape(database, line, (place) => [place === 0 ? create : increment]);
  let current: Sql | undefined;
  const builderOf = () => new CutBuilder(storedCuts(() => current!, ID_BLOCK));
  /** A commit with so many operations that cuts are due, on the one at a place of the line. */
  const branchOff = async (place: number, builder: CutBuilder): Promise<CommitId> => {
    const [id] = await reserveCommitIds(database.pool, 1);
    const parents = [commits[place]!];
    await inTransaction(database, async (sql) => {
      current = sql;
      const commit = {
        ...{ id: id!, logicalTime: place + 1, parents, time: new Date(0), author: null, message: null, metadata: null },
        changes: [{ record, parents, operations: Array.from({ length: 16 }, () => increment) }],
        settles: [],
        imported: { source: record, name: String(id) },
      };
      await writeBulkCommits(sql, await ensureType(sql, "shaped"), [commit], builder);
    });
    return id!;
  };
  const importing = builderOf();
  await branchOff(14, importing);
  await branchOff(2, builderOf());
  await branchOff(3, importing);
  const { rows } = await database.pool.query<{ ordinal: number }>(
    `select ordinal from omdb.record_cuts where record = $1 and prev is null order by ordinal`,
    [record],
  );
  expect(rows.map(({ ordinal }) => ordinal)).toEqual([0, 1, 2]);
  // The same cut as somebody else has made meanwhile is shared.
  await branchOff(10, builderOf());
  await branchOff(10, importing);
  expect((await verifyDatabase(database)).found.first).toEqual([]);
});
