import fc from "fast-check";
import type { Antichain } from "../../src/core/antichain";
import { LimitExceeded } from "../../src/core/errors";
import { DEFAULT_LIMITS, type Limits } from "../../src/core/limits";
import { commitOnFrontier } from "../../src/store/commit";
import { createFrontier } from "../../src/store/createFrontier";
import { inTransaction } from "../../src/store/database";
import type { RecordKey, RecordSelection } from "../../src/store/recordPages";
import { countScannedRecords, scanRecordPages } from "../../src/store/recordScan";
import { openStore, type Store } from "../../src/store/store";
import { ensureType, type TypeRow } from "../../src/store/typeTables";
import { antichainOf } from "../../src/store/versions";
import type { Window } from "../../src/store/window";
import { checkLater, timeFor } from "../support/arbitraries";
import { testDatabase, type TestDatabase } from "../support/database";

jest.setTimeout(timeFor(30_000));

/** Records that the whole type has, and those that the version on the side has. */
const MANY = 20_000;
const FEW = 12;

const uuid = (n: number) => `0190eeee-0000-7000-8000-${String(n).padStart(12, "0")}`;
/** Spread over the type. */
const few = Array.from({ length: FEW }, (_, index) => uuid(index * 1_500 + 7));

let database: TestDatabase;
let type: TypeRow;
let side: Antichain;
let sideAgain: Antichain;
beforeAll(async () => {
  database = await testDatabase();
  const store = openStore(database, DEFAULT_LIMITS);
  type = await inTransaction(database, (sql) => ensureType(sql, "thing"));
  await database.pool.query(
    `insert into omdb.records (id, type)
     select ('0190eeee-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'thing' from generate_series(0, $1::int - 1) n`,
    [MANY],
  );
  await createFrontier(store, {
    name: "side",
    version: { commits: await antichainOf(store, [], []) },
    ...NOBODY,
    locked: false,
  });
  const commit = async (operation: string, path: string[], parameters: object, records: string[]) => {
    const done = await commitOnFrontier(store, {
      frontier: "side",
      proposals: records.map((record, index) => ({
        kind: "operation" as const,
        record,
        path,
        operation,
        parameters: parameters as never,
        predicates: [],
        at: ["operations", index],
        ...(operation === "create" && { type: "thing" }),
      })),
      metadata: undefined,
      ...NOBODY,
    });
    return antichainOf(store, [done.commit ?? 0], []);
  };
  side = await commit("create", [], { value: { n: 1 } }, few);
  // Every third one goes.
  sideAgain = await commit(
    "remove",
    [],
    {},
    few.filter((_, index) => index % 3 === 0),
  );
});
const NOBODY = { author: null, message: null };

/** A store that has read nothing yet, and counts the rows that its pool gives. */
function counting(limits: Partial<Limits> = {}): { readonly store: Store; readonly rows: () => number } {
  let rows = 0;
  const query = async (text: string, values?: unknown[]) => {
    const result = await database.pool.query(text, values);
    rows += result.rows.length;
    return result;
  };
  const pool = Object.create(database.pool, { query: { value: query } }) as typeof database.pool;
  return { store: openStore({ ...database, pool }, { ...DEFAULT_LIMITS, ...limits }), rows: () => rows };
}

const selection = (): RecordSelection => ({ type, where: null, orderBy: [] });
const ALL: Window<RecordKey> = { limit: 51, backward: false };
const names = (page: readonly { readonly record: string }[]) => page.map(({ record }) => record);

test("a version with few records in a type of many reads the few", async () => {
  const { store, rows } = counting();
  const [page, later] = await scanRecordPages(store, selection(), ALL, [side, sideAgain]);
  expect(names(page ?? [])).toEqual(few);
  expect(names(later ?? [])).toEqual(few.filter((_, index) => index % 3 !== 0));
  expect(await countScannedRecords(store, selection(), [side, sideAgain])).toEqual([12, 8]);
  expect(rows()).toBeLessThan(150);
});

test("with where, too, far below the limit that the type as a whole would break", async () => {
  const { store } = counting({ recordsScanned: 100 });
  const where = { equals: { path: ["n"], value: 1 } };
  const [page] = await scanRecordPages(store, { ...selection(), where }, ALL, [side]);
  expect(names(page ?? [])).toEqual(few);
});

test("pages in both directions, from anywhere, are those of the list as a whole", async () => {
  const { store } = counting();
  const edges = fc.option(
    fc.nat(MANY).map((n) => ({ values: [], record: uuid(n) })),
    { nil: undefined },
  );
  await checkLater(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 15 }),
      fc.boolean(),
      edges,
      edges,
      async (limit, backward, after, before) => {
        const window: Window<RecordKey> = { limit, backward, ...(after && { after }), ...(before && { before }) };
        const pages = await scanRecordPages(store, selection(), window, [side, sideAgain]);
        const expected = [few, few.filter((_, index) => index % 3 !== 0)].map((records) => {
          const inside = records.filter(
            (record) => (!after || record > after.record) && (!before || record < before.record),
          );
          return (backward ? inside.reverse() : inside).slice(0, limit);
        });
        expect(pages.map(names)).toEqual(expected);
      },
    ),
    0.3,
  );
});

test("where the history is too long to look at, what is read of the type is limited", async () => {
  // One commit is more than these limits allow to look at for its records: two commits are a long history here.
  const { store, rows } = counting({ recordsScanned: 1 });
  await expect(scanRecordPages(store, selection(), ALL, [sideAgain])).rejects.toThrow(LimitExceeded);
  expect(rows()).toBeLessThan(1_000);
  const near = { values: [], record: uuid(1_500) };
  const window: Window<RecordKey> = { limit: 1, backward: false, after: near };
  const [page] = await scanRecordPages(counting({ recordsScanned: 1 }).store, selection(), window, [sideAgain]);
  expect(names(page ?? [])).toEqual([few[1]]);
});
