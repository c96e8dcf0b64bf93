/** Frontiers that inherit: whatever is done to them, they hold what replay by the letter gives. */
import fc from "fast-check";
import type { Proposal } from "../../src/core/admission";
import { OmdbError } from "../../src/core/errors";
import type { CommitId, RecordId } from "../../src/core/ids";
import { holds } from "../../src/core/judge";
import type { JsonObject } from "../../src/core/json";
import { DEFAULT_LIMITS } from "../../src/core/limits";
import type { Predicate } from "../../src/core/predicates";
import { commitOnFrontier } from "../../src/store/commit";
import { createFrontier } from "../../src/store/createFrontier";
import { inTransaction, openDatabase, type Database } from "../../src/store/database";
import { readFrontiers, type FrontierRow } from "../../src/store/frontiers";
import { MOST_BASES } from "../../src/store/inherit";
import { readLatestAt } from "../../src/store/latest";
import { mergeIntoFrontier } from "../../src/store/merge";
import { deleteFrontier, moveFrontier } from "../../src/store/moveFrontier";
import {
  countRecords,
  readRecordPages,
  recordKey,
  type RecordKey,
  type RecordSelection,
} from "../../src/store/recordPages";
import { compareKeys } from "../../src/store/recordScan";
import type { RecordVersion } from "../../src/store/recordStates";
import type { RowsAt } from "../../src/store/rowsAt";
import { openStore, type Store } from "../../src/store/store";
import { sweepRows } from "../../src/store/sweepRows";
import { defineType, type TypeRow } from "../../src/store/typeTables";
import { readHeads } from "../../src/store/versionHeads";
import { antichainOf, presentOf, resolveVersion, type Version, type VersionName } from "../../src/store/versions";
import type { Window } from "../../src/store/window";
import { checkLater, PROPERTY_RUNS, timeFor } from "../support/arbitraries";
import { testDatabase } from "../support/database";
import { heldByRows, naiveHeld } from "../support/derivedRows";
import { NaiveHistory } from "../support/naiveStates";

jest.setTimeout(timeFor(300_000));

const NOBODY = { author: null, message: null };
const NAMES = ["main", "a", "b", "c", "d"];
const RECORDS = Array.from({ length: 5 }, (_, n): RecordId => `0190abab-0000-7000-8000-00000000000${n}`);
/** Types of records: inheriting must not depend on there being one. */
const typeOf = (record: RecordId) => (record.endsWith("4") ? "other" : "thing");

interface World {
  readonly database: Database;
  readonly store: Store;
  readonly types: readonly TypeRow[];
}

async function openWorld(): Promise<World> {
  const database = await testDatabase({ connections: 4 });
  const types = await inTransaction(database, async (sql) => [
    await defineType(sql, "thing", { indexes: [["n"]] }),
    await defineType(sql, "other", {}),
  ]);
  return { database, store: openStore(database, DEFAULT_LIMITS), types };
}

const frontierOf = async ({ database }: World, name: string): Promise<FrontierRow | undefined> => {
  const row = (await readFrontiers(database.pool, [name])).get(name);
  return row && !row.deleted ? row : undefined;
};

const resolve = ({ store, database }: World, name: VersionName): Promise<Version> =>
  resolveVersion(store, name, [], async (frontier) => (await readFrontiers(database.pool, [frontier])).get(frontier));

const create = async (world: World, name: string, from: VersionName) =>
  createFrontier(world.store, { name, version: await resolve(world, from), ...NOBODY, locked: false });

