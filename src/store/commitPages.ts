/** Pages of commits in canonical order, newest first: of the whole graph, of records, of children, of versions. */
import type { Antichain } from "../core/antichain";
import { exclusive, exclusiveAfter, history, historySize, isInHistory, type CommitKey } from "../core/graph";
import type { CommitId, RecordId } from "../core/ids";
import { footprintOf, type Effect } from "../core/operation";
import { pathsOverlap, type Path } from "../core/path";
import type { Json } from "../core/json";
import { parameters, type Bind } from "./sqlPredicate";
import type { Store } from "./store";
import { windowOf, type Window } from "./window";

export type { CommitKey };

/** Which commits are wanted; what is undefined or null does not restrict. */
export interface CommitSelection {
  /** In the history of this version. */
  readonly in?: Antichain | null;
  readonly notIn?: Antichain | null;
  readonly author?: string | null;
  /** A substring of the message. */
  readonly message?: string | null;
  /** Contained in the metadata. */
  readonly metadata?: Json;
  /** Touches a record of this type. */
  readonly type?: string | null;
  readonly record?: RecordId | null;
  /** Needs `record`: touches something that overlaps it. */
  readonly path?: Path | null;
  readonly since?: Date | null;
  readonly until?: Date | null;
}

/** Newest first: the order of commit lists. */
export const compareNewestFirst = (a: CommitKey, b: CommitKey): number =>
  b.logicalTime - a.logicalTime || b.commit - a.commit;

/** One page of the commits that are selected, newest first. */
export async function readCommitPage(
  store: Store,
  selection: CommitSelection,
  window: Window<CommitKey>,
): Promise<CommitId[]> {
  if (selection.in && !isFiltered(selection)) return pageBetween(store, selection.in, selection.notIn ?? null, window);
  const test = await testOf(store, selection);
  const page: CommitId[] = [];
  const rest = selection.in ? below(store, selection.in, window) : window;
  const few = fewOf(store, selection);
  const first = test === null ? window.limit : undefined;
  for await (const chunk of candidates(store, selection, rest, few, first)) {
    page.push(...chunk.map(({ commit }) => commit).filter((commit) => test === null || test(commit)));
    if (page.length >= window.limit) break;
  }
  return page.slice(0, window.limit);
}

/** How many commits are selected. */
export async function countCommits(store: Store, selection: CommitSelection): Promise<number> {
  const { graph } = store.commits;
  if (selection.in && !isFiltered(selection)) {
    if (selection.notIn) return countExclusive(store, { ours: selection.in, theirs: selection.notIn });
    await store.commits.ensure(selection.in);
    return historySize(graph, selection.in);
  }
  const test = await testOf(store, selection);
  if (test !== null && (isFiltered(selection) || !selection.notIn)) {
    let count = 0;
    const rest = selection.in ? below(store, selection.in, EVERYTHING) : EVERYTHING;
    for await (const chunk of candidates(store, selection, rest, fewOf(store, selection)))
      for (const { commit } of chunk) if (test(commit)) count += 1;
    return count;
  }
  const { values, bind } = parameters();
  const { rows } = await store.database.pool.query<{ count: number }>(
    `select count(*) from omdb.commits c where ${["true", ...conditionsOf(selection, bind)].join(" and ")}`,
    values,
  );
  const all = rows[0]?.count ?? 0;
  return selection.notIn && test !== null ? all - historySize(graph, selection.notIn) : all;
}

/** A page of a history, or of what one has and another has not: by walks in memory alone. */
async function pageBetween(
  store: Store,
  inside: Antichain,
  outside: Antichain | null,
  window: Window<CommitKey>,
): Promise<CommitId[]> {
  if (!outside) {
    await store.commits.ensure(inside);
    return pageOfWalk(store, inside, window).map(({ commit }) => commit);
  }
  // The same list from its other end.
  const { after, before, backward, limit } = window;
  const page = await readExclusivePage(
    store,
    { ours: inside, theirs: outside },
    {
      limit,
      backward: !backward,
      ...(before && { after: before }),
      ...(after && { before: after }),
    },
  );
  return page.map(({ commit }) => commit);
}

