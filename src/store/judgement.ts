/**
 * Judging what versions form together, from the database: which operations would not hold (semantics §6). It reads what
 * lies between the versions and not what lies behind them.
 */
import { maximal, versionKey } from "../core/antichain";
import { exposed, findBreaches, type Breach, type JudgedOperation } from "../core/consistency";
import { compareCanonical } from "../core/canonicalOrder";
import { isInHistory, type CommitGraph } from "../core/graph";
import type { CommitId, OperationId, RecordId } from "../core/ids";
import type { State } from "../core/json";
import { joinOf, type Join } from "../core/joining";
import { readsOf } from "../core/reads";
import { applyAll } from "../core/operation";
import type { Sql } from "./database";
import { operationsOfCommits, operationsThatRead, readSettlements } from "./operationRows";
import type { RecordVersion } from "./recordStates";
import { readRecordWindows, readStatesAtHeads, type RecordWindow } from "./recordWindows";
import type { Store } from "./store";
import { readHeads } from "./versionHeads";
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
  /** For each part: the operations of the commits beyond it that were read; all that matter to the verdict are there. */
  readonly beyond: readonly (readonly JudgedOperation[])[];
}

/**
 * Judges what consistent versions form together.
 * @param parts in the graph of the store
 */
export async function judgeJoin(store: Store, sql: Sql, parts: readonly Version[]): Promise<Judgement> {
  await store.commits.ensure(parts.flatMap(({ commits }) => commits));
  const { graph } = store.commits;
  const join = joinOf(
    graph,
    parts.map(({ commits }) => commits),
  );
  const between = await operationsOfCommits(sql, [...new Set([...join.suspects, ...join.beyond.flat()])]);
  return judge(store, sql, { graph, join, between, parts, added: [] });
}

/** Judges what a proposed commit and a frontier form together; the commit's parents are a consistent version in its history. */
export async function judgeProposal(
  store: Store,
  sql: Sql,
  graph: CommitGraph,
  frontier: Version,
  proposed: Proposed,
): Promise<Judgement> {
  const join = joinOf(graph, [frontier.commits, maximal(graph, [proposed.commit])]);
  const [, unseen = []] = join.beyond;
  // Of what the commit has not seen only what meets it matters: on the records that it touches or reads, and what reads
  // the records that it touches.
  const touched = [...new Set(proposed.operations.map(({ record }) => record))];
  const met = new Set(proposed.operations.flatMap((operation) => readsOf(operation).map(({ record }) => record)));
  const heads = await readHeads(store, sql, frontier, [...met]);
  const windows = await readRecordWindows(
    sql,
    store.commits.graph,
    [...heads].map(([record, commits]) => ({ record, heads: commits })),
    join.floor,
  );
  const isUnseen = new Set(unseen);
  const between = new Map<OperationId, JudgedOperation>();
  for (const operation of windows.flatMap((window) => window.operations)) {
    if (isUnseen.has(operation.commit)) between.set(operation.id, operation);
  }
  for (const operation of await operationsThatRead(sql, touched, unseen)) between.set(operation.id, operation);
  const all = [...between.values(), ...proposed.operations];
  return judge(store, sql, { graph, join, between: all, parts: [frontier], added: proposed.operations });
}

interface Case {
  readonly graph: CommitGraph;
  readonly join: Join;
  /** Operations of the commits that are suspect or beyond a part. */
  readonly between: readonly JudgedOperation[];
  /** Stored versions whose histories make up that of the whole, but for what is added. */
  readonly parts: readonly Version[];
  readonly added: readonly JudgedOperation[];
}