/** Changes a record on a frontier in whatever way its state there allows. */
async function change(world: World, frontier: string, record: RecordId, n: number): Promise<CommitId> {
  const row = await frontierOf(world, frontier);
  const history = await NaiveHistory.read(world.database.pool);
  const state = history.states(row?.members ?? []).get(record);
  const effect =
    state === undefined
      ? { path: [], operation: "create", parameters: { value: { n } }, type: typeOf(record) }
      : n === 0
        ? { path: [], operation: "remove", parameters: {} }
        : { path: ["n"], operation: "put", parameters: { value: n } };
  const proposal = { kind: "operation", record, predicates: [], at: ["operations", 0], ...effect } as Proposal;
  const request = { frontier, proposals: [proposal], ...NOBODY, metadata: undefined };
  return (await commitOnFrontier(world.store, request)).commit ?? 0;
}

/** As if eleven minutes passed: no document that is still running began before. */
async function age({ database }: World): Promise<void> {
  await database.pool.query(`update omdb.frontier_log set written_at = written_at - interval '11 minutes'`);
  await database.pool.query(`update omdb.frontier_bases set ended_at = ended_at - interval '11 minutes'`);
}

const someFrontier = fc.constantFrom(...NAMES);
type FromCommits = (commits: readonly CommitId[]) => VersionName;
const version = fc.oneof(
  {
    weight: 3,
    arbitrary: someFrontier.map((frontier): FromCommits => () => ({ kind: "frontier", frontier })),
  },
  fc.nat().map((index): FromCommits => (all) => ({ kind: "commit", commit: all[index % all.length] ?? 0 })),
  fc.tuple(fc.nat(), fc.nat()).map((places): FromCommits => {
    return (all) => ({ kind: "commits", commits: places.map((place) => all[place % all.length] ?? 0) });
  }),
  fc.tuple(someFrontier, fc.nat(12)).map(([frontier, sequence]): FromCommits => {
    return () => ({ kind: "sequence", frontier, sequence });
  }),
);

interface Step {
  readonly name: string;
  readonly run: (world: World, commits: CommitId[]) => Promise<unknown>;
}
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(someFrontier, fc.constantFrom(...RECORDS), fc.nat(4)).map(([frontier, record, n]): Step => {
      const run = async (world: World, all: CommitId[]) => all.push(await change(world, frontier, record, n));
      return { name: `commit ${n} to ${record.at(-1)} on ${frontier}`, run };
    }),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(someFrontier, version).map(([name, from]): Step => {
      return { name: `create ${name}`, run: (world, all) => create(world, name, from(all)) };
    }),
  },
  {
    // A branch of a branch, with something of its own: what makes chains long.
    weight: 5,
    arbitrary: fc
      .tuple(fc.constantFrom(...NAMES.slice(1)), someFrontier, fc.constantFrom(...RECORDS), fc.nat(4))
      .map(([name, from, record, n]): Step => {
        const run = async (world: World, all: CommitId[]) => {
          const version = await resolve(world, { kind: "frontier", frontier: from });
          if (await frontierOf(world, name)) await deleteFrontier(world.store, { name, ...NOBODY });
          await createFrontier(world.store, { name, version, ...NOBODY, locked: false });
          all.push(await change(world, name, record, n));
        };
        return { name: `branch ${name} of ${from}`, run };
      }),
  },
  fc.tuple(someFrontier, version, fc.boolean()).map(([into, from, createCommit]): Step => {
    const more = { createCommit, resolution: [], choices: [], strategy: "OURS" as const, metadata: undefined };
    const run = async (world: World, all: CommitId[]) =>
      mergeIntoFrontier(world.store, { frontier: into, from: await resolve(world, from(all)), ...more, ...NOBODY });
    return { name: `merge into ${into}`, run };
  }),
  fc.tuple(someFrontier, version).map(([name, to]): Step => {
    const run = async (world: World, all: CommitId[]) =>
      moveFrontier(world.store, await resolve(world, to(all)), { name, ...NOBODY });
    return { name: `move ${name}`, run };
  }),
  {
    weight: 2,
    arbitrary: someFrontier.map((name): Step => {
      return { name: `delete ${name}`, run: (world) => deleteFrontier(world.store, { name, ...NOBODY }) };
    }),
  },
);

