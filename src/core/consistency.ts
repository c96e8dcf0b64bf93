/**
 * Whether operations hold in a version (semantics §6): whatever happened that an operation's author did not see, and that
 * did not build on it, must leave what it depends on intact.
 */
import { compareCanonical, type PlacedOperation } from "./canonicalOrder";
import { commitsFrom, Descent } from "./descent";
import type { ConflictReason } from "./errors";
import type { CommitGraph } from "./graph";
import type { CommitId, RecordId } from "./ids";
import type { State } from "./json";
import type { Join } from "./joining";
import { firstFailure } from "./judge";
import { Fold } from "./fold";
import { applyAll, foldOperation, footprintOf, kindOf, refusalOf, type Operation } from "./operation";
import { parentOf, type Path } from "./path";
import { footprintsByRecord, isAny, PathIndex } from "./pathIndex";
import { aboutOperations, aboutValues, leafOf, type Predicate } from "./predicates";
import { listsOf, listsThrough, outsideLists, readsOf, readsOfPredicate, type Place } from "./reads";

/** An operation with its record, its predicates and its place in the canonical order. */
export type JudgedOperation = PlacedOperation & Operation;

/** An operation that does not hold, and why. */
export interface Breach {
  readonly operation: JudgedOperation;
  /** What was tested. */
  readonly record: RecordId;
  readonly path: Path;
  readonly reason: ConflictReason;
  /** Null for the precondition of the operation itself. */
  readonly predicate: Predicate | null;
  /** The concurrent operations that reach what was tested, in canonical order. */
  readonly brokenBy: readonly JudgedOperation[];
}

/** What has to be known of a version to judge operations in it. */
export interface Evidence {
  readonly graph: CommitGraph;
  readonly version: readonly CommitId[];
  /** A logical time that none of the suspects is below. */
  readonly floor: number;
  /**
   * By record, in canonical order: all operations in the version's history that are not below the floor. Of every record
   * that a suspect touches or reads.
   */
  readonly operations: ReadonlyMap<RecordId, readonly JudgedOperation[]>;
  /** The state of a record after all operations in the version's history that are below the floor. */
  readonly base: (record: RecordId) => State;
}

/** Commits that are judged at once: for each of them every commit of the region takes a bit. */
const AT_ONCE = 1024;

/**
 * The operations of a join that can newly fail, as far as what they read tells: each version that has one gets something
 * that reaches it.
 * @param suspects operations of the join's suspect commits that are not settled
 * @param beyond for each part of the join: the operations of the commits beyond it
 */
export function exposed(
  join: Join,
  suspects: Iterable<JudgedOperation>,
  beyond: readonly Iterable<JudgedOperation>[],
): JudgedOperation[] {
  const reached = beyond.map((operations) => footprintsByRecord(operations, outsideLists));
  const outside = join.beyond.map((commits) => new Set(commits));
  return [...suspects].filter((operation) => {
    const [own, ...others] = readsOf(operation).map(({ record, path }) => ({ record, path: outsideLists(path) }));
    return reached.every(
      (changed, part) =>
        outside[part]!.has(operation.commit) ||
        isPreconditionReached(changed, operation, own!) ||
        others.some((place) => isReached(changed, place)),
    );
  });
}

type PlacesByRecord = ReadonlyMap<RecordId, PathIndex<JudgedOperation>>;

/** @param own the operation's own place */
function isPreconditionReached(changed: PlacesByRecord, operation: JudgedOperation, own: Place): boolean {
  if (listsOf(operation).length > 0) return isReached(changed, own);
  if (!isRefusable(operation)) return false;
  // That its container is there depends on nothing that happens inside of it.
  const container = kindOf(operation).overwrites === true ? parentOf(own.path) : undefined;
  if (container === undefined) return isReached(changed, own);
  const paths = changed.get(own.record);
  return paths !== undefined && isAny(paths.onTheWay(container));
}

function isReached(changed: PlacesByRecord, { record, path }: Place): boolean {
  const paths = changed.get(record);
  return paths !== undefined && isAny(paths.overlapping(path));
}

