/** Committing on a frontier: admission on the parents, judgement beside what happened since, all in one transaction. */
import type { Proposal } from "../core/admission";
import { maximal, versionKey } from "../core/antichain";
import { Conflicted } from "../core/conflict";
import { InvalidInput } from "../core/errors";
import { isInHistory } from "../core/graph";
import type { CommitId, RecordId } from "../core/ids";
import type { State } from "../core/json";
import { advance } from "./advance";
import { conflictsOf, findSchemaBreaches, sideOf, type Side } from "./conflicts";
import { together, type Sql } from "./database";
import { wasLately, type ChangeCause } from "./frontierLog";
import { onFrontier } from "./frontierQueue";
import { lockFrontierRow, refuseLocked, refuseStale, type FrontierRow } from "./frontiers";
import { findKey, keepKey } from "./idempotency";
import { judgeProposal, statesWithProposal } from "./judgement";
import { refuseInconsistent } from "./mergeJudgement";
import { propose, writeProposed, type CommitTexts, type ProposedCommit } from "./propose";
import { RecentPast } from "./recentPast";
import type { RecordVersion } from "./recordStates";
import type { Store } from "./store";
import { antichainOf, presentOf, type Version } from "./versions";

/** What every change of a frontier by a commit takes. */
export interface ChangeRequest extends CommitTexts {
  readonly frontier: string;
  readonly expectedSequence?: number | null;
  readonly idempotency?: { readonly key: string; readonly fingerprint: string };
}

export interface CommitRequest extends ChangeRequest {
  /** The version that the operations were made on; default: the frontier's commits. */
  readonly parents?: readonly CommitId[] | null;
  /** At least one; read and checked, each knows its place in the input. */
  readonly proposals: readonly Proposal[];
}

export interface CommitResult {
  /** Null where none was needed. */
  readonly commit: CommitId | null;
  /** The sequence of the change that it made; null where nothing changed. */
  readonly sequence: number | null;
  /** True when an idempotency key was met again: nothing was done now. */
  readonly replayed: boolean;
}

/**
 * Commits operations on a frontier.
 * @throws InvalidInput, LimitExceeded, NotFound, AlreadyExists, PredicateFailed, Conflicted, Locked, StaleSequence; then
 *   nothing is stored
 */
export async function commitOnFrontier(store: Store, request: CommitRequest): Promise<CommitResult> {
  if (request.proposals.length === 0) throw new InvalidInput("A commit has at least one operation.", ["operations"]);
  return changeFrontier(store, request, async (sql, frontier) => {
    const { commits } = await presentOf(store, frontier);
    // Others name it as their parents while the frontier moves on.
    store.stood.set(versionKey(commits), true);
    const named = request.parents ? await antichainOf(store, request.parents, ["parents"]) : commits;
    if (named.join() === commits.join())
      return commitOnPresent(store, sql, frontier, request, request.proposals, "COMMIT");
    for (const [index, commit] of (request.parents ?? []).entries()) {
      if (isInHistory(store.commits.graph, commit, commits)) continue;
      throw new InvalidInput(`The commit ${commit} is not in the frontier's history.`, ["parents", index]);
    }
    await refuseUnfitParents(store, sql, frontier, { commits: named });
    return commitOnPast(store, sql, frontier, { commits: named }, request);
  });
}

/**
 * Runs a change of a frontier in its turn, in a transaction that holds its row's lock, once for each idempotency key.
 * @throws NotFound, AlreadyExists, Locked, StaleSequence
 */
export async function changeFrontier(
  store: Store,
  request: ChangeRequest,
  change: (sql: Sql, frontier: FrontierRow) => Promise<Changed>,
  at: readonly string[] = ["frontier"],
): Promise<CommitResult> {
  const locked = { settings: BY_INDEX, read: (sql: Sql) => lockFrontierRow(sql, request.frontier, at) };
  const work = async (sql: Sql, frontier: FrontierRow): Promise<Changed & CommitResult> => {
    if (request.idempotency) {
      const { key, fingerprint } = request.idempotency;
      const kept = await findKey(sql, frontier.name, key, fingerprint);
      if (kept) return { ...kept, replayed: true };
    }
    refuseLocked(frontier);
    refuseStale(frontier, request.expectedSequence);
    const result = await change(sql, frontier);
    if (request.idempotency) {
      const { key, fingerprint } = request.idempotency;
      await keepKey(sql, frontier.name, key, fingerprint, result);
    }
    return { ...result, replayed: false };
  };
  const { made, ...result } = await onFrontier(store.database, request.frontier, work, locked);
  // It stands, and need not be read for the next commit.
  if (made) store.commits.graph.add(made.commit, made.graph.logicalTime(made.commit), made.parents);
  return result;
}