async function judge(store: Store, sql: Sql, { graph, join, between, parts, added }: Case): Promise<Judgement> {
  const byCommit = new Map<CommitId, JudgedOperation[]>();
  for (const operation of between) {
    const group = byCommit.get(operation.commit);
    if (group === undefined) byCommit.set(operation.commit, [operation]);
    else group.push(operation);
  }
  const of = (commits: readonly CommitId[]): JudgedOperation[] =>
    commits.flatMap((commit) => byCommit.get(commit) ?? []);
  const beyond = join.beyond.map(of);
  const reached = exposed(join, of(join.suspects), beyond);
  const suspects = await unsettled(sql, graph, join, reached);
  if (suspects.length === 0) return { graph, join, breaches: [], beyond };
  const records = new Set(suspects.flatMap((suspect) => readsOf(suspect).map(({ record }) => record)));
  const windows = await windowsOf(store, sql, parts, [...records], join.floor, added);
  const breaches = findBreaches(
    {
      graph,
      version: join.version,
      floor: join.floor,
      operations: new Map(windows.map((window) => [window.record, window.operations])),
      base: (record) => windows.find((window) => window.record === record)?.base,
    },
    suspects,
  );
  return { graph, join, breaches, beyond };
}

async function unsettled(
  sql: Sql,
  graph: CommitGraph,
  { version }: Join,
  operations: readonly JudgedOperation[],
): Promise<JudgedOperation[]> {
  const settlements = await readSettlements(
    sql,
    operations.filter(({ id }) => id > 0).map(({ id }) => id),
  );
  const settled = new Set(
    settlements
      .filter(({ commit }) => graph.has(commit) && isInHistory(graph, commit, version))
      .map((row) => row.operation),
  );
  return operations.filter(({ id }) => !settled.has(id));
}

interface BasedWindow extends Pick<RecordWindow, "record" | "operations"> {
  readonly heads: readonly CommitId[];
  readonly base: State;
}

/** Windows of records in what some versions and added operations form together. */
async function windowsOf(
  store: Store,
  sql: Sql,
  parts: readonly Version[],
  records: readonly RecordId[],
  floor: number,
  added: readonly JudgedOperation[],
): Promise<BasedWindow[]> {
  const heads: ReadonlyMap<RecordId, readonly CommitId[]>[] = [];
  for (const part of parts) heads.push(await readHeads(store, sql, part, records));
  const { graph } = store.commits;
  const requests = records.map((record) => {
    const commits = heads.flatMap((known) => known.get(record) ?? []);
    return { record, heads: maximal(graph, commits) };
  });
  await store.commits.ensure(requests.flatMap((request) => request.heads));
  const windows = await readRecordWindows(sql, graph, requests, floor);
  const bases = await readStatesAtHeads(
    store,
    sql,
    windows.map(({ record, cut }) => ({ record, heads: cut })),
  );
  return windows.map(({ record, operations }, place) => {
    const own = added.filter((operation) => operation.record === record);
    const all = own.length === 0 ? operations : [...operations, ...own].sort(compareCanonical);
    return { record, heads: requests[place]!.heads, operations: all, base: bases[place] };
  });
}

/**
 * Records in what a frontier and a proposed commit form together.
 * @param floor a logical time that neither the commit nor anything it has not seen is below
 */
export async function statesWithProposal(
  store: Store,
  sql: Sql,
  frontier: Version,
  proposed: Proposed,
  floor: number,
  isSeen: (commit: CommitId) => boolean,
): Promise<RecordVersion[]> {
  const records = [...new Set(proposed.operations.map(({ record }) => record))];
  const windows = await windowsOf(store, sql, [frontier], records, floor, proposed.operations);
  return windows.map(({ record, heads, operations, base }) => {
    const others = heads.filter((commit) => !isSeen(commit));
    return {
      record,
      heads: [...others, proposed.commit].sort((a, b) => a - b),
      state: applyAll(base, operations),
    };
  });
}

/** Whether a version is consistent, and if not what breaks; verdicts are kept, since they never change. */
export async function judgeVersion(store: Store, sql: Sql, version: Version): Promise<Judgement | null> {
  if (version.commits.length < 2) return null;
  const key = versionKey(version.commits);
  if (store.verdicts.get(key) === true) return null;
  const parts = version.commits.map((commit) => ({ commits: maximal(store.commits.graph, [commit]) }));
  const judgement = await judgeJoin(store, sql, parts);
  if (judgement.breaches.length === 0) store.verdicts.set(key, true);
  return judgement;
}
