/**
 * What imported merge commits settle: whatever does not hold in the version that their parents form (semantics §6), so
 * that imported histories are consistent. Judged in memory, as the histories of records are there.
 */
import { maximal } from "../../core/antichain";
import { compareCanonical } from "../../core/canonicalOrder";
import { exposed, findBreaches, type JudgedOperation } from "../../core/consistency";
import { isInHistory, type CommitGraph } from "../../core/graph";
import type { CommitId, RecordId } from "../../core/ids";
import { joinOf } from "../../core/joining";
import { mergeVersions, type RecordNode } from "./recordHistory";
import type { View } from "./views";

/** An operation by its place: the operation of a commit on a record with this index among those. */
export interface OperationPlace {
  readonly record: RecordId;
  readonly commit: CommitId;
  readonly index: number;
}

/** Which operations are settled, and by which commits. */
export class Settlements {
  readonly #commits = new Map<string, CommitId[]>();

  add(merge: CommitId, place: OperationPlace): void {
    const key = keyOf(place);
    const commits = this.#commits.get(key);
    if (commits === undefined) this.#commits.set(key, [merge]);
    else commits.push(merge);
  }

  /** Whether a version contains a commit that settles an operation. */
  isSettled(graph: CommitGraph, version: readonly CommitId[], place: OperationPlace): boolean {
    return (this.#commits.get(keyOf(place)) ?? []).some((merge) => isInHistory(graph, merge, version));
  }
}

const keyOf = ({ record, commit, index }: OperationPlace): string => `${record} ${commit} ${index}`;

/**
 * The operations that a merge commit has to settle.
 * @param parents of the merge commit; each by itself is consistent
 * @param merged the view that they form
 * @param contested the records that they do not have in the same version
 */
export function operationsToSettle(
  graph: CommitGraph,
  parents: readonly CommitId[],
  merged: View,
  contested: ReadonlySet<RecordId>,
  settlements: Settlements,
): OperationPlace[] {
  if (parents.length < 2) return [];
  const join = joinOf(
    graph,
    parents.map((parent) => maximal(graph, [parent])),
  );
  const places: OperationPlace[] = [];
  const windows = new Map<RecordId, Window>();
  for (const record of contested) {
    const version = merged.get(record);
    if (version !== undefined) windows.set(record, windowOf(record, version.heads, join.floor, places));
  }
  const all = [...windows.values()].flatMap(({ operations }) => operations);
  const placeOf = ({ id }: JudgedOperation): OperationPlace => places[id]!;
  const suspectCommits = new Set(join.suspects);
  const suspects = all.filter(
    (operation) =>
      suspectCommits.has(operation.commit) && !settlements.isSettled(graph, join.version, placeOf(operation)),
  );
  const beyond = join.beyond.map((commits) => {
    const known = new Set(commits);
    return all.filter(({ commit }) => known.has(commit));
  });
  const breaches = findBreaches(
    {
      graph,
      version: join.version,
      floor: join.floor,
      operations: new Map([...windows].map(([record, window]) => [record, window.operations])),
      base: (record) => windows.get(record)?.base,
    },
    exposed(join, suspects, beyond),
  );
  return [...new Set(breaches.map(({ operation }) => operation.id))].map((id) => places[id]!);
}

interface Window {
  /** In canonical order. */
  readonly operations: readonly JudgedOperation[];
  readonly base: RecordNode["state"];
}

/**
 * The operations of a record from a logical time on, and its state before them.
 * @param places gets the place of each operation, at the index that is its id
 */
function windowOf(record: RecordId, heads: readonly RecordNode[], floor: number, places: OperationPlace[]): Window {
  const seen = new Set<RecordNode>(heads);
  const operations: JudgedOperation[] = [];
  const below: RecordNode[] = [];
  for (const node of seen) {
    const { commit, logicalTime } = node;
    if (logicalTime < floor) {
      below.push(node);
      continue;
    }
    node.operations.forEach((effect, index) => {
      operations.push({ ...effect, id: places.length, commit, logicalTime, record, predicates: [] });
      places.push({ record, commit, index });
    });
    // A set may grow while it is gone through.
    for (const parent of node.parents) seen.add(parent);
  }
  const versions = below.map((node) => ({ heads: [node], state: node.state }));
  const base = versions.length === 0 ? undefined : mergeVersions(versions).state;
  return { operations: operations.sort(compareCanonical), base };
}
