/** Cuts of records as they have to be, made in memory from the records' operations. */
import type { CommitId, OperationId, RecordId } from "../../core/ids";
import { CutBuilder, type CutRows } from "../cuts/cutBuilder";
import type { CutId, CutRow } from "../cuts/cutRow";
import type { CutSource } from "../cuts/cutSource";
import type { TrueHistory } from "./recordHistory";

export interface ExpectedCuts extends CutRows {
  readonly builder: CutBuilder;
  /** The stored cut for one that has to be; missing where there is none. */
  readonly storedOf: ReadonlyMap<CutId, CutRow>;
  /** The other way round: by the stored cut's id. */
  readonly expectedOf: ReadonlyMap<CutId, CutRow>;
}

/**
 * Ids are of its own: a cut is what it is by its chain, the members and times from the first one up to it.
 * @param snapshots the type's table of snapshots
 * @param stored the cuts that the database has of these records. Which of several on the same one was made first follows
 *   from nothing else: where they have the numbers from 0 on, these are taken as they are.
 */
export async function makeExpectedCuts(
  histories: ReadonlyMap<RecordId, TrueHistory>,
  snapshots: string,
  stored: readonly CutRow[],
): Promise<ExpectedCuts> {
  const storedOf = new Map<CutId, CutRow>();
  const builder = new CutBuilder(emptySource(stored, storedOf));
  for (const { record, commits, parents, operations } of histories.values()) {
    await builder.add(
      commits.map((commit) => {
        const effects = operations.get(commit)!;
        const { logicalTime } = effects[0]!;
        return { record, commit, logicalTime, parents: parents.get(commit)!, effects, snapshots };
      }),
    );
  }
  const rows = builder.take();
  const cuts = new Map(rows.cuts.map((cut) => [cut.id, cut]));
  const expectedOf = new Map([...storedOf].map(([id, { id: storedId }]) => [storedId, cuts.get(id)!]));
  return { ...rows, builder, storedOf, expectedOf };
}

const siblingsKey = (record: RecordId, prev: CutId | null) => `${record} ${prev ?? ""}`;
const cutKey = (record: RecordId, prev: CutId | null, until: number, members: readonly CommitId[]) =>
  `${siblingsKey(record, prev)} ${until} ${members.join("+")}`;

function emptySource(stored: readonly CutRow[], storedOf: Map<CutId, CutRow>): CutSource {
  const byKey = new Map(stored.map((cut) => [cutKey(cut.record, cut.prev, cut.until, cut.members), cut]));
  const ordinals = new Map<string, number[]>();
  for (const { record, prev, ordinal } of stored) {
    const key = siblingsKey(record, prev);
    ordinals.set(key, [...(ordinals.get(key) ?? []), ordinal]);
  }
  const inOrder = new Set(
    [...ordinals].flatMap(([key, own]) =>
      own.sort((a, b) => a - b).every((ordinal, place) => ordinal === place) ? [key] : [],
    ),
  );
  let cutId: CutId = 0;
  let operationId: OperationId = 0;
  const nothing = () => Promise.resolve([]);
  // Whatever is needed has been made here.
  const never = (): never => {
    throw new Error("Cuts that are made from the beginning need nothing that is stored.");
  };
  return {
    lock: () => Promise.resolve(),
    entries: () => Promise.resolve({ entries: [], cuts: [] }),
    cuts: nothing,
    standingOn: nothing,
    touches: nothing,
    states: never,
    effects: never,
    newCutId: () => Promise.resolve((cutId += 1)),
    newOperationId: () => Promise.resolve((operationId += 1)),
    ordinal: ({ id, record, members, until, prev }) => {
      const below = prev === null ? null : storedOf.get(prev)?.id;
      if (below === undefined) return undefined;
      const found = byKey.get(cutKey(record, below, until, members));
      if (!found) return undefined;
      storedOf.set(id, found);
      return inOrder.has(siblingsKey(record, below)) ? found.ordinal : undefined;
    },
  };
}
