/**
 * `record_commits`, `record_cuts`, `coalesced_operations` with their operations, `snapshots_<type>`,
 * `commit_snapshot_ancestors` and `snapshot_to_snapshot`, against cuts that are made anew.
 */
import { canonicalJson } from "../../core/canonical";
import { equalJson } from "../../core/equality";
import type { OperationId, RecordId } from "../../core/ids";
import type { Json, JsonObject } from "../../core/json";
import { applyOperation } from "../../core/operation";
import { effectsOf } from "../../core/operations/coalesced";
import type { CutId, CutRow, EntryRow } from "../cuts/cutRow";
import type { Sql } from "../database";
import { compareRows, ROW, type Difference, type Findings } from "./differences";
import { makeExpectedCuts, type ExpectedCuts } from "./expectedCuts";
import type { TrueHistory } from "./recordHistory";
import { repairCuts } from "./repairCuts";
import { readStoredCutRows, type StoredCutRows, type StoredOperation } from "./storedCutRows";

/** @param snapshots the table of snapshots of the records' type, unquoted */
export async function checkCuts(
  sql: Sql,
  snapshots: string,
  records: readonly RecordId[],
  histories: ReadonlyMap<RecordId, TrueHistory>,
): Promise<Findings> {
  const stored = await readStoredCutRows(sql, snapshots, records);
  const expected = await makeExpectedCuts(histories, snapshots, stored.cuts);
  const names = new Names(expected);
  const differences = [
    ...compareEntries(names, stored, expected),
    ...compareCuts(names, stored, expected),
    ...(await compareOperations(snapshots, stored, expected)),
    ...compareLinks(stored, expected),
    ...compareRows(snapshots, ...byKey(stored.snapshots, expected.snapshots, snapshotOf)),
    ...compareRows(
      "commit_snapshot_ancestors",
      ...byKey(stored.ancestors, expected.ancestors, ({ record, commit, snapshot }) => [
        `${record} ${commit} ${snapshot}`,
        ROW,
      ]),
    ),
    ...compareRows(
      "snapshot_to_snapshot",
      ...byKey(stored.snapshotLinks, expected.snapshotLinks, ({ record, parent, child }) => [
        `${record} ${parent} ${child}`,
        ROW,
      ]),
    ),
  ];
  if (differences.length === 0) return { differences, repairs: [] };
  // Keys of operations begin with their record as the others do.
  const damaged = new Set(differences.map(({ key }) => key.slice(0, UUID_LENGTH)));
  return { differences, repairs: [(mending) => repairCuts(mending, [...damaged])] };
}

const UUID_LENGTH = 36;

function byKey<Stored, Expected>(
  stored: readonly Stored[],
  expected: readonly Expected[],
  rowOf: (row: Stored | Expected) => readonly [string, string],
): [Map<string, string>, Map<string, string>] {
  return [new Map(stored.map(rowOf)), new Map(expected.map(rowOf))];
}

const snapshotOf = ({ record, heads, state }: { record: RecordId; heads: readonly number[]; state?: Json }) =>
  [`${record} ${heads.join("+")}`, canonicalJson(state ?? null)] as const;

/** What cuts are called in values: the same for a stored one and for the one that has to be. */
class Names {
  constructor(private readonly expected: ExpectedCuts) {}

  ofStored(id: CutId | null): string | null {
    if (id === null) return null;
    const cut = this.expected.expectedOf.get(id);
    return cut ? this.nameOf(cut, id) : `cut ${id}`;
  }

  ofExpected(id: CutId | null, cuts: ReadonlyMap<CutId, CutRow>): string | null {
    if (id === null) return null;
    return this.nameOf(cuts.get(id)!, this.expected.storedOf.get(id)?.id);
  }

  private nameOf({ members, until }: CutRow, stored: CutId | undefined): string {
    return `cut ${stored ?? "that is missing"}: ${members.join("+")} until ${until}`;
  }
}

function compareEntries(names: Names, stored: StoredCutRows, expected: ExpectedCuts): Difference[] {
  const cuts = new Map(expected.cuts.map((cut) => [cut.id, cut]));
  const rowOf = ({ record, commit, logicalTime, loose }: EntryRow, cut: string | null) =>
    [`${record} ${commit}`, canonicalJson({ logical_time: logicalTime, cut, loose })] as const;
  return compareRows(
    "record_commits",
    new Map(stored.entries.map((entry) => rowOf(entry, names.ofStored(entry.cut)))),
    new Map(expected.entries.map((entry) => rowOf(entry, names.ofExpected(entry.cut, cuts)))),
  );
}

const cutKey = ({ record, members, until }: CutRow, id: string) =>
  `${record} ${members.join("+")} until ${until} (${id})`;

function compareCuts(names: Names, stored: StoredCutRows, expected: ExpectedCuts): Difference[] {
  const cuts = new Map(expected.cuts.map((cut) => [cut.id, cut]));
  const valueOf = (cut: CutRow, name: (id: CutId | null) => string | null): string =>
    canonicalJson({
      ...{ rank: cut.rank, prev: name(cut.prev), prev_until: cut.prevUntil, jump: name(cut.jump) },
      ...{ jump_rank: cut.jumpRank, ordinal: cut.ordinal, base: name(cut.base), base_rank: cut.baseRank },
      ...{ since: cut.since, prev_bytes: cut.prevBytes, jump_bytes: cut.jumpBytes },
      prev_operation: cut.prevOperation !== null,
      jump_operation: cut.jumpOperation !== null,
    });
  return compareRows(
    "record_cuts",
    new Map(stored.cuts.map((cut) => [cutKey(cut, `id ${cut.id}`), valueOf(cut, (id) => names.ofStored(id))])),
    new Map(
      expected.cuts.map((cut) => {
        const id = expected.storedOf.get(cut.id)?.id;
        // Two that differ in what they stand on alone are two.
        const key = cutKey(cut, id === undefined ? `missing, of rank ${cut.rank}.${cut.id}` : `id ${id}`);
        return [key, valueOf(cut, (other) => names.ofExpected(other, cuts))];
      }),
    ),
  );
}

