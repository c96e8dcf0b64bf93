/** Records through their cuts, against replay by the letter; and how little is read and stored for it. */
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { maximal } from "../../../src/core/antichain";
import { DEFAULT_LIMITS } from "../../../src/core/limits";
import { applyOperation, type Effect } from "../../../src/core/operation";
import type { State } from "../../../src/core/json";
import { readPathsFromHeads } from "../../../src/store/cuts/readPaths";
import type { Database } from "../../../src/store/database";
import { readRecordVersions } from "../../../src/store/recordStates";
import { readStatesAtHeads } from "../../../src/store/recordWindows";
import { openStore } from "../../../src/store/store";
import { effectFrom, intent } from "../../support/arbitrariesOperations";
import { testDatabase } from "../../support/database";
import { seeded } from "../../support/seeded";
import { SHAPES, shape } from "../../support/shapes";
import { naiveState, storeShape, type ShapedRecord } from "../../support/shapedRecords";

const create: Effect = {
  path: [],
  operation: "create",
  parameters: { value: { a: 0, b: 0, c: 0, list: [], text: "" } },
};
const counters = (place: number): Effect[] =>
  place === 0 ? [create] : [{ path: ["abc"[place % 3]!], operation: "increment", parameters: { by: 1 } }];

/** Effects of every kind, of which many meet a state that they were not made for. */
function anyEffects(seed: number, count: number): Effect[][] {
  const intents = fc.sample(intent(), { seed, numRuns: count });
  let state: State;
  return intents.map((one, place) => {
    const effect = place === 0 ? create : effectFrom(one, state);
    const after = applyOperation(state, effect);
    // A removed record does not stay so for long.
    const back = after === undefined ? [effect, create] : [effect];
    state = after ?? applyOperation(undefined, create);
    return back;
  });
}

let database: Database;
beforeAll(async () => {
  database = await testDatabase();
});

/** The states at some antichains, read with nothing in memory. */
async function check(shaped: ShapedRecord, random: () => number, count: number): Promise<void> {
  const { commits, graph, record } = shaped;
  const versions = Array.from({ length: count }, () => {
    const size = random() < 0.6 ? 1 : 2 + Math.floor(random() * 3);
    return maximal(
      graph,
      Array.from({ length: size }, () => commits[Math.floor(random() * commits.length)]!),
    );
  });
  const requests = versions.map((heads) => ({ record, heads }));
  const store = openStore(database, DEFAULT_LIMITS);
  const states = await readStatesAtHeads(store, database.pool, requests);
  for (const [place, heads] of versions.entries()) {
    expect({ heads, state: states[place] }).toEqual({ heads, state: naiveState(shaped, heads) });
  }
  // One at a time they are read in a way of their own.
  const cold = openStore(database, DEFAULT_LIMITS);
  for (const version of versions.filter((heads) => heads.length === 1).slice(0, 20)) {
    const [found] = await readRecordVersions(cold, [{ record, version }]);
    expect(found).toEqual({ record, heads: version, state: naiveState(shaped, version) });
  }
}

describe.each(SHAPES)("%s", (name) => {
  test.each([
    ["counters", 1, 1],
    ["counters", 7, 3],
    ["anything", 1, 1],
    ["anything", 1_000, 5],
  ])("%s, written %i at a time, every %i commits", async (what, chunk, every) => {
    const random = seeded(chunk * 31 + every);
    const size = chunk === 1 ? 80 : 200;
    const effects = anyEffects(Math.floor(random() * 1000), size + 16);
    const made = shape(name, size, random);
    const shaped = await storeShape(
      database,
      made,
      (place) => (what === "counters" ? counters(place) : effects[place % effects.length]!),
      { chunk, every },
    );
    await check(shaped, random, 60);
  });
});

/** The rows that the states at single commits take, ascending. */
async function rowsRead({ commits, record }: ShapedRecord): Promise<number[]> {
  const requests = commits.map((commit) => ({ record, heads: [commit] }));
  const paths = await readPathsFromHeads(database.pool, "snapshots_shaped", requests);
  return paths.map(({ rows }) => rows).sort((a, b) => a - b);
}

