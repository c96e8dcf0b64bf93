import type { KnownRecord, Proposal } from "../core/admission";
import { NotFound } from "../core/errors";
import type { RecordId } from "../core/ids";
import { recordsRead } from "../core/predicates";
import { quoted } from "../core/quote";
import type { Sql } from "./database";
import type { RecordVersion } from "./recordStates";
import type { Store } from "./store";
import { readRecordTypes, type TypeRow } from "./typeTables";
import { readRecords } from "./versionHeads";
import type { Version } from "./versions";

export interface LoadedRecords {
  /** Of the records that the proposals change, and of those that they read. */
  readonly known: (record: RecordId) => KnownRecord;
  readonly type: (name: string) => TypeRow | undefined;
}

/** Reads records that exist in a version; `types` are those of all of them. */
export type ReadKnown = (
  records: readonly RecordId[],
  types: readonly TypeRow[],
) => Promise<ReadonlyMap<RecordId, RecordVersion>>;

/**
 * What admission will ask for, in a version.
 * @throws NotFound for a type that does not exist
 */
export async function loadRecords(
  store: Store,
  sql: Sql,
  version: Version,
  proposals: readonly Proposal[],
  read: ReadKnown = (records, types) => readRecords(store, sql, version, records, types),
): Promise<LoadedRecords> {
  const records = new Set<RecordId>();
  const typeNames = new Set<string>();
  for (const proposal of proposals) {
    records.add(proposal.record);
    for (const predicate of proposal.predicates) for (const record of recordsRead(predicate)) records.add(record);
    if (proposal.kind === "operation" && proposal.type !== undefined) typeNames.add(proposal.type);
  }
  const { types, ofRecords } = await readRecordTypes(sql, [...records], [...typeNames]);
  for (const proposal of proposals) {
    if (proposal.kind === "operation" && proposal.type !== undefined && !types.has(proposal.type)) {
      throw new NotFound(`There is no record type ${quoted(proposal.type)}.`, [...proposal.at, "type"]);
    }
  }
  const found = await read([...ofRecords.keys()], [...types.values()]);
  return {
    known: (record) => ({
      type: ofRecords.get(record) ?? null,
      state: found.get(record)?.state,
      heads: found.get(record)?.heads ?? [],
    }),
    type: (name) => types.get(name),
  };
}