/**
 * What is planned once is planned for tables of any size: it goes by their indexes, also where they are small as yet and
 * would be read whole.
 */
const BY_INDEX = "; set local enable_seqscan = off";

/** What a change of a frontier did. */
export interface Changed extends Omit<CommitResult, "replayed"> {
  /** The commit that it made, if the graph of the store has all its parents. */
  readonly made?: ProposedCommit;
}

/** Commits operations on what the frontier holds: whatever is admitted there can stand. */
export async function commitOnPresent(
  store: Store,
  sql: Sql,
  frontier: FrontierRow,
  texts: CommitTexts,
  proposals: readonly Proposal[],
  cause: ChangeCause,
): Promise<Changed> {
  const proposed = await propose(store, sql, await presentOf(store, frontier), proposals);
  // What is written first is sent first.
  const [, change] = await together(
    writeProposed(store, sql, proposals, proposed, texts),
    advance(store, sql, frontier, {
      cause,
      members: maximal(proposed.graph, [proposed.commit]),
      author: texts.author,
      message: texts.message,
      changed: statesAt(proposed),
      typeOf: (record) => proposed.typeOf(record),
    }),
  );
  return { commit: proposed.commit, sequence: change.sequence, made: proposed };
}

/** The records that a proposed commit changes, as they are at it. */
export function statesAt({ admitted, commit }: ProposedCommit): RecordVersion[] {
  return [...admitted.states].map(([record, state]) => ({ record, heads: [commit], state }));
}

async function commitOnPast(
  store: Store,
  sql: Sql,
  frontier: FrontierRow,
  parents: Version,
  request: CommitRequest,
): Promise<Changed> {
  const present = await presentOf(store, frontier);
  const past = new RecentPast(store, sql, present, parents);
  const proposed = await propose(store, sql, parents, request.proposals, {
    read: (records, types) => past.atParents(records, types),
  });
  const { graph, commit } = proposed;
  const judgement = await judgeProposal(sql, graph, past, proposed);
  const changed = await statesWithProposal(past, proposed);
  const schemaBreaches = await findSchemaBreaches(store, sql, changed, proposed);
  const conflicts = await conflictsOf(
    store,
    sql,
    judgement.breaches,
    schemaBreaches,
    [sideOf(store, sql, present), sideAtParents(past, proposed)],
    proposed,
    sideAtParents(past),
  );
  if (conflicts.length > 0)
    throw new Conflicted("The commit conflicts with what happened since its parents.", conflicts);
  const [, change] = await together(
    writeProposed(store, sql, request.proposals, proposed, request),
    advance(store, sql, frontier, {
      cause: "COMMIT",
      members: judgement.join.version,
      author: request.author,
      message: request.message,
      changed,
      typeOf: (record) => proposed.typeOf(record),
    }),
  );
  return { commit, sequence: change.sequence, made: proposed };
}

/** What the parents of a commit hold, and where it is given what the commit makes of that. */
function sideAtParents(past: RecentPast, proposed?: ProposedCommit): Side {
  return {
    commits: past.parents.commits,
    read: async (records) => {
      const states = new Map<RecordId, State>();
      for (const [record, { state }] of await past.atParents(records)) states.set(record, state);
      for (const [record, state] of proposed?.admitted.states ?? []) if (states.has(record)) states.set(record, state);
      return states;
    },
  };
}

/** @throws Conflicted where a version cannot be committed on */
async function refuseUnfitParents(store: Store, sql: Sql, frontier: FrontierRow, parents: Version): Promise<void> {
  const key = versionKey(parents.commits);
  if (parents.commits.length < 2 || store.stood.get(key) === true) return;
  // Mostly it is another process that has seen it.
  if (await wasLately(sql, frontier.name, parents.commits)) store.stood.set(key, true);
  else await refuseInconsistent(store, sql, parents, "parents");
}
