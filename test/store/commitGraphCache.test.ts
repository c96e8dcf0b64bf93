/** The commit graph of a process, filled while two writers write: ids become visible in another order than they are made. */
import fc from "fast-check";
import type pg from "pg";
import type { CommitId } from "../../src/core/ids";
import { CommitGraphCache } from "../../src/store/commitGraphCache";
import type { Database, Sql } from "../../src/store/database";
import { checkLater, timeFor } from "../support/arbitraries";
import { testDatabase, type TestDatabase } from "../support/database";

jest.setTimeout(timeFor(30_000));

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
beforeEach(() => database.pool.query("truncate omdb.commits restart identity cascade"));

/** Inserts commits one after the other, each with the parents given; returns their ids. */
async function insert(sql: Sql, rows: readonly (readonly CommitId[])[]): Promise<CommitId[]> {
  const ids: CommitId[] = [];
  for (const parents of rows) {
    const { rows: made } = await sql.query<{ id: CommitId }>(
      `insert into omdb.commits (logical_time)
       select coalesce(max(logical_time) + 1, 0) from omdb.commits where id = any($1::bigint[]) returning id`,
      [parents],
    );
    const id = made[0]!.id;
    await sql.query(`insert into omdb.commit_to_commit (parent, child) select unnest($1::bigint[]), $2::bigint`, [
      parents,
      id,
    ]);
    ids.push(id);
  }
  return ids;
}

/** A line of commits on top of another, in two statements. */
async function insertLine(sql: Sql, first: CommitId, length: number): Promise<CommitId[]> {
  const { rows } = await sql.query<{ id: CommitId }>(
    `insert into omdb.commits (logical_time)
     select (select logical_time from omdb.commits where id = $1::bigint) + step from generate_series(1, $2::int) as step
     returning id`,
    [first, length],
  );
  const ids = rows.map((row) => row.id).sort((a, b) => a - b);
  await sql.query(
    `insert into omdb.commit_to_commit (parent, child) select * from unnest($1::bigint[], $2::bigint[])`,
    [[first, ...ids.slice(0, -1)], ids],
  );
  return ids;
}

/** A transaction that is open until it is told to end. */
async function writer(): Promise<{ sql: pg.PoolClient; end(how: "commit" | "rollback"): Promise<void> }> {
  const sql = await database.transactions.connect();
  await sql.query("begin");
  return {
    sql,
    end: async (how) => {
      await sql.query(how);
      sql.release();
    },
  };
}

/** The history of commits as the tables have it. */
async function stored(commits: readonly CommitId[]): Promise<Map<CommitId, { time: number; parents: CommitId[] }>> {
  const { rows } = await database.pool.query<{ id: CommitId; time: number; parents: CommitId[] | null }>(
    `select c.id, c.logical_time as time, e.parents from omdb.commits c left join (
       select child, array_agg(parent order by parent) as parents from omdb.commit_to_commit group by child
     ) e on e.child = c.id`,
  );
  const all = new Map(rows.map(({ id, time, parents }) => [id, { time, parents: parents ?? [] }]));
  const past = new Map<CommitId, { time: number; parents: CommitId[] }>();
  const open = [...commits];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (past.has(next)) continue;
    past.set(next, all.get(next)!);
    open.push(...all.get(next)!.parents);
  }
  return past;
}

async function expectComplete({ graph }: CommitGraphCache, commits: readonly CommitId[]): Promise<void> {
  const expected = await stored(commits);
  const found = [...expected.keys()].map((id) => {
    if (!graph.has(id)) return [id, null] as const;
    return [id, { time: graph.logicalTime(id), parents: [...graph.parents(id)].sort((a, b) => a - b) }] as const;
  });
  expect(new Map(found)).toEqual(expected);
}

