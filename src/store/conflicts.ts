/** Conflicts as they are told: what would break, what breaks it, and what stands at the place in every version. */
import { commonAncestors, type Antichain } from "../core/antichain";
import { compareCanonical } from "../core/canonicalOrder";
import type { Breach, JudgedOperation } from "../core/consistency";
import type { Conflict } from "../core/conflict";
import type { CommitId, RecordId } from "../core/ids";
import type { Json, State } from "../core/json";
import { lookup } from "../core/path";
import type { Sql } from "./database";
import { operationsOfCommits } from "./operationRows";
import type { RecordVersion } from "./recordStates";
import { readStatesAtHeads } from "./recordWindows";
import type { Store } from "./store";
import { readTypeOf, type TypeRow } from "./typeTables";
import { readRecords } from "./versionHeads";
import type { Version } from "./versions";

/** A version as one side of a conflict: what it is made of in the graph, and what it holds. */
export interface Side {
  /** What it shares with others is found by this: of a proposed commit its parents. */
  readonly commits: Antichain;
  read(records: readonly RecordId[]): Promise<ReadonlyMap<RecordId, State>>;
}

/** A stored version as a side. */
export function sideOf(store: Store, sql: Sql, version: Version): Side {
  return {
    commits: version.commits,
    read: async (records) => {
      const found = await readRecords(store, sql, version, records);
      return new Map([...found].map(([record, { state }]) => [record, state]));
    },
  };
}

/** What versions have in common. */
function sharedBy(store: Store, sql: Sql, sides: readonly Side[]): Side {
  const commits = sides.map((side) => side.commits);
  return sideOf(store, sql, { commits: commonAncestors(store.commits.graph, commits) });
}

/** A record whose merged state breaks its type's schema although the state at each of its latest commits satisfies it. */
export interface SchemaBreach {
  readonly record: RecordId;
  /** The last operations of its latest commits on it, in canonical order of the commits. */
  readonly operations: readonly JudgedOperation[];
  readonly details: Json;
}

/** Commits that are proposed, and which proposal each of their operations comes from. */
export interface ProposedOperations {
  readonly commit: CommitId;
  indexOf(operation: JudgedOperation): number;
}

/**
 * Tells breaches as conflicts.
 * @param sides the versions in the order in which the caller named them
 * @param shared what they have in common
 */
export async function conflictsOf(
  store: Store,
  sql: Sql,
  breaches: readonly Breach[],
  schemaBreaches: readonly SchemaBreach[],
  sides: readonly Side[],
  proposed?: ProposedOperations,
  shared: Side = sharedBy(store, sql, sides),
): Promise<Conflict[]> {
  if (breaches.length + schemaBreaches.length === 0) return [];
  const records = [...new Set([...breaches, ...schemaBreaches].map(({ record }) => record))];
  const base = await shared.read(records);
  // One after the other: a transaction's connection takes one query at a time.
  const held: ReadonlyMap<RecordId, State>[] = [];
  for (const side of sides) held.push(await side.read(records));
  const isProposed = ({ commit }: JudgedOperation) => commit === proposed?.commit;
  const naming = (operation: JudgedOperation): Conflict["broken"] =>
    proposed !== undefined && isProposed(operation)
      ? { index: proposed.indexOf(operation) }
      : { operation: operation.id };
  const tell = (
    place: Pick<Conflict, "record" | "path">,
    broken: JudgedOperation,
    brokenBy: readonly JudgedOperation[],
    rest: Pick<Conflict, "reason" | "predicate" | "details">,
  ): Conflict => ({
    ...place,
    ...rest,
    broken: naming(broken),
    brokenBy: brokenBy.filter((operation) => !isProposed(operation)).map(({ id }) => id),
    brokenByIndices: proposed === undefined ? [] : brokenBy.filter(isProposed).map((one) => proposed.indexOf(one)),
    base: lookup(base.get(place.record), place.path),
    sides: held.map((states) => lookup(states.get(place.record), place.path)),
  });
  return [
    ...breaches.map(({ operation, record, path, reason, predicate, brokenBy }) =>
      tell({ record, path }, operation, brokenBy, { reason, predicate, details: undefined }),
    ),
    ...schemaBreaches.map(({ record, operations, details }) =>
      tell({ record, path: [] }, operations.at(-1)!, operations.slice(0, -1), {
        reason: "SCHEMA",
        predicate: null,
        details,
      }),
    ),
  ];
}

/**
 * Which of some records break their schema in a version and did so at none of their latest commits.
 * @param versions the records in the version, with what is proposed
 * @param proposed a commit that is not stored, whose states satisfy the schemas, and that touches them all
 */
export async function findSchemaBreaches(
  store: Store,
  sql: Sql,
  versions: readonly RecordVersion[],
  proposed?: {
    readonly commit: CommitId;
    readonly operations: readonly JudgedOperation[];
    typeOf(record: RecordId): TypeRow;
  },
): Promise<SchemaBreach[]> {
  const merged = versions.filter(({ heads, state }) => heads.length > 1 && state !== undefined);
  if (merged.length === 0) return [];
  const records = merged.map(({ record }) => record);
  const typeOf = proposed?.typeOf ?? (await readTypeOf(sql, records));
  const breaches: SchemaBreach[] = [];
  for (const { record, heads, state } of merged) {
    const { schema } = typeOf(record);
    if (schema === null || state === undefined) continue;
    const details = store.schemas.errors(schema, state);
    if (!details) continue;
    const stored = heads.filter((commit) => commit !== proposed?.commit);
    const single = await readStatesAtHeads(
      store,
      sql,
      stored.map((commit) => ({ record, heads: [commit] })),
    );
    if (single.some((one) => one !== undefined && store.schemas.errors(schema, one))) continue;
    const all = [...(await operationsOfCommits(sql, stored)).sort(compareCanonical), ...(proposed?.operations ?? [])];
    const operations = heads.flatMap(
      (commit) => all.findLast((one) => one.commit === commit && one.record === record) ?? [],
    );
    breaches.push({ record, operations, details });
  }
  return breaches;
}