const wheres: readonly (Predicate | null)[] = [
  null,
  { equals: { path: ["n"], value: 2 } },
  { greaterThan: { path: ["n"], value: 1 } },
  { not: { in: { path: ["n"], values: [1, 3] } } },
];

/** What a version should hold, by record. */
interface Expected {
  /** Some commit of it. */
  readonly commit: CommitId;
  readonly states: ReadonlyMap<RecordId, JsonObject>;
  readonly heads: ReadonlyMap<RecordId, readonly CommitId[]>;
}

async function expectListed(
  { database, types }: World,
  places: readonly { readonly rows: RowsAt; readonly expected: Expected }[],
  selection: Omit<RecordSelection, "type">,
  size: number,
  backward: boolean,
): Promise<void> {
  for (const type of types) {
    const compare = compareKeys(selection.orderBy);
    const key = (found: RecordVersion) => recordKey(selection.orderBy, found);
    const lists = places.map(({ expected: { states, heads } }) => {
      const found = [...states].flatMap(([record, state]): RecordVersion[] => {
        const isIn = typeOf(record) === type.name && (!selection.where || holds(selection.where, () => state));
        return isIn ? [{ record, heads: [...(heads.get(record) ?? [])], state }] : [];
      });
      found.sort((a, b) => compare(key(a), key(b)));
      return backward ? found.reverse() : found;
    });
    const at = places.map(({ rows }) => rows);
    expect(await countRecords(database.pool, { ...selection, type }, at)).toEqual(lists.map(({ length }) => length));
    // All places at once, then each by itself from page to page.
    const all: Window<RecordKey> = { limit: size, backward };
    expect(await readRecordPages(database.pool, { ...selection, type }, all, at)).toEqual(
      lists.map((list) => list.slice(0, size)),
    );
    for (const [index, rows] of at.entries()) {
      const walked: RecordVersion[] = [];
      for (let window = all; ;) {
        const [page = []] = await readRecordPages(database.pool, { ...selection, type }, window, [rows]);
        walked.push(...page);
        const last = page.at(-1);
        if (page.length < size || !last) break;
        window = { limit: size, backward, [backward ? "before" : "after"]: key(last) };
      }
      expect(walked).toEqual(lists[index]);
    }
  }
}

async function expectRead({ store, database, types }: World, rows: RowsAt, expected: Expected): Promise<void> {
  const found = await readLatestAt(
    database.pool,
    types,
    RECORDS.map((record) => ({ rows, record })),
  );
  expect(found.map((version) => version?.state)).toEqual(RECORDS.map((record) => expected.states.get(record)));
  // What the members are does not matter where there are rows.
  const commits = await antichainOf(store, [expected.commit], []);
  const heads = await readHeads(store, database.pool, { commits, rows }, RECORDS);
  expect(heads).toEqual(new Map(RECORDS.map((record) => [record, expected.heads.get(record) ?? []])));
}

const expectedOf = (history: NaiveHistory, members: readonly CommitId[]): Expected => ({
  commit: members[0] ?? 0,
  states: history.states(members),
  heads: history.heads(members),
});

async function expectHeld({ database }: World): Promise<void> {
  const history = await NaiveHistory.read(database.pool);
  for (const [place, { members, held }] of await heldByRows(database.pool)) {
    expect([place, held]).toEqual([place, naiveHeld(history, members)]);
  }
}

const rowsIn = async ({ database }: World, frontier: string): Promise<number> =>
  (await database.pool.query(`select from omdb."latest_thing" where frontier = $1`, [frontier])).rowCount ?? 0;

