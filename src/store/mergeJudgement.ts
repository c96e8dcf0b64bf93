/** What versions form together, as a merge needs to know it: conflicts of all kinds, and what settles them. */
import type { Breach } from "../core/consistency";
import { Conflicted, type Conflict } from "../core/conflict";
import type { RecordId } from "../core/ids";
import type { Place } from "../core/reads";
import type { JoinedWindows } from "./basedWindows";
import { conflictsOf, findSchemaBreaches, sideOf, type SchemaBreach } from "./conflicts";
import { touchedBeyondAll, type Touched } from "./contested";
import type { Sql } from "./database";
import { judgeJoin, judgeVersion, membersOf, readJoin, type JoinJudgement } from "./judgement";
import type { Store } from "./store";
import { readTypes, readTypesByRecord } from "./typeTables";
import type { Version } from "./versions";

export interface MergeJudgement {
  readonly judgement: JoinJudgement;
  /** The versions that were joined, those that cannot stand by themselves in parts. */
  readonly parts: readonly Version[];
  /** What the versions form together. */
  readonly merged: Version;
  /** Of both kinds: what has to be settled. */
  readonly breaches: readonly AnyBreach[];
}

/** A breach of either kind. */
export type AnyBreach = Breach | SchemaBreach;

/**
 * Judges versions together; each may be inconsistent by itself.
 * @param versions in the graph of the store
 */
export async function judgeMerge(store: Store, sql: Sql, versions: readonly Version[]): Promise<MergeJudgement> {
  await store.commits.ensure(versions.flatMap(({ commits }) => commits));
  const parts = await partsThatStand(store, sql, versions);
  const judgement = await judgeJoin(store, sql, parts);
  const merged = { commits: judgement.join.version };
  const { joined, touched } = judgement;
  const breaches = [...judgement.breaches, ...(await schemaBreachesOf(store, sql, joined, touched))];
  return { judgement, parts, merged, breaches };
}

/** Versions that are consistent, each for itself, and form some versions together: these, or else their commits. */
export async function partsThatStand(store: Store, sql: Sql, versions: readonly Version[]): Promise<Version[]> {
  const parts: Version[] = [];
  for (const version of versions) {
    if ((await breachesOf(store, sql, version)).length === 0) parts.push(version);
    else parts.push(...membersOf(store, version));
  }
  return parts;
}

/** What a version breaks by itself. What a frontier holds breaks nothing: it was judged when it came to be. */
async function breachesOf(store: Store, sql: Sql, version: Version): Promise<AnyBreach[]> {
  if (version.isFrontier === true || version.commits.length < 2) return [];
  const judgement = await judgeVersion(store, sql, version);
  const { joined, touched } = judgement ?? (await readJoin(store, sql, membersOf(store, version)));
  return [...(judgement?.breaches ?? []), ...(await schemaBreachesOf(store, sql, joined, touched))];
}

/**
 * Refuses a version that cannot stand by itself.
 * @param named what its commits are called
 * @throws Conflicted
 */
export async function refuseInconsistent(store: Store, sql: Sql, version: Version, named = "commits"): Promise<void> {
  const breaches = await breachesOf(store, sql, version);
  if (breaches.length === 0) return;
  const conflicts = await conflictsOfMerge(store, sql, membersOf(store, version), breaches);
  throw new Conflicted(`The ${named} cannot stand together.`, conflicts);
}

/**
 * The records that break their schema in what versions form together.
 * @param joined the records there
 * @param touched for each version: the records that are touched beyond it
 */
async function schemaBreachesOf(
  store: Store,
  sql: Sql,
  joined: JoinedWindows,
  touched: Touched,
): Promise<SchemaBreach[]> {
  // A record that some version has as the whole has it is as consistent as it is there.
  const contested = touchedBeyondAll(touched);
  const typeOf = await readTypesByRecord(sql, contested);
  const types = await readTypes(sql, [...new Set(typeOf.values())]);
  const hasSchema = (record: RecordId) => (types.get(typeOf.get(record) ?? "")?.schema ?? null) !== null;
  const bound = contested.filter(hasSchema);
  return bound.length === 0 ? [] : findSchemaBreaches(store, sql, await joined.versionsOf(bound));
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