/** The stored operations of cuts that have to be, by the id that the expected one has. */
function* pairedOperations({ cuts, storedOf }: ExpectedCuts): Generator<readonly [OperationId, OperationId | null]> {
  for (const cut of cuts) {
    const found = storedOf.get(cut.id);
    if (!found) continue;
    if (cut.prevOperation !== null) yield [cut.prevOperation, found.prevOperation];
    if (cut.jumpOperation !== null) yield [cut.jumpOperation, found.jumpOperation];
  }
}

/** By effect: the members of objects may stand in another order, and so may the parts of a coalesced operation. */
async function compareOperations(
  snapshots: string,
  stored: StoredCutRows,
  expected: ExpectedCuts,
): Promise<Difference[]> {
  const storedById = new Map(stored.operations.map((operation) => [operation.id, operation]));
  const parametersOf = new Map(expected.operations.map(({ id, parameters }) => [id, parameters]));
  const paired = new Map(pairedOperations(expected));
  const cuts = new Map(expected.cuts.map((cut) => [cut.id, cut]));
  const differences: Difference[] = [];
  const right = new Set<OperationId>();
  const uses = new Map<OperationId, number>();
  for (const id of stored.cuts.flatMap(({ prevOperation, jumpOperation }) => [prevOperation, jumpOperation])) {
    if (id !== null) uses.set(id, (uses.get(id) ?? 0) + 1);
  }
  const seen = new Set<OperationId>();
  for (const cut of expected.cuts) {
    for (const [id, from] of [
      [cut.prevOperation, cut.prev],
      [cut.jumpOperation, cut.jump],
    ] as const) {
      const storedId = id === null ? null : (paired.get(id) ?? null);
      // Without one, the cut itself is told of.
      if (id === null || from === null || storedId === null) continue;
      const found = storedById.get(storedId)!;
      const must = { record: cut.record, parameters: parametersOf.get(id)! };
      seen.add(storedId);
      if (isFormOf(found, must) && !right.has(storedId)) {
        right.add(storedId);
        if (equalJson(found.parameters, must.parameters)) continue;
        const before = await expected.builder.stateOf(cuts.get(from)!, snapshots);
        const after = await expected.builder.stateOf(cut, snapshots);
        const does = applyOperation(before, found as never);
        if (equalJson(does ?? null, after ?? null)) continue;
      }
      // One that belongs elsewhere is right, and the cut that names it is wrong.
      const isElsewhere = found.inCommit || uses.get(storedId)! > 1;
      differences.push({
        ...(isElsewhere
          ? { table: "record_cuts", key: cutKey(cut, `id ${expected.storedOf.get(cut.id)!.id}`) }
          : { table: "operations", key: `${cut.record} ${storedId}` }),
        stored: shortOf(found),
        expected: shortOf({ ...found, ...must, path: [], operation: "coalesced", predicates: [], inCommit: false }),
      });
    }
  }
  for (const operation of stored.operations) {
    const { id, record, inCommit } = operation;
    if (seen.has(id) || inCommit) continue;
    differences.push({ table: "operations", key: `${record} ${id}`, stored: shortOf(operation), expected: null });
  }
  return differences;
}

/** Whether an operation is a coalesced one of the same record. */
function isFormOf(found: StoredOperation, must: { readonly record: RecordId }): boolean {
  return (
    found.record === must.record &&
    found.operation === "coalesced" &&
    !found.inCommit &&
    equalJson(found.path, []) &&
    equalJson(found.predicates, []) &&
    effectsOf(found.parameters) !== undefined &&
    Object.keys(found.parameters as JsonObject).length === 1
  );
}

const shortOf = ({ record, operation, path, parameters }: StoredOperation): string => {
  const text = canonicalJson({ record, operation, path, parameters });
  return text.length <= 300 ? text : `${text.slice(0, 300)}…`;
};

/** A pair of commits has the operation of one of the cuts with this pair: which one was first does not matter. */
function compareLinks(stored: StoredCutRows, expected: ExpectedCuts): Difference[] {
  const paired = new Map(pairedOperations(expected));
  const allowed = new Map<string, Set<OperationId>>();
  for (const { record, parent, child, operation } of expected.links) {
    const key: string = `${record} ${parent} ${child}`;
    const own = allowed.get(key) ?? new Set();
    allowed.set(key, own);
    const storedId = paired.get(operation);
    if (storedId !== undefined && storedId !== null) own.add(storedId);
  }
  const rows = stored.links.map(({ record, parent, child, operation }) => {
    return [`${record} ${parent} ${child}`, operation] as const;
  });
  const found = new Map<string, OperationId>(rows);
  return compareRows(
    "coalesced_operations",
    new Map(rows.map(([key, operation]) => [key, `operation ${operation}`])),
    new Map(
      [...allowed].map(([key, own]) => {
        const is = found.get(key);
        const must = is !== undefined && own.has(is) ? is : ([...own][0] ?? "that is missing");
        return [String(key), `operation ${must}`] as const;
      }),
    ),
  );
}
