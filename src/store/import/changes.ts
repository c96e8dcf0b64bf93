/** What a commit of the source changes: the operations that take the merged view of its parents to what it holds. */
import { difference } from "../../core/difference";
import { equalJson } from "../../core/equality";
import { OmdbError } from "../../core/errors";
import type { CommitId, RecordId } from "../../core/ids";
import type { Effect } from "../../core/operation";
import type { JsonObject, State } from "../../core/json";
import { limitsOfStates, type Limits } from "../../core/limits";
import { checkValue } from "../../core/value";
import { extend } from "./recordHistory";
import type { Contents } from "./source";
import type { View } from "./views";

export interface RecordChange {
  readonly record: RecordId;
  readonly operations: readonly Effect[];
  /** The latest commits that touched it before, ascending. */
  readonly parents: readonly CommitId[];
}

/**
 * Brings a view to what a commit holds, and tells how. States that omdb cannot hold are rejected: those records stay as
 * they were.
 * @param view of the commit's parents; afterwards that of the commit
 */
export function changesOf(
  view: View,
  contents: Contents,
  commit: { readonly id: CommitId; readonly logicalTime: number },
  limits: Limits,
): RecordChange[] {
  const changes: RecordChange[] = [];
  const change = (record: RecordId, to: State): void => {
    const before = view.get(record);
    const operations = difference(before?.state, to);
    const after = extend(before, commit, operations);
    if (!equalJson(after.state ?? null, to ?? null))
      throw new Error(`operations do not give the state of record ${record}`);
    const parents = (before?.heads ?? []).map((head) => head.commit).sort((a, b) => a - b);
    changes.push({ record, operations, parents });
    view.set(record, after);
  };
  for (const [record, { state }] of contents.states) {
    const before = view.get(record)?.state;
    if (state === null ? before === undefined : before !== undefined && equalJson(before, state)) continue;
    const checked = state === null ? { state: undefined } : check(state, limits);
    if ("refusal" in checked) contents.reject(record, checked.refusal);
    else change(record, checked.state);
  }
  if (!contents.complete) return changes;
  for (const [record, version] of view) {
    if (version.state === undefined || contents.states.has(record) || contents.kept.has(record)) continue;
    change(record, undefined);
  }
  return changes;
}

function check(state: JsonObject, limits: Limits): { readonly state: State } | { readonly refusal: string } {
  try {
    return { state: checkValue(state, [], limitsOfStates(limits)) as JsonObject };
  } catch (error) {
    if (!(error instanceof OmdbError)) throw error;
    const place = error.inputPath.length > 0 ? ` (at ${JSON.stringify(error.inputPath)})` : "";
    return { refusal: `${error.message}${place}` };
  }
}
