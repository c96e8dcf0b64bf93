import fc from "fast-check";
import { maximal } from "../../src/core/antichain";
import { holds } from "../../src/core/judge";
import type { Json, JsonObject } from "../../src/core/json";
import { DEFAULT_LIMITS } from "../../src/core/limits";
import { lookup, type Path } from "../../src/core/path";
import type { Predicate } from "../../src/core/predicates";
import { commitOnFrontier } from "../../src/store/commit";
import { inTransaction } from "../../src/store/database";
import {
  countRecords,
  readRecordPages,
  recordKey,
  type RecordKey,
  type RecordOrder,
  type RecordSelection,
} from "../../src/store/recordPages";
import { compareKeys, countScannedRecords, scanRecordPages } from "../../src/store/recordScan";
import type { RecordVersion } from "../../src/store/recordStates";
import { openStore, type Store } from "../../src/store/store";
import { defineType, type TypeRow } from "../../src/store/typeTables";
import type { Window } from "../../src/store/window";
import { checkLater, jsonObject, jsonValue, pathsIn, PROPERTY_RUNS, resembling, timeFor } from "../support/arbitraries";
import { testDatabase } from "../support/database";

jest.setTimeout(timeFor(30_000));

const RECORDS = 80;

/** Plain members beside nasty ones, so that values of all types meet at the same paths. */
const states: JsonObject[] = fc.sample(
  fc
    .tuple(jsonObject, fc.dictionary(fc.constantFrom("a", "b", "__proto__", "0"), jsonValue, { maxKeys: 3 }))
    .map(([nested, plain]) => Object.fromEntries([...Object.entries(nested), ...Object.entries(plain)])),
  { seed: 20_240_517, numRuns: RECORDS },
);

let store: Store;
let type: TypeRow;
let everything: RecordVersion[];

beforeAll(async () => {
  const database = await testDatabase();
  store = openStore(database, DEFAULT_LIMITS);
  type = await inTransaction(database, (sql) => defineType(sql, "thing", { indexes: [["a"], ["b", "a"], ["0", 0]] }));
  const records = states.map((_, index) => `0190a000-0000-7000-8000-${String(index).padStart(12, "0")}`);
  const { commit } = await commitOnFrontier(store, {
    frontier: "main",
    proposals: states.map((value, index) => ({
      kind: "operation",
      record: records[index] as string,
      path: [],
      operation: "create",
      parameters: { value },
      predicates: [],
      type: "thing",
      at: ["operations", index, "create"],
    })),
    message: null,
    author: null,
    metadata: undefined,
  });
  everything = states.map((state, index) => ({ record: records[index] as string, heads: [commit ?? 0], state }));
});

/** Paths that some of the records have, and their neighbours. */
const knownPath: fc.Arbitrary<Path> = fc.oneof(
  fc.constantFrom<Path[]>(["a"], ["b"], ["__proto__"], ["0"], ["a", 0], ["a", "0"], ["b", "a"]),
  fc.constantFrom(...states.flatMap((state) => pathsIn(state))),
);

const knownValue = (path: Path): fc.Arbitrary<Json> => {
  const values = states.flatMap((state) => {
    const found = lookup(state, path);
    return found.exists ? [found.value] : [];
  });
  if (values.length === 0) return jsonValue;
  return fc.oneof(fc.constantFrom(...values), fc.constantFrom(...values).chain(resembling), jsonValue);
};

const leaf: fc.Arbitrary<Predicate> = knownPath.chain((path) => {
  const value = knownValue(path);
  const text = value.map((some) => (typeof some === "string" ? some.slice(0, 1) : "a"));
  const wholeText = text.map((some) => (/[\ud800-\udfff]/.test(some) ? "😀" : some));
  return fc.oneof(
    fc.constantFrom("exists", "absent").map((kind) => ({ [kind]: { path } })),
    fc
      .tuple(
        fc.constantFrom("equals", "notEquals", "lessThan", "atMost", "greaterThan", "atLeast", "contains"),
        fc.oneof(value, wholeText, value.map(firstElement)),
      )
      .map(([kind, compared]) => ({ [kind]: { path, value: compared } })),
    fc.array(value, { maxLength: 3 }).map((values) => ({ in: { path, values } })),
    wholeText.map((start) => ({ startsWith: { path, value: start } })),
    fc.record({ atLeast: fc.nat(3), atMost: fc.nat(3) }, { requiredKeys: ["atLeast"] }).map((bounds) => ({
      size: { path, ...bounds },
    })),
    fc
      .constantFrom("NULL", "BOOLEAN", "NUMBER", "STRING", "LIST", "OBJECT")
      .map((jsonType) => ({ type: { path, type: jsonType } })),
  ) as unknown as fc.Arbitrary<Predicate>;
});

const firstElement = (value: Json): Json => (Array.isArray(value) ? ((value[0] as Json | undefined) ?? null) : value);

const where: fc.Arbitrary<Predicate> = fc.letrec<{ predicate: Predicate }>((tie) => ({
  predicate: fc.oneof(
    { depthSize: "small" },
    { weight: 4, arbitrary: leaf },
    { weight: 1, arbitrary: fc.array(tie("predicate"), { maxLength: 3 }).map((all) => ({ all })) },
    { weight: 1, arbitrary: fc.array(tie("predicate"), { maxLength: 3 }).map((any) => ({ any })) },
    { weight: 1, arbitrary: tie("predicate").map((not) => ({ not })) },
  ),
})).predicate;