async function storedBytes(record: string): Promise<{ operations: number; coalesced: number; snapshots: number }> {
  const { rows } = await database.pool.query<{ operations: number; coalesced: number; snapshots: number }>(
    `select coalesce(sum(pg_column_size(o.*)) filter (where o.operation <> 'coalesced'), 0)::bigint as operations,
       coalesce(sum(pg_column_size(o.*)) filter (where o.operation = 'coalesced'), 0)::bigint as coalesced,
       (select coalesce(sum(pg_column_size(s.*)), 0)::bigint from omdb.snapshots_shaped s where s.record = $1) as snapshots
     from omdb.operations o where o.record = $1`,
    [record],
  );
  return rows[0]!;
}

/** A record whose state is much larger than what happens to it, so that no snapshot is worth it. */
const large: Effect = { ...create, parameters: { value: { a: 0, b: 0, c: 0, text: "x".repeat(200_000) } } };

/** Members that are written over: a snapshot is soon worth it. */
const overwritten = (place: number, random: () => number): Effect[] => {
  const names = Array.from({ length: 16 }, (_, member) => `field${member}`);
  const value = Math.floor(random() * 1_000_000);
  if (place === 0) {
    return [{ ...create, parameters: { value: Object.fromEntries(names.map((member) => [member, value])) } }];
  }
  return [{ path: [names[value % 16]!], operation: "put", parameters: { value } }];
};

test.each(SHAPES)(
  "%s: what is kept beside operations that overwrite each other is no more than they are",
  async (name) => {
    const size = 1_000;
    const random = seeded(2);
    const shaped = await storeShape(database, shape(name, size, seeded(1)), (place) => overwritten(place, random));
    const rows = await rowsRead(shaped);
    const bytes = await storedBytes(shaped.record);
    expect(bytes.snapshots).toBeGreaterThan(0);
    expect(bytes.snapshots).toBeLessThanOrEqual(bytes.operations);
    expect(bytes.coalesced).toBeLessThanOrEqual(bytes.operations);
    expect(rows[Math.floor(rows.length / 2)]!).toBeLessThanOrEqual(4 * Math.log2(size));
  },
);

test.each(SHAPES)("%s: a record that compresses takes few rows", async (name) => {
  const size = 512;
  const made = shape(name, size, seeded(1));
  const shaped = await storeShape(database, made, (place) => (place === 0 ? [large] : counters(place)));
  const rows = await rowsRead(shaped);
  const median = rows[Math.floor(rows.length / 2)]!;
  const bytes = await storedBytes(shaped.record);
  expect(median).toBeLessThanOrEqual(4 * Math.log2(size));
  expect(rows[Math.floor(rows.length * 0.99)]!).toBeLessThanOrEqual(8 * Math.log2(size));
  expect(bytes.coalesced).toBeLessThanOrEqual(bytes.operations);
  expect(bytes.snapshots).toBeLessThanOrEqual(bytes.operations);
});

test("one record at one commit takes few pages, however small the tables were when that was planned", async () => {
  const fresh = await testDatabase();
  const client = await fresh.pool.connect();
  try {
    const read = `select * from omdb.newest_path($1, $2, $3)`;
    // Plans are kept from the first time on.
    for (let round = 0; round < 10; round++) await client.query(read, [randomUUID(), 0, 1]);
    const { record, commits } = await storeShape(fresh, shape("line", 3_000, seeded(1)), counters);
    const values = [record, 2_000, commits[2_000]!];
    // The first one looks into the catalog, too.
    let pages = 0;
    for (let round = 0; round < 2; round++) {
      const { rows } = await client.query<{ "QUERY PLAN": [{ Plan: Record<string, number> }] }>(
        `explain (analyze, buffers, format json) ${read}`,
        values,
      );
      const plan = rows[0]!["QUERY PLAN"][0].Plan;
      pages = plan["Shared Hit Blocks"]! + plan["Shared Read Blocks"]!;
    }
    expect(pages).toBeGreaterThan(0);
    expect(pages).toBeLessThan(150);
    expect((await client.query<{ head: number }>(read, values)).rows[0]!.head).toBe(commits[2_000]);
  } finally {
    client.release();
  }
});