describe("what a new frontier costs", () => {
  let world: World;
  let first: CommitId;
  beforeAll(async () => {
    world = await openWorld();
    first = await change(world, "main", RECORDS[0]!, 1);
    for (const record of RECORDS.slice(1)) await change(world, "main", record, 1);
  });

  test("made of another one, it copies no row and inherits; what nothing was changed in is no level", async () => {
    await create(world, "copy", { kind: "frontier", frontier: "main" });
    await create(world, "copy of a copy", { kind: "frontier", frontier: "copy" });
    const main = await frontierOf(world, "main");
    for (const name of ["copy", "copy of a copy"]) {
      expect(await rowsIn(world, name)).toBe(0);
      expect((await frontierOf(world, name))?.bases).toEqual([{ frontier: "main", sequence: main?.sequence }]);
    }
  });

  test("made of a commit that a frontier holds, or held a moment ago, it inherits that", async () => {
    const { sequence = 0, members = [] } = (await frontierOf(world, "main")) ?? {};
    const later = await change(world, "main", RECORDS[0]!, 2);
    await create(world, "now", { kind: "commit", commit: later });
    await create(world, "before", { kind: "commits", commits: members });
    expect(await rowsIn(world, "now")).toBe(0);
    expect((await frontierOf(world, "now"))?.bases).toEqual([{ frontier: "main", sequence: sequence + 1 }]);
    expect(await rowsIn(world, "before")).toBe(0);
    expect((await frontierOf(world, "before"))?.bases).toEqual([{ frontier: "main", sequence }]);
    await expectHeld(world);
  });

  test("of what a frontier held long ago it inherits from those that still do, else it gets rows for the difference", async () => {
    const older = await change(world, "main", RECORDS[1]!, 2);
    await change(world, "main", RECORDS[1]!, 3);
    const { sequence } = (await frontierOf(world, "main")) ?? {};
    await age(world);
    await create(world, "like before", {
      kind: "commits",
      commits: (await frontierOf(world, "before"))?.members ?? [],
    });
    expect(await rowsIn(world, "like before")).toBe(0);
    await create(world, "older", { kind: "commit", commit: older });
    expect(await rowsIn(world, "older")).toBe(1);
    expect((await frontierOf(world, "older"))?.bases).toEqual([{ frontier: "main", sequence }]);
    await create(world, "oldest", { kind: "commit", commit: first });
    expect((await frontierOf(world, "oldest"))?.bases).toEqual([]);
    expect(await rowsIn(world, "oldest")).toBe(1);
    await expectHeld(world);
  });

  test("a chain that gets too long is flattened, and reads the same", async () => {
    let from = "main";
    for (let depth = 1; depth <= 2 * MOST_BASES + 3; depth += 1) {
      const name = `chain ${depth}`;
      await create(world, name, { kind: "frontier", frontier: from });
      await change(world, name, RECORDS[depth % 4]!, depth % 3);
      expect((await frontierOf(world, name))?.bases.length).toBeLessThanOrEqual(MOST_BASES);
      from = name;
    }
    expect((await frontierOf(world, `chain ${MOST_BASES}`))?.bases).toHaveLength(MOST_BASES);
    expect((await frontierOf(world, `chain ${MOST_BASES + 1}`))?.bases).toHaveLength(1);
    await expectHeld(world);
  });

  test("rows that nobody inherits any more are swept, those that somebody does are not", async () => {
    // Nobody else inherits from what follows.
    await change(world, "main", RECORDS[2]!, 1);
    await create(world, "heir", { kind: "frontier", frontier: "main" });
    await change(world, "main", RECORDS[2]!, 2);
    await change(world, "main", RECORDS[2]!, 3);
    await age(world);
    await sweepRows(world.database);
    await expectHeld(world);
    const inherited = await rowsIn(world, "main");
    await deleteFrontier(world.store, { name: "heir", ...NOBODY });
    // Documents that began with the heir may still read it.
    await sweepRows(world.database);
    expect(await rowsIn(world, "main")).toBe(inherited);
    await age(world);
    expect(await sweepRows(world.database)).toBe(1);
    expect(await rowsIn(world, "main")).toBe(inherited - 1);
    expect(await sweepRows(world.database)).toBe(0);
    await expectHeld(world);
  });

  test("a frontier of what a document read which nobody can read any more is made all the same", async () => {
    const version = await resolve(world, { kind: "frontier", frontier: "main" });
    await change(world, "main", RECORDS[3]!, 2);
    await age(world);
    await sweepRows(world.database);
    await createFrontier(world.store, { name: "late", version, ...NOBODY, locked: false });
    expect(await rowsIn(world, "late")).toBe(1);
    await expectHeld(world);
  });

  test("many rows are swept in several steps", async () => {
    const ended = 4_500;
    await world.database.pool.query(
      `with made as (insert into omdb.records (id, type) select gen_random_uuid(), 'thing' from generate_series(1, $1::int) returning id)
       insert into omdb."latest_thing" (frontier, record, from_sequence, to_sequence, heads)
       select 'main', id, 1, 2, '{}' from made`,
      [ended],
    );
    expect(await sweepRows(world.database)).toBe(ended);
    await expectHeld(world);
  });
});

