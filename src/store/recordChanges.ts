/** What differs between two versions, record by record: pages by uuid, of which only as much is read as a page needs. */
import { maximal, type Antichain } from "../core/antichain";
import { equalJson } from "../core/equality";
import { LimitExceeded } from "../core/errors";
import { exclusive } from "../core/graph";
import type { CommitId, RecordId } from "../core/ids";
import type { State } from "../core/json";
import { readRecordVersions, type RecordVersion } from "./recordStates";
import { parameters } from "./sqlPredicate";
import type { Store } from "./store";
import type { Window } from "./window";

/** A record whose state differs between two versions; of one that does not know it, it has no heads. */
export interface RecordChange {
  readonly record: RecordId;
  readonly before: RecordVersion;
  readonly after: RecordVersion;
}

/** From which version to which. */
export interface VersionPair {
  readonly from: Antichain;
  readonly to: Antichain;
}

/** Which records are wanted; null does not restrict. */
export interface ChangeSelection {
  readonly type: string | null;
  readonly record: RecordId | null;
}

/** Records of which one step reads the states, at least and at most. */
const MINIMUM_STEP = 20;
const MAXIMUM_STEP = 2_000;

/**
 * A page of changes for each pair, by uuid. A record can only differ where a commit touches it that is in the history of
 * one version and not of the other. The number of queries does not depend on the number of pairs.
 */
export async function readChangePages(
  store: Store,
  pairs: readonly VersionPair[],
  selection: ChangeSelection,
  window: Window<RecordId>,
): Promise<RecordChange[][]> {
  const between = await commitsBetween(store, pairs);
  const pages: RecordChange[][] = pairs.map(() => []);
  const edge = window.backward ? window.before : window.after;
  let open = pairs.map((pair, index) => ({ pair, index, edge }));
  let step = Math.min(MAXIMUM_STEP, Math.max(MINIMUM_STEP, window.limit));
  while (open.length > 0 && window.limit > 0) {
    const places = open.map(({ index, edge: reached }) => ({ commits: between[index] ?? [], edge: reached }));
    const touched = await touchedByPlace(store, places, selection, window, step);
    const requests = open.map(({ pair }, place) => ({ pair, records: touched[place] ?? [] }));
    const changes = await changesOf(store, requests);
    open = open.flatMap(({ pair, index }, place) => {
      const page = pages[index]!;
      page.push(...changes[place]!.slice(0, window.limit - page.length));
      const records = touched[place]!;
      const exhausted = records.length < step || page.length >= window.limit;
      return exhausted ? [] : [{ pair, index, edge: records[records.length - 1] }];
    });
    step = Math.min(MAXIMUM_STEP, step * 2);
  }
  return pages;
}

/**
 * How many records differ between the versions of each pair.
 * @throws LimitExceeded past `recordsScanned`
 */
export async function countChanges(
  store: Store,
  pairs: readonly VersionPair[],
  selection: ChangeSelection,
): Promise<number[]> {
  const maximum = store.limits.recordsScanned;
  const between = await commitsBetween(store, pairs);
  const places = between.map((commits) => ({ commits, edge: undefined }));
  const touched = await touchedByPlace(store, places, selection, { backward: false }, maximum + 1);
  if (touched.reduce((sum, records) => sum + records.length, 0) > maximum) {
    const problem = `To count changes at most ${maximum} records are read.`;
    throw new LimitExceeded(problem, [], "recordsScanned", maximum);
  }
  const counts = pairs.map(() => 0);
  for (let start = 0; touched.some((records) => start < records.length); start += MAXIMUM_STEP) {
    const requests = pairs.map((pair, index) => ({
      pair,
      records: touched[index]!.slice(start, start + MAXIMUM_STEP),
    }));
    const changes = await changesOf(store, requests);
    changes.forEach((found, index) => (counts[index]! += found.length));
  }
  return counts;
}

/** The change of a record from one of its versions to another; null where there is none. */
export function changeBetween(before: RecordVersion, after: RecordVersion): RecordChange | null {
  return equalStates(before.state, after.state) ? null : { record: after.record, before, after };
}

function equalStates(a: State, b: State): boolean {
  return a === undefined || b === undefined ? a === b : equalJson(a, b);
}

async function commitsBetween(store: Store, pairs: readonly VersionPair[]): Promise<CommitId[][]> {
  const { graph } = store.commits;
  await store.commits.ensure(pairs.flatMap(({ from, to }) => [...from, ...to]));
  return pairs.map(({ from, to }) => [...exclusive(graph, from, to), ...exclusive(graph, to, from)]);
}

/** The records that commits touch, in the order of the window, behind an edge: at most `limit` for each place. */
async function touchedByPlace(
  store: Store,
  places: readonly { readonly commits: readonly CommitId[]; readonly edge: RecordId | undefined }[],
  selection: ChangeSelection,
  window: Pick<Window<RecordId>, "after" | "before" | "backward">,
  limit: number,
): Promise<RecordId[][]> {
  const { values, bind } = parameters([
    places.flatMap(({ commits }, place) => commits.map(() => place)),
    places.flatMap(({ commits }) => commits),
    places.map(({ edge }) => edge ?? null),
  ]);
  const direction = window.backward ? "desc" : "asc";
  const conditions = [
    `(e.edge is null or o.record ${window.backward ? "<" : ">"} e.edge)`,
    ...(window.after === undefined ? [] : [`o.record > ${bind(window.after)}::uuid`]),
    ...(window.before === undefined ? [] : [`o.record < ${bind(window.before)}::uuid`]),
    ...(selection.record === null ? [] : [`o.record = ${bind(selection.record)}::uuid`]),
    ...(selection.type === null
      ? []
      : [`exists (select from omdb.records r where r.id = o.record and r.type = ${bind(selection.type)}::text)`]),
  ];
  const { rows } = await store.database.pool.query<{ place: number; record: RecordId }>(
    `select n.place, n.record from (
       select t.place, t.record, row_number() over (partition by t.place order by t.record ${direction}) as position
       from (
         select distinct k.place, o.record
         from unnest($1::int[], $2::bigint[]) as k(place, "commit")
         join unnest($3::uuid[]) with ordinality as e(edge, number) on e.number = k.place + 1
         join omdb.operation_to_commit c on c."commit" = k."commit"
         join omdb.operations o on o.id = c.operation
         where ${conditions.join(" and ")}
       ) t
     ) n where n.position <= ${bind(limit)}::int order by n.place, n.position`,
    values,
  );
  const found: RecordId[][] = places.map(() => []);
  for (const row of rows) found[row.place]?.push(row.record);
  return found;
}

/** Of records those that differ, for each request. */
async function changesOf(
  store: Store,
  requests: readonly { readonly pair: VersionPair; readonly records: readonly RecordId[] }[],
): Promise<RecordChange[][]> {
  const versions = await readRecordVersions(
    store,
    requests.flatMap(({ pair, records }) =>
      records.flatMap((record) => [
        { record, version: pair.from },
        { record, version: pair.to },
      ]),
    ),
  );
  let next = 0;
  return requests.map(({ records }) =>
    records.flatMap(() => {
      const change = changeBetween(versions[next]!, versions[next + 1]!);
      next += 2;
      return change === null ? [] : [change];
    }),
  );
}

/** What each commit changes: from the merged view of its parents to the commit. */
export async function pairsOfCommits(store: Store, commits: readonly CommitId[]): Promise<VersionPair[]> {
  const { graph } = store.commits;
  await store.commits.ensure(commits);
  return commits.map((commit) => ({ from: maximal(graph, graph.parents(commit)), to: maximal(graph, [commit]) }));
}