/**
 * The operations among some suspects that do not hold in a version, in canonical order, each with every predicate that is
 * false or broken.
 */
export function findBreaches(evidence: Evidence, suspects: readonly JudgedOperation[]): Breach[] {
  const { graph, version, floor } = evidence;
  const region = commitsFrom(graph, version, floor);
  const byCommit = new Map<CommitId, JudgedOperation[]>();
  for (const suspect of [...suspects].sort(compareCanonical)) {
    const group = byCommit.get(suspect.commit);
    if (group === undefined) byCommit.set(suspect.commit, [suspect]);
    else group.push(suspect);
  }
  const misplaced = refusedInPlace(evidence, suspects);
  const breaches: Breach[] = [];
  const commits = [...byCommit.keys()];
  for (let start = 0; start < commits.length; start += AT_ONCE) {
    const chosen = commits.slice(start, start + AT_ONCE);
    const descent = new Descent(graph, region, chosen);
    for (const commit of chosen) {
      const judge = new CommitJudge(evidence, descent, commit, byCommit.get(commit)!);
      for (const breach of judge.breaches(misplaced)) breaches.push(breach);
    }
  }
  return breaches;
}

/** The suspects whose precondition does not hold at their own place in the canonical order. */
function refusedInPlace(evidence: Evidence, suspects: readonly JudgedOperation[]): ReadonlySet<JudgedOperation["id"]> {
  const wanted = new Set(suspects.filter(isRefusable).map(({ id }) => id));
  const refused = new Set<JudgedOperation["id"]>();
  for (const record of new Set(suspects.map((suspect) => suspect.record))) {
    const fold = new Fold();
    let state = evidence.base(record);
    for (const operation of evidence.operations.get(record) ?? []) {
      if (wanted.has(operation.id) && refusalOf(state, operation) !== null) refused.add(operation.id);
      state = foldOperation(state, operation, fold);
    }
  }
  return refused;
}

/** To remove what is gone already is no conflict. */
function isRefusable({ operation }: JudgedOperation): boolean {
  return operation !== "remove";
}

/** Judges the operations of one commit in the state that everything leaves that does not build on it. */
class CommitJudge {
  readonly #states = new Map<RecordId, State>();
  /** What the commit's own operations have copied: they are as many as the limits allow, on records as wide as that. */
  readonly #own = new Fold();
  readonly #concurrent = new Map<RecordId, PathIndex<JudgedOperation>>();
  #ancestors: Set<CommitId> | undefined;

  constructor(
    readonly evidence: Evidence,
    readonly descent: Descent,
    readonly commit: CommitId,
    readonly suspects: readonly JudgedOperation[],
  ) {}

  *breaches(misplaced: ReadonlySet<JudgedOperation["id"]>): Generator<Breach, void, undefined> {
    const wanted = new Map(this.suspects.map((suspect) => [suspect.id, suspect]));
    for (const operation of this.#ownOperations()) {
      if (wanted.has(operation.id)) yield* this.#judge(operation, misplaced.has(operation.id));
      this.#states.set(operation.record, foldOperation(this.#stateOf(operation.record), operation, this.#own));
    }
  }

  /** The commit's operations on all records that its suspects touch or read, in their order. */
  #ownOperations(): JudgedOperation[] {
    const records = new Set(this.suspects.flatMap((suspect) => readsOf(suspect).map(({ record }) => record)));
    return [...records]
      .flatMap((record) => this.#operationsOn(record).filter(({ commit }) => commit === this.commit))
      .sort(compareCanonical);
  }