/** Whether something else than versions restricts a selection. */
function isFiltered({ author, message, metadata, type, record, since, until }: CommitSelection): boolean {
  const given = [author, message || null, metadata, type, record, since, until];
  return given.some((value) => value !== undefined && value !== null);
}

/** Histories of so many commits are named to the database; larger ones never are. */
const NAMED = 500;

/** The commits of a history, or of what one has and another has not, where these are few; null where they are many. */
function fewOf(store: Store, { in: inside, notIn: outside }: CommitSelection): CommitId[] | null {
  const { graph } = store.commits;
  if (!inside) return null;
  const few: CommitId[] = [];
  for (const commit of exclusiveAfter(graph, inside, outside ?? [])) {
    if (few.length === NAMED) return null;
    few.push(commit);
  }
  return few;
}

type Test = (commit: CommitId) => boolean;

/** What of a selection is decided in memory, so that no history travels to the database; null where SQL decides it all. */
async function testOf(store: Store, selection: CommitSelection): Promise<Test | null> {
  const tests: Test[] = [];
  const { in: inside, notIn: outside, record, path } = selection;
  await store.commits.ensure([...(inside ?? []), ...(outside ?? [])]);
  if (inside) tests.push(membership(store, inside));
  if (outside) {
    const isOutside = membership(store, outside);
    tests.push((commit) => !isOutside(commit));
  }
  if (record && path) {
    const touching = await commitsTouching(store, record, path);
    tests.push((commit) => touching.has(commit));
  }
  return tests.length === 0 ? null : (commit) => tests.every((test) => test(commit));
}

/** Whether a commit is in a version's history; the graph knows the version, and so all of its history. */
function membership(store: Store, version: Antichain): Test {
  const { graph } = store.commits;
  return (commit) => graph.has(commit) && isInHistory(graph, commit, version);
}

/** Commits that one query reads at least, and at most, where only some of them are selected in the end. */
const SMALLEST_CHUNK = 200;
const LARGEST_CHUNK = 10_000;

/** As many at a time as can be. */
const EVERYTHING: Window<CommitKey> = { limit: LARGEST_CHUNK, backward: false };

/** The part of a window that can hold commits of a version: nothing there is newer than the version itself. */
function below(store: Store, version: Iterable<CommitId>, window: Window<CommitKey>): Window<CommitKey> {
  let logicalTime = 0;
  for (const commit of version) logicalTime = Math.max(logicalTime, store.commits.graph.logicalTime(commit) + 1);
  const top = { logicalTime, commit: 0 };
  return window.after && compareNewestFirst(window.after, top) > 0 ? window : { ...window, after: top };
}

/**
 * The commits that SQL lets through, in the order of the window and within its bounds, as many as are asked for.
 * @param few none but these, if not null
 * @param first how many the first query reads; default: more than the window wants, since not all are selected
 */
async function* candidates(
  store: Store,
  selection: CommitSelection,
  window: Window<CommitKey>,
  few: readonly CommitId[] | null,
  first = Math.min(LARGEST_CHUNK, Math.max(SMALLEST_CHUNK, 2 * window.limit)),
): AsyncGenerator<CommitKey[], void, undefined> {
  const direction = window.backward ? "asc" : "desc";
  let rest = window;
  let limit = first;
  for (;;) {
    const { values, bind } = parameters();
    const conditions = [
      ...conditionsOf(selection, bind),
      ...keyset(rest, bind),
      ...(few ? [`c.id = any(${bind(few)}::bigint[])`] : []),
    ];
    const { rows } = await store.database.pool.query<CommitKey>(
      `select c.id as "commit", c.logical_time as "logicalTime" from omdb.commits c
       where ${["true", ...conditions].join(" and ")}
       order by c.logical_time ${direction}, c.id ${direction} limit ${bind(limit)}::int`,
      values,
    );
    yield rows;
    const last = rows.at(-1);
    if (!last || rows.length < limit) return;
    rest = window.backward ? { ...rest, before: last } : { ...rest, after: last };
    limit = Math.min(LARGEST_CHUNK, 4 * limit);
  }
}

