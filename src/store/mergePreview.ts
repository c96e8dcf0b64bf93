/** What merging versions would do, without writing anything. */
import { createHash } from "node:crypto";
import type { Admitted, Proposal } from "../core/admission";
import { compareCanonical } from "../core/canonicalOrder";
import { commonAncestors, type Antichain } from "../core/antichain";
import { canonicalJson } from "../core/canonical";
import { compatibility, MOST_VERSIONS, type Compatibility } from "../core/compatible";
import type { Conflict } from "../core/conflict";
import { LimitExceeded } from "../core/errors";
import type { CommitId } from "../core/ids";
import { compareOverlaps, findOverlaps, withoutConflicts, type Overlap } from "../core/overlaps";
import { isTouched } from "../core/settlement";
import { conflictsOfMerge, judgeMerge, placeOf, type AnyBreach, type MergeJudgement } from "./mergeJudgement";
import { propose, TRIAL } from "./propose";
import type { Store } from "./store";
import type { Trial, Version } from "./versions";
import { VersionsTogether } from "./versionsTogether";

export interface MergePreview {
  readonly versions: readonly Version[];
  readonly judged: MergeJudgement;
  /** What the resolution leaves; empty where the versions are compatible. */
  readonly left: readonly AnyBreach[];
  /** What a trial resolution makes of what the versions form; null without one. */
  readonly trial: Trial | null;
  readonly bases: Antichain;
}

/**
 * Judges versions together, with a trial resolution if one is given.
 * @throws InvalidInput, LimitExceeded, NotFound, PredicateFailed for a resolution that cannot be applied
 */
export async function previewMerge(
  store: Store,
  versions: readonly Version[],
  resolution: readonly Proposal[],
): Promise<MergePreview> {
  const sql = store.database.pool;
  const judged = await judgeMerge(store, sql, versions);
  const { breaches } = judged;
  const bases = commonAncestors(
    store.commits.graph,
    versions.map(({ commits }) => commits),
  );
  if (resolution.length === 0) return { versions, judged, left: breaches, trial: null, bases };
  const proposed = await propose(store, sql, judged.merged, resolution, { removesGone: true, commit: TRIAL });
  const left = breaches.filter((breach) => !isTouched(placeOf(breach), proposed.admitted.operations));
  return { versions, judged, left, trial: trialOf(proposed.admitted), bases };
}

function trialOf({ states, createdTypes }: Admitted): Trial {
  const written = canonicalJson([...states].map(([record, state]) => [record, state ?? null]));
  const name = createHash("sha256").update(written).digest("hex").slice(0, 16);
  return { name, states, created: createdTypes };
}

/** The merged view, with the trial applied to it; null where something is left in conflict. */
export function viewOfPreview({ judged, left, trial }: MergePreview): Version | null {
  if (left.length > 0) return null;
  return { commits: judged.merged.commits, ...(trial !== null && { trial }) };
}

/** The conflicts that are left. */
export function conflictsOfPreview(store: Store, { versions, left }: MergePreview): Promise<Conflict[]> {
  return conflictsOfMerge(store, store.database.pool, versions, left);
}

/** The concurrent writes that canonical order settles: between operations that no version has both of. */
export function overlapsOfPreview({ judged }: MergePreview): Overlap[] {
  const { join, beyond, breaches } = judged.judgement;
  const lacked = join.beyond.map((commits) => new Set(commits));
  const isApart = (a: CommitId, b: CommitId) => lacked.every((commits) => commits.has(a) || commits.has(b));
  const found = new Map<string, Overlap>();
  for (const [index, theirs] of beyond.entries()) {
    // What one version lacks, against what it has and another one lacks.
    const ours = beyond.flatMap((operations) => operations.filter(({ commit }) => !lacked[index]!.has(commit)));
    for (const overlap of findOverlaps(new Set(ours), theirs)) {
      const key = JSON.stringify([overlap.record, overlap.path, overlap.kept.id]);
      const known = found.get(key)?.overridden ?? [];
      const overridden = overlap.overridden.filter(
        (one) => isApart(one.commit, overlap.kept.commit) && !known.includes(one),
      );
      if (overridden.length === 0) continue;
      found.set(key, { ...overlap, overridden: [...known, ...overridden].sort(compareCanonical) });
    }
  }
  return withoutConflicts([...found.values()].sort(compareOverlaps), breaches);
}

const tried = new WeakMap<MergePreview, Promise<Compatibility>>();

/**
 * Which of the versions can stand together, whatever a resolution settles.
 * @throws LimitExceeded for more versions than can be tried
 */
export async function compatibilityOf(store: Store, preview: MergePreview): Promise<Compatibility> {
  const known = tried.get(preview) ?? tryVersions(store, preview);
  tried.set(preview, known);
  return known;
}

async function tryVersions(store: Store, { versions, judged }: MergePreview): Promise<Compatibility> {
  if (versions.length > MOST_VERSIONS) {
    const problem = `Which of them can stand together is found out for at most ${MOST_VERSIONS} versions.`;
    throw new LimitExceeded(problem, ["versions"], "versionsTried", MOST_VERSIONS);
  }
  let together: Promise<VersionsTogether> | undefined;
  return compatibility(versions.length, async (indices) => {
    // Of each by itself, and of all, the verdict is known.
    const [first] = indices;
    if (indices.length === 1) return judged.parts.includes(versions[first!]!);
    if (indices.length === versions.length) return judged.breaches.length === 0;
    together ??= VersionsTogether.read(store, store.database.pool, versions);
    return (await together).areConsistent(indices);
  });
}