/** A cache, and how many statements it has sent. */
function counted(): { cache: CommitGraphCache; statements(): number } {
  let count = 0;
  const query = (...args: [string, unknown[]]) => {
    count += 1;
    return database.pool.query(...args);
  };
  return { cache: new CommitGraphCache({ pool: { query } } as unknown as Database), statements: () => count };
}

test("what is not there is told, and asked for again", async () => {
  const cache = new CommitGraphCache(database);
  expect(await cache.ensure([1, 7])).toEqual([1, 7]);
  const [root] = await insert(database.pool, [[]]);
  expect(await cache.ensure([root!, 7])).toEqual([7]);
  expect(await cache.ensure([])).toEqual([]);
});

test("an old commit is there before the newer ones are read", async () => {
  const [root] = await insert(database.pool, [[]]);
  const line = await insertLine(database.pool, root!, 50_000);
  const { cache, statements } = counted();
  expect(await cache.ensure([line[10]!])).toEqual([]);
  expect(cache.graph.has(line[40_000]!)).toBe(false);
  expect(statements()).toBe(1);
  expect(await cache.ensure([line.at(-1)!])).toEqual([]);
  expect(cache.graph.size).toBe(50_001);
  expect(statements()).toBe(3);
});

test("a transaction that reserved its ids long before it was committed is read in a few statements", async () => {
  const [root] = await insert(database.pool, [[]]);
  const slow = await writer();
  const late = await insertLine(slow.sql, root!, 20_000);
  const quick = await writer();
  const early = await insertLine(quick.sql, root!, 10);
  await quick.end("commit");
  const { cache, statements } = counted();
  expect(await cache.ensure([early.at(-1)!, late[5]!])).toEqual([late[5]]);
  await slow.end("commit");
  const [merge] = await insert(database.pool, [[early.at(-1)!, late.at(-1)!]]);
  const before = statements();
  expect(await cache.ensure([merge!])).toEqual([]);
  expect(statements() - before).toBeLessThan(10);
  await expectComplete(cache, [merge!]);
  expect(cache.graph.size).toBe(20_012);
});

test("many who ask at once read once", async () => {
  const [root] = await insert(database.pool, [[]]);
  const line = await insertLine(database.pool, root!, 100);
  const { cache, statements } = counted();
  await Promise.all(line.map((commit) => cache.ensure([commit])));
  expect(statements()).toBeLessThanOrEqual(line.length);
  expect(cache.graph.size).toBe(101);
  const before = statements();
  await Promise.all(line.map((commit) => cache.ensure([commit])));
  expect(statements()).toBe(before);
});

test("a read that fails leaves nothing half done", async () => {
  const [root] = await insert(database.pool, [[]]);
  let fails = true;
  const query = (...args: [string, unknown[]]) =>
    fails ? Promise.reject(new Error("The connection is gone.")) : database.pool.query(...args);
  const cache = new CommitGraphCache({ pool: { query } } as unknown as Database);
  await expect(cache.ensure([root!])).rejects.toThrow("The connection is gone.");
  fails = false;
  expect(await cache.ensure([root!])).toEqual([]);
});

test("a commit that was read on another way is placed where its parents are there, and nothing is missed for it", async () => {
  const { cache, statements } = counted();
  const [first] = await insert(database.pool, [[]]);
  await cache.ensure([first!]);
  const passedOver = await insertLine(database.pool, first!, 200);
  const [second] = await insert(database.pool, [[first!]]);
  const [third] = await insert(database.pool, [[second!]]);
  cache.offer({ id: third!, logicalTime: 2, parents: [second!] });
  expect(cache.graph.has(third!)).toBe(false);
  cache.offer({ id: second!, logicalTime: 1, parents: [first!] });
  cache.offer({ id: third!, logicalTime: 2, parents: [second!] });
  expect(await cache.ensure([third!])).toEqual([]);
  expect(statements()).toBe(1);
  await expectComplete(cache, [third!]);
  expect(await cache.ensure(passedOver.slice(-1))).toEqual([]);
  await expectComplete(cache, passedOver.slice(-1));
  // From here on it reads what comes, not what it has.
  const [fourth] = await insert(database.pool, [[third!]]);
  const before = statements();
  expect(await cache.ensure([fourth!])).toEqual([]);
  expect(statements()).toBe(before + 1);
});

