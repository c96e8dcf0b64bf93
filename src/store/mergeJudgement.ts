/** What versions form together, as a merge needs to know it: conflicts of all kinds, and what settles them. */
import { maximal } from "../core/antichain";
import type { Breach } from "../core/consistency";
import type { Conflict } from "../core/conflict";
import type { RecordId } from "../core/ids";
import type { Place } from "../core/reads";
import { conflictsOf, findSchemaBreaches, sideOf, type SchemaBreach } from "./conflicts";
import type { Sql } from "./database";
import { judgeJoin, judgeVersion, type Judgement } from "./judgement";
import type { Store } from "./store";
import { readRecords } from "./versionHeads";
import type { Version } from "./versions";

export interface MergeJudgement {
  readonly judgement: Judgement;
  /** What the versions form together. */
  readonly merged: Version;
  readonly schemaBreaches: readonly SchemaBreach[];
}

/** A breach of either kind: what has to be settled. */
export type AnyBreach = Breach | SchemaBreach;

/**
 * Judges versions together; each may be inconsistent by itself.
 * @param versions in the graph of the store
 */
export async function judgeMerge(store: Store, sql: Sql, versions: readonly Version[]): Promise<MergeJudgement> {
  await store.commits.ensure(versions.flatMap(({ commits }) => commits));
  const parts: Version[] = [];
  for (const version of versions) {
    const own = version.rows ? null : await judgeVersion(store, sql, version);
    if (own === null || own.breaches.length === 0) parts.push(version);
    else for (const commit of version.commits) parts.push({ commits: maximal(store.commits.graph, [commit]) });
  }
  const judgement = await judgeJoin(store, sql, parts);
  const merged = { commits: judgement.join.version };
  // A record that some version has as the whole has it is as consistent as it is there.
  const touched = judgement.beyond.map((operations) => new Set(operations.map(({ record }) => record)));
  const [first = new Set<RecordId>(), ...others] = touched;
  const contested = [...first].filter((record) => others.every((records) => records.has(record)));
  const versionsOfRecords = await readRecords(store, sql, merged, contested);
  const schemaBreaches = await findSchemaBreaches(store, sql, [...versionsOfRecords.values()]);
  return { judgement, merged, schemaBreaches };
}

/** Tells what is left of the breaches of a merge. */
export function conflictsOfMerge(
  store: Store,
  sql: Sql,
  versions: readonly Version[],
  left: readonly AnyBreach[],
): Promise<Conflict[]> {
  const breaches = left.filter((breach): breach is Breach => "reason" in breach);
  const schemaBreaches = left.filter((breach): breach is SchemaBreach => !("reason" in breach));
  const sides = versions.map((version) => sideOf(store, sql, version));
  return conflictsOf(store, sql, breaches, schemaBreaches, sides);
}

/** Where a breach is: what was tested, and where the operation writes that breaks. */
export function placeOf(breach: AnyBreach): Place & { readonly operation?: Breach["operation"] } {
  return "reason" in breach ? breach : { record: breach.record, path: [] };
}
