/**
 * Judging what versions form together, from the database: which operations would not hold (semantics §6). It reads what
 * lies between the versions and not what lies behind them.
 */
import { maximal, versionKey } from "../core/antichain";
import { exposed, findBreaches, type Breach, type JudgedOperation } from "../core/consistency";
import { compareCanonical } from "../core/canonicalOrder";
import { isInHistory, type CommitGraph } from "../core/graph";
import type { CommitId, OperationId, RecordId } from "../core/ids";
import { joinOf, type Join } from "../core/joining";
import { readsOf } from "../core/reads";
import { applyAll } from "../core/operation";
import { JoinedWindows, startOfWindows, type BasedWindow } from "./basedWindows";
import { contestedRecords, readTouched, type Touched } from "./contested";
import type { Sql } from "./database";
import { operationsByCommit, operationsThatRead, readSettlements, type Settlement } from "./operationRows";
import type { RecentPast } from "./recentPast";
import type { RecordVersion } from "./recordStates";
import type { Store } from "./store";
import type { Version } from "./versions";

/** A commit that is not stored yet. */
export interface Proposed {
  readonly commit: CommitId;
  readonly parents: readonly CommitId[];
  readonly operations: readonly JudgedOperation[];
}

export interface Judgement {
  readonly graph: CommitGraph;
  readonly join: Join;
  /** What would not hold, in canonical order. */
  readonly breaches: readonly Breach[];
  /**
   * For each part: the operations of the commits beyond it that were read. All that matter to the verdict are there, and
   * all on records that commits beyond every part touch.
   */
  readonly beyond: readonly (readonly JudgedOperation[])[];
}

/** Versions that are joined, before they are judged. */
export interface Joined {
  readonly join: Join;
  readonly touched: Touched;
  /** Records in the whole. */
  readonly joined: JoinedWindows;
}

export type JoinJudgement = Judgement & Joined;

/** The commits of a version, each by itself. */
export function membersOf(store: Store, { commits }: Version): Version[] {
  return commits.map((commit) => ({ commits: maximal(store.commits.graph, [commit]) }));
}

/** @param parts in the graph of the store */
export async function readJoin(store: Store, sql: Sql, parts: readonly Version[]): Promise<Joined> {
  const join = joinOf(
    store.commits.graph,
    parts.map(({ commits }) => commits),
  );
  const joined = new JoinedWindows(store, sql, parts, startOfWindows(join.floor));
  return { join, touched: await readTouched(sql, join), joined };
}

/**
 * Judges what consistent versions form together.
 * @param parts in the graph of the store
 */
export async function judgeJoin(store: Store, sql: Sql, parts: readonly Version[]): Promise<JoinJudgement> {
  await store.commits.ensure(parts.flatMap(({ commits }) => commits));
  const { join, touched, joined } = await readJoin(store, sql, parts);
  // All that lies between the versions on these records is in their windows.
  const windows = await joined.headed(await contestedRecords(sql, join, touched));
  const between = new Set([...join.suspects, ...join.beyond.flat()]);
  const operations = windows.flatMap((window) => window.operations.filter(({ commit }) => between.has(commit)));
  const judged = await judgeCase({
    graph: store.commits.graph,
    join,
    operations: operationsByCommit(operations),
    start: startOfWindows(join.floor),
    windows: (records) => joined.based(records),
    settlements: (ids) => readSettlements(sql, ids),
  });
  return { ...judged, touched, joined };
}

/**
 * Judges what a proposed commit and a frontier form together.
 * @param past of the frontier and the commit's parents, which are a consistent version in its history
 */
