import fc from "fast-check";
import type { QueryConfig } from "pg";
import { DEFAULT_LIMITS } from "../../src/core/limits";
import {
  compareNewestFirst,
  countCommits,
  countHistories,
  readCommitPage,
  readHistoryPages,
  type CommitKey,
  type CommitSelection,
} from "../../src/store/commitPages";
import { openStore, type Store } from "../../src/store/store";
import { antichainOf } from "../../src/store/versions";
import type { Window } from "../../src/store/window";
import { checkLater, timeFor } from "../support/arbitraries";
import { testDatabase, type TestDatabase } from "../support/database";

jest.setTimeout(timeFor(30_000));

const COMMITS = 12_000;
const RECORD = "0190eeee-0000-7000-8000-00000000dddd";

/**
 * A trunk of the commits that 5 does not divide, a branch of the others that left it at 5, and every 1,000th commit of
 * the trunk merges the branch. By number, which is made to be the order of creation.
 */
interface Naive extends CommitKey {
  readonly parents: readonly number[];
  readonly author: string;
  readonly message: string;
  readonly time: Date;
  /** The member of RECORD that it writes, if any. */
  readonly member: string | null;
}

const naive: Naive[] = [];
for (let commit = 1; commit <= COMMITS; commit += 1) {
  const onBranch = commit % 5 === 0;
  const before = onBranch ? Math.max(1, commit - 5) : commit % 5 === 1 ? commit - 2 : commit - 1;
  const merged = commit % 1_000 === 1 && commit > 1_000 ? [commit - 1] : [];
  const parents = commit === 1 ? [] : [...new Set([Math.max(1, before), ...merged])].sort((a, b) => a - b);
  naive.push({
    commit,
    logicalTime: parents.reduce((time, parent) => Math.max(time, (naive[parent - 1]?.logicalTime ?? 0) + 1), 0),
    parents,
    author: ["ada", "ida", "oda"][commit % 3] as string,
    message: commit % 700 === 0 ? "rare" : "usual",
    time: new Date(Date.UTC(2020, 0, 1) + commit * 60_000),
    member: commit % 40 === 0 ? (commit % 80 === 0 ? "a" : "b") : null,
  });
}

function naiveHistory(members: readonly number[]): Set<number> {
  const seen = new Set(members);
  const open = [...members];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const parent of naive[next - 1]?.parents ?? []) {
      if (!seen.has(parent)) open.push(parent);
      seen.add(parent);
    }
  }
  return seen;
}

let database: TestDatabase;
let store: Store;
/** Bytes of the parameters of the statement that had the most. */
let largest = 0;
beforeAll(async () => {
  database = await testDatabase();
  const { pool } = database;
  await pool.query(`insert into omdb.types (id, snapshots, latest) values ('t', 's', 'l')`);
  await pool.query(`insert into omdb.records (id, "type") values ($1, 't')`, [RECORD]);
  await pool.query(
    `insert into omdb.commits (id, logical_time, ts, author, message, metadata)
     select n, t, ts, author, message, jsonb_build_object('third', n % 3) from
       unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[]) as data(n, t, ts, author, message)`,
    [
      naive.map(({ commit }) => commit),
      naive.map(({ logicalTime }) => logicalTime),
      naive.map(({ time }) => time),
      naive.map(({ author }) => author),
      naive.map(({ message }) => message),
    ],
  );
  const edges = naive.flatMap(({ commit, parents }) => parents.map((parent) => ({ commit, parent })));
  await pool.query(
    `insert into omdb.commit_to_commit (parent, child) select * from unnest($1::bigint[], $2::bigint[])`,
    [edges.map(({ parent }) => parent), edges.map(({ commit }) => commit)],
  );
  const writes = naive.filter(({ member }) => member !== null);
  await pool.query(
    `insert into omdb.operations (id, predicates, record, path, operation, parameters)
     select n, '[]', $1, jsonb_build_array(m), 'put', '{"value":1}' from unnest($2::bigint[], $3::text[]) as data(n, m)`,
    [RECORD, writes.map(({ commit }) => commit), writes.map(({ member }) => member)],
  );
  await pool.query(
    `insert into omdb.record_wise_operations (record, "commit", operation) select $1, n, n from unnest($2::bigint[]) n`,
    [RECORD, writes.map(({ commit }) => commit)],
  );
  const query = (statement: string | QueryConfig, given?: unknown[]) => {
    const values = given ?? (typeof statement === "string" ? [] : (statement.values ?? []));
    largest = Math.max(largest, JSON.stringify(values).length);
    return pool.query(statement, values);
  };
  const counted = Object.create(pool, { query: { value: query } }) as typeof pool;
  store = openStore({ ...database, pool: counted }, DEFAULT_LIMITS);
  await store.commits.ensure([COMMITS - 1, COMMITS]);
  largest = 0;
});