test("frontiers that are made while others commit, delete and sweep hold what they were made of", async () => {
  const world = await openWorld();
  // Another server on the same database.
  const second = openDatabase({ url: world.database.url, connections: 4 });
  try {
    const other: World = { ...world, database: second, store: openStore(second, DEFAULT_LIMITS) };
    const records = [0, 1, 2, 3].map((index) => RECORDS[index]!);
    for (const record of records) await change(world, "main", record, 1);
    const write = async (by: World, round: number) => {
      for (let n = 1; n <= 12; n += 1) await change(by, "main", records[(n + round) % 4]!, n + round);
    };
    const make = async (by: World, name: string) => {
      for (let index = 0; index < 10; index += 1) {
        await create(by, `${name} ${index}`, {
          kind: "frontier",
          frontier: index % 3 === 2 ? `${name} ${index - 1}` : "main",
        });
        if (index % 3 === 1) await change(by, `${name} ${index}`, records[index % 4]!, index);
        if (index % 4 === 3) await deleteFrontier(by.store, { name: `${name} ${index - 1}`, ...NOBODY });
      }
    };
    const sweep = async () => {
      for (let index = 0; index < 5; index += 1) {
        await age(world);
        await sweepRows(world.database);
      }
    };
    await Promise.all([write(world, 0), write(other, 100), make(world, "one"), make(other, "two"), sweep()]);
    await expectHeld(world);
    expect((await heldByRows(world.database.pool)).size).toBeGreaterThan(20);
  } finally {
    await second.close();
  }
});

test("a page of a frontier that inherits reads no more rows than a few pages, whatever it inherits", async () => {
  const world = await openWorld();
  const { pool } = world.database;
  await change(world, "main", RECORDS[0]!, 1);
  const many = 20_000;
  await pool.query(
    `with made as (
       insert into omdb.records (id, type) select gen_random_uuid(), 'thing' from generate_series(1, $1::int) returning id
     )
     insert into omdb."latest_thing" (frontier, record, from_sequence, heads, state)
     select 'main', id, 1, '{1}', jsonb_build_object('n', row_number() over (), 'group', row_number() over () % 500) from made`,
    [many],
  );
  for (const [index, name] of ["a", "b", "c", "d"].entries()) {
    await create(world, name, { kind: "frontier", frontier: ["main", "a", "b", "c"][index]! });
    await change(world, name, RECORDS[1]!, index);
    await change(world, "main", RECORDS[0]!, index + 1);
  }
  await pool.query(`vacuum analyze`);
  const at = presentOf(world.store, (await frontierOf(world, "d"))!).then(({ rows }) => [rows!]);
  expect((await at)[0]?.bases).toHaveLength(4);
  const [type] = world.types as [TypeRow];
  for (const selection of [
    { type, where: null, orderBy: [] },
    { type, where: null, orderBy: [{ path: ["n"], descending: false }] },
    { type, where: null, orderBy: [{ path: ["n"], descending: true }] },
    { type, where: { greaterThan: { path: ["n"], value: 15_000 } }, orderBy: [{ path: ["n"], descending: false }] },
    { type, where: { equals: { path: ["group"], value: 7 } }, orderBy: [] },
  ]) {
    const seen: [string, unknown[]][] = [];
    const spy = { query: (...query: [string, unknown[]]) => (seen.push(query), { rows: [] }) } as never;
    await readRecordPages(spy, selection, { limit: 51, backward: false }, await at);
    const [[sql, values]] = seen as [[string, unknown[]]];
    const { rows } = await pool.query<{ "QUERY PLAN": readonly { Plan: PlanNode }[] }>(
      `explain (analyze, timing off, format json) ${sql}`,
      values,
    );
    expect(rowsScanned(rows[0]!["QUERY PLAN"][0]!.Plan)).toBeLessThan(2_000);
  }
});

