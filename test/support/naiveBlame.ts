/** Blame by the letter: from a leaf back, one operation at a time, with all states replayed. */
import { commonEnds } from "../../src/core/difference";
import { equalJson } from "../../src/core/equality";
import type { CommitId, OperationId } from "../../src/core/ids";
import { isList, isObject, type Json, type State } from "../../src/core/json";
import { applyOperation } from "../../src/core/operation";
import { lookup, type Path } from "../../src/core/path";
import { pathsIn } from "./arbitraries";
import { naiveHistory } from "./arbitrariesGraphs";
import { naiveOperations, stateAt, type RecordHistory } from "./arbitrariesRecords";

type Known = Pick<RecordHistory, "commits" | "operations">;

/** Who gave a leaf its value, by going back from it step by step; and through how many merges that led. */
export function naiveBlame(
  history: Known,
  version: Iterable<CommitId>,
  leaf: Path,
): { operation: OperationId; merges: number } {
  const operations = naiveOperations(history, version);
  const states: State[] = [undefined];
  for (const operation of operations) states.push(applyOperation(states[states.length - 1], operation));
  const value = valueAt(states[states.length - 1], leaf)!;
  let path = leaf;
  let afterCommit = leaf;
  for (let index = operations.length - 1; index >= 0; index--) {
    const { commit, id } = operations[index]!;
    if (operations[index + 1]?.commit !== commit) afterCommit = path;
    const earlier = pathBefore(states[index], states[index + 1], path);
    const before = earlier && valueAt(states[index], earlier);
    if (earlier && before !== undefined && equalJson(before, value)) {
      path = earlier;
      continue;
    }
    const parents = history.commits.parents(commit);
    for (const parent of parents.length < 2 ? [] : [...parents].sort((a, b) => a - b)) {
      const there = valueAt(stateAt(history, [parent]), afterCommit);
      if (there === undefined || !equalJson(there, value)) continue;
      const found = naiveBlame(history, [parent], afterCommit);
      return { ...found, merges: found.merges + 1 };
    }
    return { operation: id, merges: 0 };
  }
  throw new Error("Nobody gave the leaf its value.");
}

/** What stands at a path; undefined where there is nothing. */
export function valueAt(state: State, path: Path): Json | undefined {
  const found = lookup(state, path);
  return found.exists ? found.value : undefined;
}

/** Where what stands at a path stood one operation earlier; undefined where it was not there in any way. */
function pathBefore(before: State, after: State, path: Path): Path | undefined {
  let old: Json | undefined = before;
  let now: Json | undefined = after;
  const earlier: (string | number)[] = [];
  for (const step of path) {
    if (isList(old) && isList(now)) {
      const { start, end } = commonEnds(old, now);
      const index = step as number;
      const moved: number = index >= now.length - end ? index + old.length - now.length : index;
      if (index >= start && index < now.length - end && old.length !== now.length) return undefined;
      earlier.push(moved);
      old = old[moved];
      now = now[index];
    } else if (isObject(old) && isObject(now) && Object.hasOwn(old, step)) {
      earlier.push(step);
      old = old[step];
      now = now[step];
    } else return undefined;
  }
  return old === undefined ? undefined : earlier;
}

/** The paths of all scalars and of all empty lists and objects. */
export const leafPaths = (state: State): Path[] =>
  pathsIn(state).filter((path) => {
    const value = valueAt(state, path);
    return typeof value !== "object" || value === null || Object.keys(value).length === 0;
  });

export interface Step {
  readonly id: OperationId;
  readonly before: State;
  readonly after: State;
}

/** What every operation did in the version, and in those of the parents of merges. */
export function replaysOf(history: Known, version: Iterable<CommitId>): Step[][] {
  const { commits } = history;
  const merges = [...naiveHistory(commits, version)].filter((commit) => commits.parents(commit).length > 1);
  const versions = [version, ...merges.flatMap((commit) => commits.parents(commit).map((parent) => [parent]))];
  return versions.map((version) => {
    let state: State;
    return naiveOperations(history, version).map((operation) => {
      const before = state;
      state = applyOperation(before, operation);
      return { id: operation.id, before, after: state };
    });
  });
}

/** Whether an operation gave a leaf its value: it was not there before it and is after it; elements may have moved since. */
export function gave(steps: readonly Step[], operation: OperationId, path: Path, value: Json): boolean {
  const form = (at: Path) => JSON.stringify(at.map((step) => (typeof step === "number" ? 0 : step)));
  const holds = (state: State) =>
    pathsIn(state).some((at) => form(at) === form(path) && equalJson(valueAt(state, at)!, value));
  const step = steps.find(({ id }) => id === operation);
  if (step === undefined || step.before === step.after) return false;
  return holds(step.after) && (hasIndex(path) || !holds(step.before));
}

export const hasIndex = (path: Path) => path.some((step) => typeof step === "number");