function keyset(window: Window<CommitKey>, bind: Bind): string[] {
  const key = ({ logicalTime, commit }: CommitKey) => `(${bind(logicalTime)}::bigint, ${bind(commit)}::bigint)`;
  return [
    ...(window.after ? [`(c.logical_time, c.id) < ${key(window.after)}`] : []),
    ...(window.before ? [`(c.logical_time, c.id) > ${key(window.before)}`] : []),
  ];
}

/** What SQL decides of a selection: all but versions and paths. */
function conditionsOf(selection: CommitSelection, bind: Bind): string[] {
  const conditions: string[] = [];
  if (selection.author !== undefined && selection.author !== null) {
    conditions.push(`c.author = ${bind(selection.author)}::text`);
  }
  if (selection.message) conditions.push(`strpos(c.message, ${bind(selection.message)}::text) > 0`);
  if (selection.metadata !== undefined) {
    conditions.push(`c.metadata @> ${bind(JSON.stringify(selection.metadata))}::jsonb`);
  }
  if (selection.since) conditions.push(`c.ts >= ${bind(selection.since)}::timestamptz`);
  if (selection.until) conditions.push(`c.ts <= ${bind(selection.until)}::timestamptz`);
  if (selection.type !== undefined && selection.type !== null) {
    conditions.push(
      `exists (select from omdb.record_wise_operations w join omdb.records r on r.id = w.record
         where w."commit" = c.id and r.type = ${bind(selection.type)}::text)`,
    );
  }
  if (selection.record) {
    conditions.push(
      `c.id in (select w."commit" from omdb.record_wise_operations w where w.record = ${bind(selection.record)}::uuid)`,
    );
  }
  return conditions;
}

/** Commits with an operation on a record whose footprint overlaps a path. */
async function commitsTouching(store: Store, record: RecordId, path: Path): Promise<ReadonlySet<CommitId>> {
  const { rows } = await store.database.pool.query<{
    commit: CommitId;
    path: Path;
    operation: string;
    parameters: Json;
  }>(
    `select w."commit", o.path, o.operation, o.parameters from omdb.record_wise_operations w
     join omdb.operations o on o.id = w.operation where w.record = $1`,
    [record],
  );
  const touching = rows.filter((row) => footprintOf(row).some((changed) => pathsOverlap(changed, path)));
  return new Set(touching.map((row) => row.commit));
}

/** The commits that touch each record, on any branch, newest first: one page for each, in one query. */
export async function readRecordCommitPages(
  store: Store,
  records: readonly RecordId[],
  window: Window<CommitKey>,
): Promise<CommitId[][]> {
  const { values, bind } = parameters([records]);
  const direction = window.backward ? "asc" : "desc";
  const { rows } = await store.database.pool.query<{ place: number; id: CommitId }>(
    `select k.place, p.id from unnest($1::uuid[]) with ordinality as k(record, place)
     cross join lateral (
       select c.id, c.logical_time from (
         select distinct w."commit" from omdb.record_wise_operations w where w.record = k.record) w
       join omdb.commits c on c.id = w."commit"
       where ${["true", ...keyset(window, bind)].join(" and ")}
       order by c.logical_time ${direction}, c.id ${direction} limit ${bind(window.limit)}::int
     ) p order by k.place, p.logical_time ${direction}, p.id ${direction}`,
    values,
  );
  return grouped(records.length, rows);
}

