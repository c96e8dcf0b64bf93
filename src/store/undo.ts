/** Reverting commits, and picking them: operations of the past, proposed again on a frontier's present. */
import type { ProposedOperation } from "../core/admission";
import { maximal } from "../core/antichain";
import { compareCanonical } from "../core/canonicalOrder";
import { Conflicted } from "../core/conflict";
import type { Breach, JudgedOperation } from "../core/consistency";
import { InvalidInput, NotFound, type InputPath } from "../core/errors";
import { compareCommits, isInHistory } from "../core/graph";
import type { CommitId, RecordId } from "../core/ids";
import { Fold } from "../core/fold";
import type { State } from "../core/json";
import { inversesOf } from "../core/inverse";
import { firstFailure } from "../core/judge";
import { applyOperation, foldOperation, footprintOf, refusalOf, type Operation } from "../core/operation";
import { pathsOverlap } from "../core/path";
import { aboutValues } from "../core/predicates";
import { changeFrontier, commitOnPresent, type ChangeRequest, type CommitResult } from "./commit";
import { newCommitsOf } from "./commitGraphCache";
import { conflictsOf, sideOf } from "./conflicts";
import type { Sql } from "./database";
import { readChanges } from "./frontierLog";
import type { FrontierRow } from "./frontiers";
import { operationsOfCommits } from "./operationRows";
import { readRecordWindows, readStatesAtHeads, type RecordWindow } from "./recordWindows";
import type { Store } from "./store";
import { recordsOfCommits } from "./recordsOfCommits";
import { readTypesByRecord } from "./typeTables";
import { readHeads, readRecords } from "./versionHeads";
import { antichainOf, presentOf, type Version } from "./versions";

export interface RevertRequest extends ChangeRequest {
  /** What is undone: commits in the frontier's history, or all that one change of it brought in. */
  readonly what: { readonly commits: readonly CommitId[] } | { readonly change: number };
  /** Undo what still can be undone, whatever was changed since. */
  readonly force: boolean;
}

/**
 * Makes one commit that undoes others.
 * @throws InvalidInput, NotFound, AlreadyExists, Locked, StaleSequence; Conflicted where what they left was changed since
 */
export async function revertOnFrontier(store: Store, request: RevertRequest): Promise<CommitResult> {
  return changeFrontier(store, request, async (sql, frontier) => {
    const present = await presentOf(store, frontier);
    const undone = await commitsToUndo(store, sql, frontier, request.what);
    const steps = await stepsOf(store, sql, present, undone);
    const types = await readTypesByRecord(
      sql,
      steps.map(({ operation }) => operation.record),
    );
    const at = "change" in request.what ? ["change"] : ["commits"];
    const records = [...new Set(steps.map(({ operation }) => operation.record))];
    const states = new Map<RecordId, State>();
    for (const [record, { state }] of await readRecords(store, sql, present, records)) states.set(record, state);
    const proposals: ProposedOperation[] = [];
    const failures: Failed[] = [];
    for (const { undone: step, operations } of inversesOf(steps)) {
      for (const operation of operations) {
        const guarded = request.force ? { ...operation, predicates: [] } : operation;
        const failure = failureOf(guarded, states);
        if (failure === null) {
          const { record } = guarded;
          states.set(record, applyOperation(states.get(record), guarded));
          proposals.push({ kind: "operation", ...guarded, ...typed(guarded, types), at });
        } else if (!request.force) failures.push({ ...failure, operation: step.operation });
      }
    }
    if (failures.length > 0) await refuse(store, sql, present, undone, failures);
    if (proposals.length === 0) throw new InvalidInput("There is nothing left to undo.", at);
    return commitOnPresent(store, sql, frontier, request, proposals, "REVERT");
  });
}

async function commitsToUndo(
  store: Store,
  sql: Sql,
  frontier: FrontierRow,
  what: RevertRequest["what"],
): Promise<CommitId[]> {
  const { graph } = store.commits;
  if ("commits" in what) {
    if (what.commits.length === 0) throw new InvalidInput("Name a commit to undo.", ["commits"]);
    await antichainOf(store, what.commits, ["commits"]);
    for (const [index, commit] of what.commits.entries()) {
      if (isInHistory(graph, commit, frontier.members)) continue;
      throw new InvalidInput(`The commit ${commit} is not in the frontier's history.`, ["commits", index]);
    }
    return [...new Set(what.commits)].sort(compareCommits(graph));
  }
  const [change] = await readChanges(sql, frontier.name, what.change - 1, 1);
  if (change?.sequence !== what.change) throw new NotFound(`There is no change ${what.change}.`, ["change"]);
  const entered = await newCommitsOf(store.commits, change);
  const commits = entered.filter((commit) => isInHistory(graph, commit, frontier.members));
  if (commits.length === 0) throw new InvalidInput("The change brought nothing that is in the frontier.", ["change"]);
  return commits;
}

interface Step {
  readonly operation: JudgedOperation;
  readonly before: State;
}