export async function judgeProposal(
  sql: Sql,
  graph: CommitGraph,
  past: RecentPast,
  proposed: Proposed,
): Promise<Judgement> {
  const join = joinOf(graph, [past.frontier.commits, maximal(graph, [proposed.commit])]);
  // Of what the commit has not seen only what meets it matters: on the records that it touches or reads, and what reads
  // the records that it touches.
  const touched = [...new Set(proposed.operations.map(({ record }) => record))];
  const met = new Set(proposed.operations.flatMap((operation) => readsOf(operation).map(({ record }) => record)));
  const between = new Map<OperationId, JudgedOperation>();
  for (const operation of (await past.windows([...met])).flatMap((window) => window.operations)) {
    if (past.unseen.has(operation.commit)) between.set(operation.id, operation);
  }
  for (const operation of await operationsThatRead(sql, touched, [...past.unseen])) {
    between.set(operation.id, operation);
  }
  const operations = operationsByCommit([...between.values(), ...proposed.operations]);
  const windows = async (records: readonly RecordId[]) => withProposed(await past.windows(records), proposed);
  const settlements = (ids: readonly OperationId[]) => readSettlements(sql, ids);
  return judgeCase({ graph, join, operations, start: past.start, windows, settlements });
}

/** Windows with what a proposed commit does to their records. */
function withProposed(windows: readonly BasedWindow[], { operations }: Proposed): BasedWindow[] {
  return windows.map((window) => {
    const own = operations.filter(({ record }) => record === window.record);
    if (own.length === 0) return window;
    return { ...window, operations: [...window.operations, ...own].sort(compareCanonical) };
  });
}

export interface Case {
  readonly graph: CommitGraph;
  readonly join: Join;
  /** Those of the commits that are suspect or beyond a part, as far as they matter. */
  readonly operations: ReadonlyMap<CommitId, readonly JudgedOperation[]>;
  /** A logical time that none of the commits named in the join is below. */
  readonly start: number;
  /** Records in the whole from then on. */
  windows(records: readonly RecordId[]): Promise<readonly BasedWindow[]>;
  /** What settles some stored operations, in whatever version. */
  settlements(operations: readonly OperationId[]): Promise<readonly Settlement[]>;
}

export async function judgeCase(judged: Case): Promise<Judgement> {
  const { graph, join, operations, start, windows: read } = judged;
  const of = (commits: readonly CommitId[]): JudgedOperation[] =>
    commits.flatMap((commit) => operations.get(commit) ?? []);
  const beyond = join.beyond.map(of);
  const suspects = await unsettled(judged, exposed(join, of(join.suspects), beyond));
  if (suspects.length === 0) return { graph, join, breaches: [], beyond };
  const records = new Set(suspects.flatMap((suspect) => readsOf(suspect).map(({ record }) => record)));
  const windows = new Map((await read([...records])).map((window) => [window.record, window]));
  const breaches = findBreaches(
    {
      graph,
      version: join.version,
      floor: start,
      operations: new Map([...windows].map(([record, window]) => [record, window.operations])),
      base: (record) => windows.get(record)?.base,
    },
    suspects,
  );
  return { graph, join, breaches, beyond };
}

async function unsettled(
  { graph, join: { version }, settlements }: Case,
  operations: readonly JudgedOperation[],
): Promise<JudgedOperation[]> {
  const found = await settlements(operations.filter(({ id }) => id > 0).map(({ id }) => id));
  const settled = new Set(
    found.filter(({ commit }) => graph.has(commit) && isInHistory(graph, commit, version)).map((row) => row.operation),
  );
  return operations.filter(({ id }) => !settled.has(id));
}

/** The records that a proposed commit touches, in what it and a frontier form together. */
export async function statesWithProposal(past: RecentPast, proposed: Proposed): Promise<RecordVersion[]> {
  const records = [...new Set(proposed.operations.map(({ record }) => record))];
  return withProposed(await past.windows(records), proposed).map(({ record, heads, operations, base }) => {
    const others = heads.filter((commit) => past.unseen.has(commit));
    return {
      record,
      heads: [...others, proposed.commit].sort((a, b) => a - b),
      state: applyAll(base, operations),
    };
  });
}

/**
 * Judges the operations of a version by itself; null where all hold already and that is known: such verdicts never change.
 */
export async function judgeVersion(store: Store, sql: Sql, version: Version): Promise<JoinJudgement | null> {
  if (version.commits.length < 2) return null;
  const key = versionKey(version.commits);
  if (store.verdicts.get(key) === true) return null;
  const judgement = await judgeJoin(store, sql, membersOf(store, version));
  if (judgement.breaches.length === 0) store.verdicts.set(key, true);
  return judgement;
}
