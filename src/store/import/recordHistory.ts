/**
 * Histories of records in memory, while a history is imported. A node is a commit that touches one record, with its
 * operations on it and the state after them. States share whatever did not change, so that a node costs about what its
 * operations cost.
 */
import type { CommitId } from "../../core/ids";
import type { State } from "../../core/json";
import { applyAll, type Effect } from "../../core/operation";

export interface RecordNode {
  readonly commit: CommitId;
  readonly logicalTime: number;
  /** The record's heads in the version that the commit's parents form. */
  readonly parents: readonly RecordNode[];
  readonly operations: readonly Effect[];
  /** At the commit. */
  readonly state: State;
}

/** A record in a version. */
export interface RecordVersion {
  /** Maximal, in no particular order, at least one. */
  readonly heads: readonly RecordNode[];
  readonly state: State;
}

/** What a commit makes of a record by its operations. */
export function extend(
  before: RecordVersion | undefined,
  commit: { readonly id: CommitId; readonly logicalTime: number },
  operations: readonly Effect[],
): RecordVersion {
  const state = applyAll(before?.state, operations);
  const parents = before?.heads ?? [];
  return versionAt({ commit: commit.id, logicalTime: commit.logicalTime, parents, operations, state });
}

const versionAt = (node: RecordNode): RecordVersion => ({ heads: [node], state: node.state });

/** Canonical order among the commits of one record. */
const isAfter = (a: RecordNode, b: RecordNode): boolean =>
  a.logicalTime !== b.logicalTime ? a.logicalTime > b.logicalTime : a.commit > b.commit;

/**
 * The merged version of a record: the state after the operations of all versions' histories in canonical order.
 *
 * Walks back from the heads in reverse canonical order, until only one node is waiting: everything that remains is that
 * node's own history, which comes before everything that was passed, so its state is where the replay starts.
 * @param versions at least one
 */
export function mergeVersions(versions: readonly RecordVersion[]): RecordVersion {
  const [first, ...others] = versions;
  if (!first) throw new RangeError("no version to merge");
  if (others.every((version) => version === first)) return first;
  const heads = new Set(versions.flatMap((version) => version.heads));
  const waiting = new Set(heads);
  const descended = new Set<RecordNode>();
  const passed: RecordNode[] = [];
  while (waiting.size > 1) {
    const last = takeLast(waiting);
    passed.push(last);
    for (const parent of last.parents) {
      descended.add(parent);
      waiting.add(parent);
    }
  }
  const maximal = [...heads].filter((head) => !descended.has(head));
  const same = versions.find((version) => sameHeads(version.heads, maximal));
  if (same) return same;
  const [base] = waiting;
  const operations = passed.reverse().flatMap((node) => node.operations);
  return { heads: maximal, state: applyAll(base?.state, operations) };
}

/** Few nodes wait at a time: as many as there are branches. */
function takeLast(waiting: Set<RecordNode>): RecordNode {
  let last: RecordNode | undefined;
  for (const node of waiting) if (!last || isAfter(node, last)) last = node;
  if (!last) throw new RangeError("nothing is waiting");
  waiting.delete(last);
  return last;
}

export function sameHeads(a: readonly RecordNode[], b: readonly RecordNode[]): boolean {
  return a.length === b.length && a.every((head) => b.includes(head));
}