/**
 * The operations of commits in canonical order, each with the state of its record right before it as the frontier
 * replays it: what stood there may come from another branch.
 */
async function stepsOf(store: Store, sql: Sql, present: Version, commits: readonly CommitId[]): Promise<Step[]> {
  const records = await recordsOfCommits(sql, commits);
  const windows = await windowsSince(store, sql, present, commits, records);
  const bases = await readStatesAtHeads(
    store,
    sql,
    windows.map(({ record, cut }) => ({ record, heads: cut })),
  );
  const undone = new Set(commits);
  const steps = windows.flatMap(({ operations }, place) => {
    const own: Step[] = [];
    let state = bases[place];
    let fold = new Fold();
    for (const operation of operations) {
      if (!undone.has(operation.commit)) {
        state = foldOperation(state, operation, fold);
        continue;
      }
      own.push({ operation, before: state });
      state = applyOperation(state, operation);
      // What a step keeps must not change any more.
      fold = new Fold();
    }
    return own;
  });
  return steps.sort((a, b) => compareCanonical(a.operation, b.operation));
}

/** Windows of records in a version from the first of some commits on. */
async function windowsSince(
  store: Store,
  sql: Sql,
  version: Version,
  commits: readonly CommitId[],
  records: readonly RecordId[],
): Promise<RecordWindow[]> {
  const { graph } = store.commits;
  const heads = await readHeads(store, sql, version, records);
  const requests = records.map((record) => ({ record, heads: heads.get(record) ?? [] }));
  return readRecordWindows(sql, graph, requests, Math.min(...commits.map((commit) => graph.logicalTime(commit))));
}

type Failed = Omit<Breach, "brokenBy">;

function failureOf(operation: Operation, states: ReadonlyMap<RecordId, State>): Omit<Failed, "operation"> | null {
  const read = (record: RecordId | undefined) => states.get(record ?? operation.record);
  const failure = firstFailure(operation.predicates, read);
  const place = { record: operation.record, path: operation.path };
  if (failure !== null) return { ...place, path: failure.path, reason: "PREDICATE", predicate: failure.predicate };
  return refusalOf(read(undefined), operation) === null ? null : { ...place, reason: "PRECONDITION", predicate: null };
}

function typed({ operation, record }: Operation, types: ReadonlyMap<RecordId, string>): { type?: string } {
  const type = types.get(record);
  return operation !== "create" || type === undefined ? {} : { type };
}

/** @throws Conflicted, naming who changed since what the commits left */
async function refuse(
  store: Store,
  sql: Sql,
  present: Version,
  undone: readonly CommitId[],
  failures: readonly Failed[],
): Promise<never> {
  const { graph } = store.commits;
  const records = [...new Set(failures.map(({ record }) => record))];
  const windows = await windowsSince(store, sql, present, undone, records);
  const own = new Set(undone);
  const breaches = failures.map((failure): Breach => {
    const window = windows.find(({ record }) => record === failure.record);
    const later = (window?.operations ?? []).filter(
      ({ commit }) => !own.has(commit) && !isInHistory(graph, commit, [failure.operation.commit]),
    );
    const near = later.filter((one) => footprintOf(one).some((changed) => pathsOverlap(changed, failure.path)));
    return { ...failure, brokenBy: near.length > 0 ? near : later };
  });
  const sides = [present, { commits: maximal(graph, undone) }].map((version) => sideOf(store, sql, version));
  const conflicts = await conflictsOf(store, sql, breaches, [], sides);
  throw new Conflicted("What the commits left was changed since.", conflicts);
}

export interface CherryPickRequest extends ChangeRequest {
  readonly commits: readonly CommitId[];
}

/**
 * Proposes the operations of commits again, as one commit, in canonical order, with their predicates about values.
 * @throws InvalidInput, LimitExceeded, NotFound, AlreadyExists, PredicateFailed (its index counts the operations of all
 *   commits in their order), Locked, StaleSequence
 */
export async function cherryPickOnFrontier(store: Store, request: CherryPickRequest): Promise<CommitResult> {
  return changeFrontier(store, request, async (sql, frontier) => {
    await antichainOf(store, request.commits, ["commits"]);
    const operations = (await operationsOfCommits(sql, request.commits)).sort(compareCanonical);
    if (operations.length === 0) throw new InvalidInput("The commits have no operations.", ["commits"]);
    const types = await readTypesByRecord(
      sql,
      operations.map(({ record }) => record),
    );
    const proposals = operations.map((operation): ProposedOperation => {
      const { record, path, parameters } = operation;
      const at: InputPath = ["commits", request.commits.indexOf(operation.commit)];
      const predicates = aboutValues(operation.predicates);
      const effect = { record, path, operation: operation.operation, parameters };
      return { kind: "operation", ...effect, predicates, ...typed(operation, types), at };
    });
    return commitOnPresent(store, sql, frontier, request, proposals, "CHERRY_PICK");
  });
}