const commitNumber = fc.oneof(fc.integer({ min: 1, max: COMMITS }), fc.constantFrom(1, 5, COMMITS - 1, COMMITS));
const version = fc.array(commitNumber, { minLength: 0, maxLength: 3 });
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

const filters = fc.record({
  author: optional(fc.constantFrom("ada", "ida", "nobody")),
  message: optional(fc.constantFrom("rare", "usual", "")),
  third: optional(fc.constantFrom(0, 1)),
  record: optional(fc.constant(RECORD)),
  path: optional(fc.constantFrom("a", "b", "c")),
  since: optional(commitNumber),
  until: optional(commitNumber),
});
type Filters = typeof filters extends fc.Arbitrary<infer T> ? T : never;

/** Mostly one filter at most, so that something is left. */
const someFilters = fc.oneof(
  fc.constant({ author: null, message: null, third: null, record: null, path: null, since: null, until: null }),
  filters,
);

const windows = fc.record({
  limit: fc.integer({ min: 1, max: 300 }),
  backward: fc.boolean(),
  after: optional(commitNumber),
  before: optional(commitNumber),
});

const keyOf = (commit: number): CommitKey => {
  const { logicalTime } = naive[commit - 1] as Naive;
  return { commit, logicalTime };
};
const timeOf = (commit: number | null) => (commit === null ? null : (naive[commit - 1] as Naive).time);

function selectionOf({ author, message, third, record, path, since, until }: Filters): CommitSelection {
  return {
    author,
    message,
    ...(third !== null && { metadata: { third } }),
    record,
    path: record !== null && path !== null ? [path] : null,
    since: timeOf(since),
    until: timeOf(until),
  };
}

function matches(row: Naive, { author, message, third, record, path, since, until }: Filters): boolean {
  return (
    (author === null || row.author === author) &&
    (message === null || row.message.includes(message)) &&
    (third === null || row.commit % 3 === third) &&
    (record === null || row.member !== null) &&
    (record === null || path === null || row.member === path) &&
    (since === null || row.time >= (timeOf(since) as Date)) &&
    (until === null || row.time <= (timeOf(until) as Date))
  );
}

function windowOfKeys({ limit, backward, after, before }: { limit: number; backward: boolean } & Edges) {
  return {
    limit,
    backward,
    ...(after !== null && { after: keyOf(after) }),
    ...(before !== null && { before: keyOf(before) }),
  } satisfies Window<CommitKey>;
}
interface Edges {
  readonly after: number | null;
  readonly before: number | null;
}

/** The page of a list that is in order, in the order of the window. */
function naivePage(keys: readonly CommitKey[], window: Window<CommitKey>): number[] {
  const { after, before } = window;
  const inside = keys.filter(
    (key) => (!after || compareNewestFirst(key, after) > 0) && (!before || compareNewestFirst(key, before) < 0),
  );
  return (window.backward ? inside.reverse() : inside).slice(0, window.limit).map(({ commit }) => commit);
}

const newestFirst = [...naive].sort(compareNewestFirst);

test("commits by versions and filters: those of the naive history, whatever the page; parameters stay small", async () => {
  await checkLater(
    fc.asyncProperty(
      optional(version),
      optional(version),
      someFilters,
      windows,
      async (inside, outside, given, wanted) => {
        const selection: CommitSelection = {
          ...selectionOf(given),
          in: inside && (await antichainOf(store, inside, [])),
          notIn: outside && (await antichainOf(store, outside, [])),
        };
        const [has, hasNot] = [inside && naiveHistory(inside), outside && naiveHistory(outside)];
        const selected = newestFirst.filter(
          (row) => (!has || has.has(row.commit)) && !hasNot?.has(row.commit) && matches(row, given),
        );
        const window = windowOfKeys(wanted);
        expect(await readCommitPage(store, selection, window)).toEqual(naivePage(selected, window));
        expect(await countCommits(store, selection)).toBe(selected.length);
      },
    ),
    0.75,
  );
  expect(largest).toBeLessThan(5_000);
});

test("histories of several versions at once, in the same way", async () => {
  await checkLater(
    fc.asyncProperty(fc.array(version, { maxLength: 3 }), someFilters, windows, async (named, given, wanted) => {
      const versions = await Promise.all(named.map((commits) => antichainOf(store, commits, [])));
      const selection = selectionOf({ ...given, message: null, third: null });
      const lists = named.map((commits) => {
        const has = naiveHistory(commits);
        return newestFirst.filter(
          (row) => has.has(row.commit) && matches(row, { ...given, message: null, third: null }),
        );
      });
      const window = windowOfKeys(wanted);
      const pages = await readHistoryPages(store, versions, selection, window);
      expect(pages.map((page) => page.map(({ commit }) => commit))).toEqual(
        lists.map((list) => naivePage(list, window)),
      );
      expect(await countHistories(store, versions, selection)).toEqual(lists.map((list) => list.length));
    }),
    0.5,
  );
  expect(largest).toBeLessThan(5_000);
});
