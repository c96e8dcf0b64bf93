/** Concurrent writes that canonical order settled: no conflicts, but never silent (semantics §6). */
import { compareCanonical } from "./canonicalOrder";
import type { Breach, JudgedOperation } from "./consistency";
import { canonicalJson } from "./canonical";
import type { RecordId } from "./ids";
import { commute, footprintOf } from "./operation";
import { pathsOverlap, type Path } from "./path";
import { footprintsByRecord } from "./pathIndex";

export interface Overlap {
  readonly record: RecordId;
  /** Where both write: of two paths that overlap the longer one. */
  readonly path: Path;
  /** The later one in canonical order. */
  readonly kept: JudgedOperation;
  readonly overridden: readonly JudgedOperation[];
}

/** The overlaps between two sets of operations, each of which is concurrent with all of the other set, in their order. */
export function findOverlaps(ours: Iterable<JudgedOperation>, theirs: Iterable<JudgedOperation>): Overlap[] {
  const byRecord = footprintsByRecord(theirs);
  const found = new Map<
    string,
    { record: RecordId; path: Path; kept: JudgedOperation; overridden: JudgedOperation[] }
  >();
  for (const one of ours) {
    const paths = byRecord.get(one.record);
    if (paths === undefined) continue;
    const others = new Set(footprintOf(one).flatMap((path) => [...paths.overlapping(path)]));
    for (const other of others) {
      const path = overlapOf(one, other);
      if (path === undefined || commute(one, other)) continue;
      const [overridden, kept] = compareCanonical(one, other) < 0 ? [one, other] : [other, one];
      const key = `${kept.id} ${canonicalJson(path)}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, { record: kept.record, path, kept, overridden: [overridden] });
      else known.overridden.push(overridden);
    }
  }
  for (const { overridden } of found.values()) overridden.sort(compareCanonical);
  return [...found.values()].sort(compareOverlaps);
}

/** What is a conflict of two operations is no overlap of these two; with others each of them may still be one. */
export function withoutConflicts(overlaps: readonly Overlap[], breaches: readonly Breach[]): Overlap[] {
  const pair = (a: JudgedOperation, b: JudgedOperation) => `${Math.min(a.id, b.id)} ${Math.max(a.id, b.id)}`;
  const inConflict = new Set(breaches.flatMap(({ operation, brokenBy }) => brokenBy.map((by) => pair(operation, by))));
  return overlaps
    .map(({ overridden, ...overlap }) => ({
      ...overlap,
      overridden: overridden.filter((one) => !inConflict.has(pair(one, overlap.kept))),
    }))
    .filter(({ overridden }) => overridden.length > 0);
}

/** By record, then in canonical order of what was kept, then by path. */
export function compareOverlaps(a: Overlap, b: Overlap): number {
  if (a.record !== b.record) return a.record < b.record ? -1 : 1;
  return compareCanonical(a.kept, b.kept) || (canonicalJson(a.path) < canonicalJson(b.path) ? -1 : 1);
}

function overlapOf(one: JudgedOperation, other: JudgedOperation): Path | undefined {
  const others = footprintOf(other);
  for (const own of footprintOf(one)) {
    for (const theirs of others) if (pathsOverlap(own, theirs)) return own.length >= theirs.length ? own : theirs;
  }
  return undefined;
}
