import type { KnownRecord, Proposal } from "../core/admission";
import { NotFound } from "../core/errors";
import type { RecordId } from "../core/ids";
import { recordsRead } from "../core/predicates";
import { quoted } from "../core/quote";
import type { Sql } from "./database";
import type { Store } from "./store";
import { readTypes, readTypesByRecord, type TypeRow } from "./typeTables";
import { readRecords } from "./versionHeads";
import type { Version } from "./versions";

export interface LoadedRecords {
  /** Of the records that the proposals change, and of those that they read. */
  readonly known: (record: RecordId) => KnownRecord;
  readonly type: (name: string) => TypeRow | undefined;
}

/**
 * What admission will ask for, in a version.
 * @throws NotFound for a type that does not exist
 */
export async function loadRecords(
  store: Store,
  sql: Sql,
  version: Version,
  proposals: readonly Proposal[],
): Promise<LoadedRecords> {
  const records = new Set<RecordId>();
  const typeNames = new Set<string>();
  for (const proposal of proposals) {
    records.add(proposal.record);
    for (const predicate of proposal.predicates) for (const record of recordsRead(predicate)) records.add(record);
    if (proposal.kind === "operation" && proposal.type !== undefined) typeNames.add(proposal.type);
  }
  const typeOfRecord = await readTypesByRecord(sql, [...records]);
  for (const type of typeOfRecord.values()) typeNames.add(type);
  const types = await readTypes(sql, [...typeNames]);
  for (const proposal of proposals) {
    if (proposal.kind === "operation" && proposal.type !== undefined && !types.has(proposal.type)) {
      throw new NotFound(`There is no record type ${quoted(proposal.type)}.`, [...proposal.at, "type"]);
    }
  }
  const found = await readRecords(store, sql, version, [...typeOfRecord.keys()]);
  return {
    known: (record) => ({
      type: typeOfRecord.get(record) ?? null,
      state: found.get(record)?.state,
      heads: found.get(record)?.heads ?? [],
    }),
    type: (name) => types.get(name),
  };
}