interface PlanNode {
  readonly Plans?: readonly PlanNode[];
  readonly "Node Type": string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
}

/** How many rows the scans of a plan looked at. */
function rowsScanned(node: PlanNode): number {
  const inner = (node.Plans ?? []).reduce((sum, plan) => sum + rowsScanned(plan), 0);
  if (!node["Node Type"].includes("Scan")) return inner;
  return inner + (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)) * node["Actual Loops"];
}

test("chains of frontiers that are made, changed, merged, moved, deleted and made again hold what replay gives", async () => {
  const done = new Map<string, number>();
  let depths = 0;
  await checkLater(
    fc.asyncProperty(
      fc.array(fc.oneof({ weight: 12, arbitrary: step }, fc.constantFrom("age", "sweep")), {
        minLength: 15,
        maxLength: 40,
        size: "max",
      }),
      fc.record({
        where: fc.constantFrom(...wheres),
        orderBy: fc.constantFrom([], [{ path: ["n"], descending: false }], [{ path: ["n"], descending: true }]),
      }),
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      async (steps, selection, size, backward) => {
        const world = await openWorld();
        const commits: CommitId[] = [];
        /** What documents that are still running have resolved. */
        let running: { rows: RowsAt; expected: Expected }[] = [];
        try {
          for (const one of steps) {
            if (one === "age") {
              await age(world);
              running = [];
            } else if (one === "sweep") {
              await sweepRows(world.database);
            } else {
              try {
                await one.run(world, commits);
                const [kind = ""] = one.name.split(" ");
                done.set(kind, (done.get(kind) ?? 0) + 1);
              } catch (error) {
                // What is refused changes nothing, and that is looked at below.
                if (!(error instanceof OmdbError)) throw error;
              }
            }
            const history = await NaiveHistory.read(world.database.pool);
            for (const [place, { members, held }] of await heldByRows(world.database.pool)) {
              expect([place, held]).toEqual([place, naiveHeld(history, members)]);
            }
            for (const row of (await readFrontiers(world.database.pool, NAMES)).values()) {
              if (row.deleted) continue;
              depths = Math.max(depths, row.bases.length);
              const { rows } = await presentOf(world.store, row);
              expect(rows).toBeDefined();
              if (!running.some((known) => JSON.stringify(known.rows) === JSON.stringify(rows))) {
                running.push({ rows: rows!, expected: expectedOf(history, row.members) });
              }
            }
          }
          await expectListed(world, running, selection, size, backward);
          for (const { rows, expected } of running) {
            if (expected.commit !== 0) await expectRead(world, rows, expected);
          }
        } finally {
          await world.database.close();
        }
      },
    ),
    0.1,
  );
  // Nothing of it was refused every time; fewer tries say nothing of that.
  if (PROPERTY_RUNS < 200) return;
  for (const kind of ["commit", "create", "branch", "merge", "move", "delete"])
    expect(done.get(kind)).toBeGreaterThan(0);
  expect(depths).toBeGreaterThan(1);
});