  *#judge(operation: JudgedOperation, misplaced: boolean): Generator<Breach, void, undefined> {
    const { record, path } = operation;
    const own = listsOf(operation).map((list) => ({ record, path: list }));
    if (this.#isReordered(own)) {
      yield this.#breach(operation, { record, path }, "POSITION", null, own);
    } else if (isRefusable(operation) && (misplaced || refusalOf(this.#stateOf(record), operation) !== null)) {
      yield this.#breach(operation, { record, path }, "PRECONDITION", null);
    }
    for (const predicate of operation.predicates) yield* this.#judgePredicate(operation, predicate);
    for (const predicate of aboutOperations(operation.predicates)) {
      const { test } = leafOf(predicate);
      const place = { record: test.record ?? record, path: test.path };
      if (this.#reaching(place).size > 0) yield this.#breach(operation, place, "PREDICATE", predicate);
    }
  }

  *#judgePredicate(operation: JudgedOperation, predicate: Predicate): Generator<Breach, void, undefined> {
    // What is about operations is broken by whatever overlaps it, lists or not.
    const places = aboutValues([predicate]).flatMap((values) => readsOfPredicate(values, operation.record));
    const lists = places.flatMap(({ record, path }) => listsThrough(path).map((list) => ({ record, path: list })));
    if (this.#isReordered(lists)) {
      const place = places.find(({ path }) => listsThrough(path).length > 0)!;
      yield this.#breach(operation, place, "POSITION", predicate, lists);
      return;
    }
    const failure = firstFailure([predicate], (other) => this.#stateOf(other ?? operation.record));
    if (failure === null) return;
    const place = { record: failure.record ?? operation.record, path: failure.path };
    yield this.#breach(
      operation,
      place,
      "PREDICATE",
      failure.predicate,
      readsOfPredicate(failure.predicate, operation.record),
    );
  }

  /** @param reached where the operations that break it are looked for; default: at the place */
  #breach(
    operation: JudgedOperation,
    place: Place,
    reason: ConflictReason,
    predicate: Predicate | null,
    reached: readonly Place[] = [place],
  ): Breach {
    return { operation, ...place, reason, predicate, brokenBy: this.#breakers(reached) };
  }

  #breakers(places: readonly Place[]): JudgedOperation[] {
    // What changes a list may reach a place in it without overlapping it; and where nothing reaches it, all that is new
    // on the record may have a part in it.
    const wider = [
      places,
      places.map(({ record, path }) => ({ record, path: outsideLists(path) })),
      places.map(({ record }) => ({ record, path: [] })),
    ];
    for (const some of wider) {
      const found = new Set(some.flatMap((place) => [...this.#reaching(place)]));
      if (found.size > 0) return [...found].sort(compareCanonical);
    }
    return [];
  }

  /** The concurrent operations whose footprint overlaps a place. */
  #reaching({ record, path }: Place): ReadonlySet<JudgedOperation> {
    return new Set(this.#concurrentOn(record).overlapping(path));
  }

  /** Whether a concurrent operation changes the order of one of these lists and texts, or replaces it. */
  #isReordered(lists: readonly Place[]): boolean {
    return lists.some(({ record, path }) => isAny(this.#concurrentOn(record).onTheWay(path)));
  }

  /** The concurrent operations on a record, by what they may change. */
  #concurrentOn(record: RecordId): PathIndex<JudgedOperation> {
    let found = this.#concurrent.get(record);
    if (found === undefined) {
      found = new PathIndex();
      this.#concurrent.set(record, found);
      const ancestors = this.#ancestorsInRegion();
      for (const other of this.#operationsOn(record)) {
        if (ancestors.has(other.commit) || this.descent.descends(other.commit, this.commit)) continue;
        for (const path of footprintOf(other)) found.add(path, other);
      }
    }
    return found;
  }

  #ancestorsInRegion(): Set<CommitId> {
    if (this.#ancestors !== undefined) return this.#ancestors;
    const { graph, floor } = this.evidence;
    const ancestors = new Set<CommitId>();
    const open = [...graph.parents(this.commit)];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (ancestors.has(next) || graph.logicalTime(next) < floor) continue;
      ancestors.add(next);
      open.push(...graph.parents(next));
    }
    this.#ancestors = ancestors;
    return ancestors;
  }

  #operationsOn(record: RecordId): readonly JudgedOperation[] {
    return this.evidence.operations.get(record) ?? [];
  }

  #stateOf(record: RecordId): State {
    if (this.#states.has(record)) return this.#states.get(record);
    const unaware = this.#operationsOn(record).filter(({ commit }) => !this.descent.descends(commit, this.commit));
    const state = applyAll(this.evidence.base(record), unaware);
    this.#states.set(record, state);
    return state;
  }
}
