/**
 * Cuts of a record's history, and how they stand on each other. A cut of a version at a logical time is the maximal ones
 * of its commits up to that time: everything that it has comes before everything above it in canonical order, whatever
 * the shape of the DAG, so a state is that at any of its cuts with the operations above.
 */
import type { CommitId } from "./ids";
import type { State } from "./json";
import type { Effect } from "./operation";
import { storedBytes } from "./size";

/** A commit that touches a record, as a cut is made of it. */
export interface Touch {
  readonly commit: CommitId;
  readonly logicalTime: number;
  /** The record's heads in the history of the commit's parents. */
  readonly parents: readonly CommitId[];
  readonly effects: readonly Effect[];
}

/** Operations that a cut has above the one below it, at the least, and leaves above itself. */
const SEGMENT = 8;

/**
 * How many operations a cut needs below and above: the more commits stand side by side, the later they all see the same
 * ones, and the more rows a cut costs.
 * @param width how many members the cut below has
 */
export function segmentOf(width: number): number {
  return Math.max(SEGMENT, 2 * width);
}

/**
 * The multiple of the greatest power of two from `low` to `high`: writers who do not see quite the same choose the same.
 * @param low at least 0 and at most `high`
 */
export function alignedTime(low: number, high: number): number {
  if (low === 0) return high === 0 ? 0 : alignedTime(1, high);
  let power = 2 ** Math.floor(Math.log2(high));
  while (Math.floor(high / power) * power < low) power /= 2;
  return Math.floor(high / power) * power;
}

/**
 * Where the next cut is made.
 * @param loose what lies above the cut below, in canonical order
 * @param width how many members that has
 * @returns undefined as long as there are too few operations
 */
export function nextTime(loose: readonly Touch[], width: number): number | undefined {
  const segment = segmentOf(width);
  const total = loose.reduce((sum, { effects }) => sum + effects.length, 0);
  const [first] = loose;
  if (first === undefined || total < 2 * segment) return undefined;
  let passed = 0;
  for (const { logicalTime, effects } of loose) {
    passed += effects.length;
    if (passed >= segment) return alignedTime(first.logicalTime, logicalTime);
  }
  return undefined;
}

/**
 * The members of a cut, ascending.
 * @param below the members of the cut below it
 * @param segment what lies between them
 */
export function membersOf(below: readonly CommitId[], segment: readonly Touch[]): CommitId[] {
  const passed = new Set(segment.flatMap(({ parents }) => parents));
  const members = new Set([...below, ...segment.map(({ commit }) => commit)]);
  return [...members].filter((commit) => !passed.has(commit)).sort((a, b) => a - b);
}

/** The canonical order of commits. */
export function compareTouches(a: Touch, b: Touch): number {
  return a.logicalTime - b.logicalTime || a.commit - b.commit;
}

/** A cut with what it jumps over; undefined stands for what is below the first one. */
export interface Stacked {
  readonly rank: number;
  readonly jump: Stacked | undefined;
}

/**
 * Where a cut jumps to that stands on `below`: jumps of one length twice in a row make a longer one, so that from any
 * cut to any below it at most 3·log₂ n steps lead (Myers, "An applicative random-access stack", 1983).
 */
export function jumpOf<Cut extends Stacked>(below: Cut): Cut {
  const near = below.jump;
  const far = near?.jump;
  if (!near || !far || below.rank - near.rank !== near.rank - far.rank) return below;
  return far as Cut;
}

/** What the row of an operation takes beside its values, and that of a snapshot or of an edge: with its keys. */
const OPERATION_BYTES = 52;
const SNAPSHOT_BYTES = 72;
const EDGE_BYTES = 64;

/** About the bytes that an effect takes as an operation. */
export function effectBytes({ path, operation, parameters }: Effect): number {
  return OPERATION_BYTES + operation.length + storedBytes(path) + storedBytes(parameters);
}

/**
 * About the bytes that a coalesced effect takes, as an operation and as the edges that lead there by it.
 * @param edges how many there are: the first one comes with the operation
 */
export function coalescedBytes(effect: Effect, edges: number): number {
  return effectBytes(effect) + EDGE_BYTES * (edges - 1);
}

/** About the bytes that a state takes as a snapshot. */
export function snapshotBytes(state: State): number {
  return SNAPSHOT_BYTES + (state === undefined ? 0 : storedBytes(state));
}

/** What a piece counts that others who stand on the same cut replace too: each half of what it counts for the one before. */
export function charge(bytes: number, ordinal: number): number {
  return bytes / 2 ** ordinal;
}

/** Whether something is small enough beside what it replaces. */
export function isWorth(bytes: number, replaced: number): boolean {
  return 2 * bytes <= replaced;
}

/** Pairs of parents and children that name each of them at least once: not all, since each is a row. */
export function pairs(parents: readonly CommitId[], children: readonly CommitId[]): [CommitId, CommitId][] {
  if (parents.length === 0 || children.length === 0) return [];
  return Array.from({ length: Math.max(parents.length, children.length) }, (_, place) => [
    parents[place % parents.length]!,
    children[place % children.length]!,
  ]);
}