test("a commit that is told to be no later than its parents is not placed", async () => {
  const cache = new CommitGraphCache(database);
  const [first] = await insert(database.pool, [[]]);
  await cache.ensure([first!]);
  const [second] = await insert(database.pool, [[first!]]);
  cache.offer({ id: second!, logicalTime: 0, parents: [first!] });
  expect(cache.graph.has(second!)).toBe(false);
});

test("ids in no order of the graph are put into one", async () => {
  await database.pool.query(
    `insert into omdb.commits (id, logical_time) values (40, 0), (30, 1), (20, 2), (10, 3), (35, 2), (50000, 1), (5, 4)`,
  );
  await database.pool.query(
    `insert into omdb.commit_to_commit (parent, child)
     values (40, 30), (30, 20), (20, 10), (30, 35), (40, 50000), (50000, 5), (10, 5)`,
  );
  const cache = new CommitGraphCache(database);
  expect(await cache.ensure([5])).toEqual([]);
  await expectComplete(cache, [5]);
  expect(await cache.ensure([35, 50_000])).toEqual([]);
  await expectComplete(cache, [35, 5]);
});

/** What the two writers and the readers do, one after the other. */
const step = fc.oneof(
  fc.record({
    do: fc.constant("write" as const),
    writer: fc.nat({ max: 1 }),
    parents: fc.array(fc.nat({ max: 9 }), { maxLength: 3 }),
  }),
  fc.record({
    do: fc.constant("end" as const),
    writer: fc.nat({ max: 1 }),
    how: fc.constantFrom("commit" as const, "commit" as const, "rollback" as const),
  }),
  fc.record({
    do: fc.constant("ask" as const),
    reader: fc.nat({ max: 1 }),
    picks: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
  }),
);

test("two writers, two readers, in any order: what is visible is complete", async () => {
  await checkLater(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30, size: "max" }), async (steps) => {
      const caches = [new CommitGraphCache(database), new CommitGraphCache(database)];
      const open: ({ by: Awaited<ReturnType<typeof writer>>; made: CommitId[] } | undefined)[] = [undefined, undefined];
      const visible = (await database.pool.query<{ id: CommitId }>("select id from omdb.commits order by id")).rows.map(
        (row) => row.id,
      );
      const end = async (index: number, how: "commit" | "rollback") => {
        const mine = open[index];
        open[index] = undefined;
        await mine?.by.end(how);
        if (how === "commit") visible.push(...(mine?.made ?? []));
      };
      try {
        for (const one of steps) {
          if (one.do === "end") await end(one.writer, one.how);
          else if (one.do === "write") {
            const mine = (open[one.writer] ??= { by: await writer(), made: [] });
            // A writer builds on what it sees: what is committed, and what it wrote itself.
            const known = [...visible, ...mine.made].slice(-10);
            const parents = [...new Set(one.parents.flatMap((pick) => known[pick % known.length] ?? []))];
            mine.made.push(...(await insert(mine.by.sql, [parents])));
          } else if (visible.length > 0) {
            const wanted = one.picks.map((pick) => visible[pick % visible.length]!);
            const cache = caches[one.reader]!;
            expect(await cache.ensure(wanted)).toEqual([]);
            await expectComplete(cache, wanted);
          }
        }
        for (const index of [0, 1]) await end(index, "commit");
        for (const cache of caches) {
          expect(await cache.ensure(visible)).toEqual([]);
          await expectComplete(cache, visible);
        }
      } finally {
        for (const index of [0, 1]) await end(index, "rollback");
      }
    }),
    0.2,
  );
});
