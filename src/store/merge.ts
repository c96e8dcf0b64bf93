/** Joining a version into a frontier, with or without a merge commit, settling what conflicts. */
import type { Proposal } from "../core/admission";
import { maximal } from "../core/antichain";
import { Conflicted } from "../core/conflict";
import { InvalidInput, type InputPath } from "../core/errors";
import type { RecordId } from "../core/ids";
import type { State } from "../core/json";
import type { Place } from "../core/reads";
import { isAt, isTouched, operationsForChoices, placesOf, type Choice } from "../core/settlement";
import { advance } from "./advance";
import { changeFrontier, statesAt, type ChangeRequest, type CommitResult } from "./commit";
import { sideOf } from "./conflicts";
import type { Sql } from "./database";
import type { FrontierRow } from "./frontiers";
import { conflictsOfMerge, judgeMerge, placeOf, type AnyBreach, type MergeJudgement } from "./mergeJudgement";
import { propose, TRIAL, writeProposed, type ProposedCommit } from "./propose";
import type { RecordVersion } from "./recordStates";
import type { Store } from "./store";
import { readTypesByRecord } from "./typeTables";
import { presentOf, type Version } from "./versions";

/** Which side's value is taken: what `into` holds, or what `from` holds. */
export type Take = "OURS" | "THEIRS";

export interface MergeChoice extends Place {
  readonly take: Take;
  /** Where it stands in the input. */
  readonly at: InputPath;
}

export interface MergeRequest extends ChangeRequest {
  readonly from: Version;
  /** Make a merge commit even where none is needed. */
  readonly createCommit: boolean;
  /** Operations on the merged view. */
  readonly resolution: readonly Proposal[];
  readonly choices: readonly MergeChoice[];
  /** For conflicts that nothing else settles; null: they stay. */
  readonly strategy: Take | null;
}

/**
 * Joins a version into a frontier.
 * @throws InvalidInput, LimitExceeded, NotFound, AlreadyExists, PredicateFailed, Locked, StaleSequence; Conflicted with
 *   the conflicts that nothing settles; then nothing is stored
 */
export async function mergeIntoFrontier(store: Store, request: MergeRequest): Promise<CommitResult> {
  return changeFrontier(store, request, (sql, frontier) => merge(store, sql, frontier, request), ["into"]);
}

async function merge(
  store: Store,
  sql: Sql,
  frontier: FrontierRow,
  request: MergeRequest,
): Promise<Omit<CommitResult, "replayed">> {
  const versions = [await presentOf(store, frontier), request.from];
  const judged = await judgeMerge(store, sql, versions);
  const { breaches } = judged;
  const proposals = await settlingOperations(store, sql, versions, judged, breaches, request);
  const isSettled = breaches.length > 0 || proposals.length > 0;
  if (!isSettled && !request.createCommit) return joinWithout(store, sql, frontier, judged, request);

  const proposed = await propose(store, sql, judged.merged, proposals, { removesGone: true });
  const left = breaches.filter((breach) => !isTouched(placeOf(breach), proposed.admitted.operations));
  if (left.length > 0) {
    throw new Conflicted(
      "The versions conflict, and not all of it is settled.",
      await conflictsOfMerge(store, sql, versions, left),
    );
  }
  const settles = judged.judgement.breaches.map(({ operation }) => operation.id);
  await writeProposed(store, sql, proposals, proposed, request, [...new Set(settles)]);
  const change = await advance(store, sql, frontier, {
    cause: "MERGE",
    members: maximal(proposed.graph, [proposed.commit]),
    author: request.author,
    message: request.message,
    changed: await changedByMerge(frontier, judged, proposed),
  });
  return { commit: proposed.commit, sequence: change.sequence };
}

/** Joins versions that can stand together: the frontier has the commits of both. */
async function joinWithout(
  store: Store,
  sql: Sql,
  frontier: FrontierRow,
  judged: MergeJudgement,
  request: MergeRequest,
): Promise<Omit<CommitResult, "replayed">> {
  const members = judged.merged.commits;
  if (members.join() === frontier.members.join()) return { commit: null, sequence: null };
  const change = await advance(store, sql, frontier, {
    cause: "MERGE",
    members,
    author: request.author,
    message: request.message,
    changed: await changedByMerge(frontier, judged, null),
  });
  return { commit: null, sequence: change.sequence };
}

/** What the frontier holds after the merge of all that it did not hold before. */
async function changedByMerge(
  frontier: FrontierRow,
  judged: MergeJudgement,
  proposed: ProposedCommit | null,
): Promise<RecordVersion[]> {
  if (!frontier.materialised) return [];
  const own = proposed === null ? [] : statesAt(proposed);
  const done = new Set(own.map(({ record }) => record));
  // The frontier is the first of what was joined.
  const [beyond = new Set<RecordId>()] = judged.judgement.touched;
  const records = [...beyond].filter((record) => !done.has(record)).sort();
  return [...own, ...(await judged.judgement.joined.versionsOf(records))];
}

/** The operations of the merge commit: those that were given, then those that choices and the strategy ask for. */
async function settlingOperations(
  store: Store,
  sql: Sql,
  versions: readonly Version[],
  judged: MergeJudgement,
  breaches: readonly AnyBreach[],
  request: MergeRequest,
): Promise<readonly Proposal[]> {
  for (const choice of request.choices) {
    if (breaches.some((breach) => isAt(placeOf(breach), choice))) continue;
    throw new InvalidInput("There is no conflict at this place.", choice.at);
  }
  if (request.choices.length === 0 && request.strategy === null) return request.resolution;
  const resolved =
    request.resolution.length === 0
      ? undefined
      : await propose(store, sql, judged.merged, request.resolution, { removesGone: true, commit: TRIAL });
  const choices = [...request.choices, ...choicesOfStrategy(breaches, request, resolved)];
  if (choices.length === 0) return request.resolution;
  const records = [...new Set(choices.map(({ record }) => record))];
  const sides: ReadonlyMap<RecordId, State>[] = [];
  for (const version of versions) sides.push(await sideOf(store, sql, version).read(records));
  const [ours, theirs] = sides;
  const found = new Map((await judged.judgement.joined.versionsOf(records)).map((one) => [one.record, one.state]));
  const types = await readTypesByRecord(sql, records);
  const wanted: Choice[] = choices
    // The shorter path first, so that what stands below it is not put into something that is replaced after.
    .sort((a, b) => a.path.length - b.path.length)
    .map(({ record, path, take, at }) => ({ record, path, at, state: (take === "OURS" ? ours : theirs)?.get(record) }));
  const states = resolved?.admitted.states;
  return [
    ...request.resolution,
    ...operationsForChoices(
      wanted,
      (record) => (states?.has(record) ? states.get(record) : found.get(record)),
      (record) => types.get(record),
    ),
  ];
}

/** What the strategy chooses: at every place of a conflict that neither the resolution nor a choice settles. */
function choicesOfStrategy(
  breaches: readonly AnyBreach[],
  { choices, strategy }: MergeRequest,
  resolved: ProposedCommit | undefined,
): MergeChoice[] {
  if (strategy === null) return [];
  const open = breaches
    .map((breach) => placeOf(breach))
    .filter((place) => !choices.some((choice) => isAt(place, choice)))
    .filter((place) => !isTouched(place, resolved?.admitted.operations ?? []));
  return placesOf(open).map((place) => ({ ...place, take: strategy, at: ["strategy"] }));
}