export async function countRecordCommits(store: Store, records: readonly RecordId[]): Promise<number[]> {
  const { rows } = await store.database.pool.query<{ count: number }>(
    `select (select count(distinct w."commit") from omdb.record_wise_operations w where w.record = k.record) as count
     from unnest($1::uuid[]) with ordinality as k(record, place) order by k.place`,
    [records],
  );
  return rows.map((row) => row.count);
}

/** The children of each commit, oldest first: one page for each, in one query. */
export async function readChildPages(
  store: Store,
  commits: readonly CommitId[],
  window: Window<CommitId>,
): Promise<CommitId[][]> {
  const { values, bind } = parameters([commits]);
  const direction = window.backward ? "desc" : "asc";
  const conditions = [
    "e.parent = k.parent",
    ...(window.after === undefined ? [] : [`e.child > ${bind(window.after)}::bigint`]),
    ...(window.before === undefined ? [] : [`e.child < ${bind(window.before)}::bigint`]),
  ];
  const { rows } = await store.database.pool.query<{ place: number; id: CommitId }>(
    `select k.place, p.id from unnest($1::bigint[]) with ordinality as k(parent, place)
     cross join lateral (
       select e.child as id from omdb.commit_to_commit e where ${conditions.join(" and ")}
       order by e.child ${direction} limit ${bind(window.limit)}::int
     ) p order by k.place, p.id ${direction}`,
    values,
  );
  return grouped(commits.length, rows);
}

export async function countChildren(store: Store, commits: readonly CommitId[]): Promise<number[]> {
  const { rows } = await store.database.pool.query<{ count: number }>(
    `select (select count(*) from omdb.commit_to_commit e where e.parent = k.parent) as count
     from unnest($1::bigint[]) with ordinality as k(parent, place) order by k.place`,
    [commits],
  );
  return rows.map((row) => row.count);
}

/** What restricts a version's history. */
export type HistorySelection = Pick<CommitSelection, "author" | "record" | "path" | "since" | "until">;

/**
 * A page of each version's history, newest first; unfiltered without a query, else with some whose number does not depend
 * on that of the versions. It walks only as far as the pages need, from where they start.
 */
export async function readHistoryPages(
  store: Store,
  versions: readonly Antichain[],
  selection: HistorySelection,
  window: Window<CommitKey>,
): Promise<CommitKey[][]> {
  await store.commits.ensure(versions.flat());
  if (!isFiltered(selection)) return versions.map((version) => pageOfWalk(store, version, window));
  const pages: CommitKey[][] = versions.map(() => []);
  const members = versions.map((version) => membership(store, version));
  const test = await testOf(store, selection);
  for await (const chunk of candidates(store, selection, below(store, versions.flat(), window), null)) {
    const selected = chunk.filter(({ commit }) => test === null || test(commit));
    for (const [index, page] of pages.entries()) {
      for (const key of selected) {
        if (page.length >= window.limit) break;
        if (members[index]?.(key.commit)) page.push(key);
      }
    }
    if (pages.every((page) => page.length >= window.limit)) break;
  }
  return pages;
}

/** How many commits of each version's history are selected. */
export async function countHistories(
  store: Store,
  versions: readonly Antichain[],
  selection: HistorySelection,
): Promise<number[]> {
  await store.commits.ensure(versions.flat());
  if (!isFiltered(selection)) return versions.map((version) => historySize(store.commits.graph, version));
  const counts = versions.map(() => 0);
  const members = versions.map((version) => membership(store, version));
  const test = await testOf(store, selection);
  for await (const chunk of candidates(store, selection, below(store, versions.flat(), EVERYTHING), null)) {
    const selected = chunk.filter(({ commit }) => test === null || test(commit));
    for (const [index, isMember] of members.entries())
      counts[index] = (counts[index] ?? 0) + selected.filter(({ commit }) => isMember(commit)).length;
  }
  return counts;
}

