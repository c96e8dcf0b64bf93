/** Pages of commits in canonical order, newest first: of the whole graph, of records, of children, of versions. */
import { maximal, type Antichain } from "../core/antichain";
import { exclusive, exclusiveAfter, history, historySize, type CommitKey } from "../core/graph";
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
  const { values, bind } = parameters();
  const conditions = [...(await conditionsOf(store, selection, bind)), ...keyset(window, bind)];
  const direction = window.backward ? "asc" : "desc";
  const { rows } = await store.database.pool.query<{ id: CommitId }>(
    `select c.id from omdb.commits c where ${["true", ...conditions].join(" and ")}
     order by c.logical_time ${direction}, c.id ${direction} limit ${bind(window.limit)}::int`,
    values,
  );
  return rows.map((row) => row.id);
}

/** How many commits are selected. */
export async function countCommits(store: Store, selection: CommitSelection): Promise<number> {
  const { values, bind } = parameters();
  const conditions = await conditionsOf(store, selection, bind);
  const { rows } = await store.database.pool.query<{ count: number }>(
    `select count(*) from omdb.commits c where ${["true", ...conditions].join(" and ")}`,
    values,
  );
  return rows[0]?.count ?? 0;
}

function keyset(window: Window<CommitKey>, bind: Bind): string[] {
  const key = ({ logicalTime, commit }: CommitKey) => `(${bind(logicalTime)}::bigint, ${bind(commit)}::bigint)`;
  return [
    ...(window.after ? [`(c.logical_time, c.id) < ${key(window.after)}`] : []),
    ...(window.before ? [`(c.logical_time, c.id) > ${key(window.before)}`] : []),
  ];
}

async function conditionsOf(store: Store, selection: CommitSelection, bind: Bind): Promise<string[]> {
  const conditions: string[] = [];
  if (selection.in) {
    const inside = await commitsBetween(store, selection.in, selection.notIn ?? null);
    conditions.push(`c.id = any(${bind(inside)}::bigint[])`);
  } else if (selection.notIn) {
    conditions.push(`c.id <> all(${bind([...(await store.histories.of(selection.notIn))])}::bigint[])`);
  }
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
  if (selection.record && selection.path) {
    const touching = await commitsTouching(store, selection.record, selection.path);
    conditions.push(`c.id = any(${bind(touching)}::bigint[])`);
  } else if (selection.record) {
    conditions.push(
      `c.id in (select w."commit" from omdb.record_wise_operations w where w.record = ${bind(selection.record)}::uuid)`,
    );
  }
  return conditions;
}

async function commitsBetween(store: Store, inside: Antichain, outside: Antichain | null): Promise<CommitId[]> {
  if (!outside) return [...(await store.histories.of(inside))];
  await store.commits.ensure([...inside, ...outside]);
  return exclusive(store.commits.graph, inside, outside);
}

/** Commits with an operation on a record whose footprint overlaps a path. */
async function commitsTouching(store: Store, record: RecordId, path: Path): Promise<CommitId[]> {
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
  return [...new Set(touching.map((row) => row.commit))];
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
 * A page of each version's history, newest first; one query for all versions, none unfiltered. It walks only as far as the
 * page needs, from where the page starts.
 */
export async function readHistoryPages(
  store: Store,
  versions: readonly Antichain[],
  selection: HistorySelection,
  window: Window<CommitKey>,
): Promise<CommitKey[][]> {
  const matching = await matchingOf(store, versions, selection);
  return versions.map((version) => pageOfWalk(store, version, matching, window));
}

/** How many commits of each version's history are selected. */
export async function countHistories(
  store: Store,
  versions: readonly Antichain[],
  selection: HistorySelection,
): Promise<number[]> {
  const matching = await matchingOf(store, versions, selection);
  const { graph } = store.commits;
  return versions.map((version) => {
    if (!matching) return historySize(graph, version);
    let count = 0;
    for (const commit of history(graph, version)) if (matching.has(commit)) count += 1;
    return count;
  });
}

/** The commits that a selection lets through, null where it lets all through. Fills the graph. */
async function matchingOf(
  store: Store,
  versions: readonly Antichain[],
  selection: HistorySelection,
): Promise<ReadonlySet<CommitId> | null> {
  await store.commits.ensure(versions.flat());
  const { author, record, path, since, until } = selection;
  const filtered = [author, record, path, since, until].some((value) => value !== undefined && value !== null);
  return filtered ? new Set(await readMatching(store, selection, versions)) : null;
}

function pageOfWalk(
  store: Store,
  version: Antichain,
  matching: ReadonlySet<CommitId> | null,
  window: Window<CommitKey>,
): CommitKey[] {
  const { graph } = store.commits;
  const { after, before, backward, limit } = window;
  const stop = backward ? after : before;
  const walk = backward ? exclusiveAfter(graph, version, [], before) : history(graph, version, after);
  const page: CommitKey[] = [];
  for (const commit of walk) {
    if (page.length >= limit) break;
    const key = { commit, logicalTime: graph.logicalTime(commit) };
    if (stop && (backward ? compareNewestFirst(key, stop) <= 0 : compareNewestFirst(key, stop) >= 0)) break;
    if (!matching || matching.has(commit)) page.push(key);
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

async function readMatching(
  store: Store,
  selection: HistorySelection,
  versions: readonly Antichain[],
): Promise<CommitId[]> {
  const { values, bind } = parameters();
  const all = maximal(store.commits.graph, versions.flat());
  const conditions = await conditionsOf(store, { ...selection, in: all }, bind);
  const { rows } = await store.database.pool.query<{ id: CommitId }>(
    `select c.id from omdb.commits c where ${conditions.join(" and ")}`,
    values,
  );
  return rows.map((row) => row.id);
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