const orders: fc.Arbitrary<RecordOrder[]> = fc.array(
  fc.record({ path: knownPath.filter((path) => path.length > 0), descending: fc.boolean() }),
  { maxLength: 3 },
);

const selectionOf = (predicate: Predicate | null, orderBy: readonly RecordOrder[]): RecordSelection => ({
  type,
  where: predicate,
  orderBy,
});

const AT = [{ frontier: "main", sequence: 1, bases: [] }];
const recordsOf = (versions: readonly RecordVersion[]) => versions.map(({ record }) => record);

test("where in SQL selects exactly the records for which core says that it holds", async () => {
  let [tried, selective] = [0, 0];
  await checkLater(
    fc.asyncProperty(where, async (predicate) => {
      const expected = everything.filter(({ state }) => holds(predicate, () => state));
      tried += 1;
      if (expected.length > 0 && expected.length < RECORDS) selective += 1;
      const selection = selectionOf(predicate, []);
      const window: Window<RecordKey> = { limit: RECORDS, backward: false };
      const [page] = await readRecordPages(store.database.pool, selection, window, AT);
      expect(page?.map(({ record, state }) => ({ record, state }))).toEqual(
        expected.map(({ record, state }) => ({ record, state })),
      );
      expect(await countRecords(store.database.pool, selection, AT)).toEqual([expected.length]);
    }),
    0.75,
  );
  // The predicates are not tame: a good part tells records apart.
  if (PROPERTY_RUNS >= 200) expect(selective).toBeGreaterThan(tried / 5);
});

test("pages in SQL and by replay walk the same order, forwards and backwards, from any key", async () => {
  const version = await maximalMain();
  await checkLater(
    fc.asyncProperty(
      orders,
      fc.option(where),
      fc.integer({ min: 1, max: 30 }),
      fc.boolean(),
      async (orderBy, predicate, size, backward) => {
        const compare = compareKeys(orderBy);
        const key = (found: RecordVersion) => recordKey(orderBy, found);
        const expected = everything
          .filter(({ state }) => predicate === null || holds(predicate, () => state))
          .sort((a, b) => compare(key(a), key(b)));
        if (backward) expected.reverse();
        const selection = selectionOf(predicate, orderBy);
        const walked: string[] = [];
        let window: Window<RecordKey> = { limit: size, backward };
        for (;;) {
          const [page = []] = await readRecordPages(store.database.pool, selection, window, AT);
          const [scanned = []] = await scanRecordPages(store, selection, window, [version]);
          expect(recordsOf(scanned)).toEqual(recordsOf(page));
          walked.push(...recordsOf(page));
          const last = page.at(-1);
          if (page.length < size || !last) break;
          window = { limit: size, backward, [backward ? "before" : "after"]: key(last) };
        }
        expect(walked).toEqual(recordsOf(expected));
        expect(await countScannedRecords(store, selection, [version])).toEqual([expected.length]);
      },
    ),
    0.25,
  );
});

test("an index that no list has finds nothing, in SQL too", async () => {
  const path = ["a", 2 ** 32, "b"];
  const selection = selectionOf({ exists: { path } }, [{ path, descending: false }]);
  expect(await readRecordPages(store.database.pool, selection, { limit: 5, backward: false }, AT)).toEqual([[]]);
});

test("a declared index serves where and orderBy", async () => {
  // Of a type with so many records that an index pays.
  const many = await inTransaction(store.database, (sql) => defineType(sql, "many", { indexes: [["a"], ["b", "a"]] }));
  await store.database.pool.query(`
    with made as (insert into omdb.records (id, type) select gen_random_uuid(), 'many' from generate_series(1, 5000) returning id)
    insert into omdb."latest_many" (frontier, record, from_sequence, heads, state)
    select 'main', id, 1, '{}', jsonb_build_object('a', random(), 'b', jsonb_build_object('a', random()::text)) from made`);
  await store.database.pool.query(`analyze omdb."latest_many"`);
  const plan = async (sql: string, values: unknown[]) => {
    const client = await store.database.pool.connect();
    try {
      await client.query("begin");
      const { rows } = await client.query<{ "QUERY PLAN": string }>(`explain ${sql}`, values);
      return rows.map((row) => row["QUERY PLAN"]).join("\n");
    } finally {
      await client.query("rollback");
      client.release();
    }
  };
  const seen: { sql: string; values: unknown[] }[] = [];
  const spy = { query: (sql: string, values: unknown[]) => (seen.push({ sql, values }), { rows: [] }) } as never;
  const predicate: Predicate = { greaterThan: { path: ["a"], value: 0.99 } };
  await readRecordPages(spy, { ...selectionOf(predicate, []), type: many }, { limit: 5, backward: false }, AT);
  await readRecordPages(
    spy,
    { ...selectionOf(null, [{ path: ["b", "a"], descending: false }]), type: many },
    { limit: 5, backward: false },
    AT,
  );
  for (const { sql, values } of seen) expect(await plan(sql, values)).toMatch(/Scan using omdb_path_|on omdb_path_/);
});

async function maximalMain() {
  const { rows } = await store.database.pool.query<{ members: number[] }>(
    `select members from omdb.frontier_log where frontier = 'main' order by sequence desc limit 1`,
  );
  const members = rows[0]?.members ?? [];
  await store.commits.ensure(members);
  return maximal(store.commits.graph, members);
}