function pageOfWalk(store: Store, version: Antichain, window: Window<CommitKey>): CommitKey[] {
  const { graph } = store.commits;
  const { after, before, backward, limit } = window;
  const stop = backward ? after : before;
  const walk = backward ? exclusiveAfter(graph, version, [], before) : history(graph, version, after);
  const page: CommitKey[] = [];
  for (const commit of walk) {
    if (page.length >= limit) break;
    const key = { commit, logicalTime: graph.logicalTime(commit) };
    if (stop && (backward ? compareNewestFirst(key, stop) <= 0 : compareNewestFirst(key, stop) >= 0)) break;
    page.push(key);
  }
  return page;
}

/** The commits that one version has and another has not. */
export interface Exclusive {
  readonly ours: readonly CommitId[];
  readonly theirs: readonly CommitId[];
}

/** A page of what a version has and another has not, oldest first. From the start on, no more than the page is read. */
export async function readExclusivePage(
  store: Store,
  { ours, theirs }: Exclusive,
  window: Window<CommitKey>,
): Promise<CommitKey[]> {
  await store.commits.ensure([...ours, ...theirs]);
  const { graph } = store.commits;
  const compare = (a: CommitKey, b: CommitKey): number => compareNewestFirst(b, a);
  const keyOf = (commit: CommitId): CommitKey => ({ commit, logicalTime: graph.logicalTime(commit) });
  if (window.backward) return windowOf(exclusive(graph, ours, theirs).map(keyOf), window, (key) => key, compare);
  const page: CommitKey[] = [];
  for (const commit of exclusiveAfter(graph, ours, theirs, window.after)) {
    const key = keyOf(commit);
    if (page.length >= window.limit || (window.before && compare(key, window.before) >= 0)) break;
    page.push(key);
  }
  return page;
}

export async function countExclusive(store: Store, { ours, theirs }: Exclusive): Promise<number> {
  await store.commits.ensure([...ours, ...theirs]);
  return exclusive(store.commits.graph, ours, theirs).length;
}

/** A page of keys in memory, newest first. */
export const commitWindow = (keys: readonly CommitKey[], window: Window<CommitKey>): CommitKey[] =>
  windowOf(keys, window, (key) => key, compareNewestFirst);

function grouped(count: number, rows: readonly { readonly place: number; readonly id: CommitId }[]): CommitId[][] {
  const pages: CommitId[][] = Array.from({ length: count }, () => []);
  for (const row of rows) pages[row.place - 1]?.push(row.id);
  return pages;
}

/**
 * The commits behind a record's heads that touch the record, or what overlaps a path of it, newest first. One query
 * for all requests.
 */
export async function readRecordHistories(
  store: Store,
  requests: readonly { readonly record: RecordId; readonly heads: Antichain }[],
  path: Path | null,
): Promise<CommitKey[][]> {
  const { rows } = await store.database.pool.query<{ record: RecordId; commit: CommitId; effects: Effect[] | null }>(
    `select w.record, w."commit", ${
      path
        ? `json_agg(json_build_object('path', o.path, 'operation', o.operation, 'parameters', o.parameters))`
        : "null"
    } as effects
     from omdb.record_wise_operations w ${path ? "join omdb.operations o on o.id = w.operation" : ""}
     where w.record = any($1::uuid[]) group by w.record, w."commit"`,
    [[...new Set(requests.map((request) => request.record))]],
  );
  const overlaps = (effect: Effect) => footprintOf(effect).some((changed) => path && pathsOverlap(changed, path));
  const touching = rows.filter((row) => row.effects === null || row.effects.some(overlaps));
  const histories = await Promise.all(requests.map(({ heads }) => store.histories.of(heads)));
  const { graph } = store.commits;
  return requests.map(({ record }, index) =>
    touching
      .filter((row) => row.record === record && histories[index]?.has(row.commit))
      .map(({ commit }) => ({ commit, logicalTime: graph.logicalTime(commit) }))
      .sort(compareNewestFirst),
  );
}
