/** Committing on a frontier: admission, then everything in one transaction under the lock of the frontier's row. */
import { admit, type Admitted, type Proposal } from "../core/admission";
import { InvalidInput, NotFound } from "../core/errors";
import type { CommitId, RecordId } from "../core/ids";
import type { Json, State } from "../core/json";
import { recordsRead } from "../core/predicates";
import { quoted } from "../core/quote";
import type { Sql } from "./database";
import { appendChange, type FrontierChangeRow } from "./frontierLog";
import { onFrontier } from "./frontierQueue";
import { lockFrontierRow, refuseLocked, refuseStale, type FrontierRow } from "./frontiers";
import { findKey, keepKey } from "./idempotency";
import { readLatest, writeLatest } from "./latest";
import { readRecordVersions, type RecordVersion } from "./recordStates";
import type { Store } from "./store";
import { readTypes, type TypeRow } from "./typeTables";
import { antichainOf } from "./versions";
import { writeCommit, type NewCommit } from "./writeCommit";

export interface CommitRequest {
  readonly frontier: string;
  /** The version that the operations were made on; default: the frontier's commits. */
  readonly parents?: readonly CommitId[] | null;
  /** At least one; read and checked, each knows its place in the input. */
  readonly proposals: readonly Proposal[];
  readonly message: string | null;
  readonly author: string | null;
  readonly metadata: Json | undefined;
  readonly expectedSequence?: number | null;
  readonly idempotency?: { readonly key: string; readonly fingerprint: string };
}

export interface CommitResult {
  readonly commit: CommitId;
  /** The sequence of the change that it made. */
  readonly sequence: number;
  /** True when an idempotency key was met again: nothing was done now. */
  readonly replayed: boolean;
}

/**
 * Commits operations on a frontier.
 * @throws InvalidInput, LimitExceeded, NotFound, AlreadyExists, PredicateFailed, Locked, StaleSequence; then nothing is stored
 */
export async function commitOnFrontier(store: Store, request: CommitRequest): Promise<CommitResult> {
  if (request.proposals.length === 0) throw new InvalidInput("A commit has at least one operation.", ["operations"]);
  return onFrontier(store.database, request.frontier, async (sql) => {
    const frontier = await lockFrontierRow(sql, request.frontier, ["frontier"]);
    if (request.idempotency) {
      const { key, fingerprint } = request.idempotency;
      const kept = await findKey(sql, frontier.name, key, fingerprint);
      if (kept && kept.commit !== null && kept.sequence !== null) {
        return { commit: kept.commit, sequence: kept.sequence, replayed: true };
      }
    }
    refuseLocked(frontier);
    refuseStale(frontier, request.expectedSequence);
    await refuseOtherParents(store, frontier, request.parents);

    const before = await loadRecords(store, sql, frontier, request.proposals);
    const admitted = admit(request.proposals, before.known, store.limits);
    refuseInvalidStates(store, admitted, before);

    const commit = await writeCommit(sql, {
      parents: frontier.members,
      author: request.author,
      message: request.message,
      metadata: request.metadata,
      created: createdRecords(request.proposals, admitted, before),
      operations: admitted.operations,
      recordParents: new Map([...admitted.states.keys()].map((record) => [record, before.heads(record)])),
    });
    const change = await appendChange(sql, frontier, {
      cause: "COMMIT",
      members: [commit],
      author: request.author,
      message: request.message,
    });
    if (frontier.materialised) await writeStates(sql, frontier, change, commit, admitted, before);
    if (request.idempotency) {
      const { key, fingerprint } = request.idempotency;
      await keepKey(sql, frontier.name, key, fingerprint, { commit, sequence: change.sequence });
    }
    return { commit, sequence: change.sequence, replayed: false };
  });
}

/** Until versions other than the present can be committed on, parents are a check and nothing more. */
async function refuseOtherParents(
  store: Store,
  frontier: FrontierRow,
  parents: readonly CommitId[] | null | undefined,
): Promise<void> {
  if (!parents) return;
  const named = await antichainOf(store, parents, ["parents"]);
  if (named.length === frontier.members.length && named.every((commit, index) => commit === frontier.members[index])) {
    return;
  }
  throw new InvalidInput(
    `The parents must be the frontier's commits, which are now [${frontier.members.join(", ")}]: committing on another ` +
      `version is not supported yet.`,
    ["parents"],
  );
}

interface Loaded {
  readonly known: (record: RecordId) => { type: string | null; state: State };
  readonly heads: (record: RecordId) => readonly CommitId[];
  readonly type: (name: string) => TypeRow | undefined;
}

/** The types and states that admission will ask for: of the records that the proposals change, and of those they read. */
async function loadRecords(
  store: Store,
  sql: Sql,
  frontier: FrontierRow,
  proposals: readonly Proposal[],
): Promise<Loaded> {
  const records = new Set<RecordId>();
  const typeNames = new Set<string>();
  for (const proposal of proposals) {
    records.add(proposal.record);
    for (const predicate of proposal.predicates) for (const record of recordsRead(predicate)) records.add(record);
    if (proposal.kind === "operation" && proposal.type !== undefined) typeNames.add(proposal.type);
  }
  const { rows } = await sql.query<{ id: RecordId; type: string }>(
    `select id, type from omdb.records where id = any($1::uuid[])`,
    [[...records]],
  );
  const typeOfRecord = new Map(rows.map((row) => [row.id, row.type]));
  for (const row of rows) typeNames.add(row.type);
  const types = await readTypes(sql, [...typeNames]);
  for (const proposal of proposals) {
    if (proposal.kind === "operation" && proposal.type !== undefined && !types.has(proposal.type)) {
      throw new NotFound(`There is no record type ${quoted(proposal.type)}.`, [...proposal.at, "type"]);
    }
  }
  const versions = await readVersions(store, sql, frontier, [...typeOfRecord.keys()], [...types.values()]);
  return {
    known: (record) => ({ type: typeOfRecord.get(record) ?? null, state: versions.get(record)?.state }),
    heads: (record) => versions.get(record)?.heads ?? [],
    type: (name) => types.get(name),
  };
}

async function readVersions(
  store: Store,
  sql: Sql,
  frontier: FrontierRow,
  records: readonly RecordId[],
  types: readonly TypeRow[],
): Promise<Map<RecordId, RecordVersion>> {
  if (frontier.materialised) return readLatest(sql, types, frontier.name, frontier.sequence, records);
  const version = await antichainOf(store, frontier.members, []);
  const requests = records.map((record) => ({ record, version }));
  const versions = await readRecordVersions(store, requests, sql);
  return new Map(versions.map((found) => [found.record, found]));
}

function typeOf(admitted: Admitted, before: Loaded, record: RecordId): TypeRow {
  const name = before.known(record).type ?? admitted.createdTypes.get(record);
  const type = name === undefined ? undefined : before.type(name);
  if (!type) throw new Error(`record ${record} has no type`);
  return type;
}

/** The records that are made, with their types and where in the input these stand. */
function createdRecords(proposals: readonly Proposal[], admitted: Admitted, before: Loaded): NewCommit["created"] {
  const places = new Map(
    admitted.operations
      .filter((operation) => operation.operation === "create")
      .map(({ record, proposal }) => [record, [...(proposals[proposal]?.at ?? []), "type"]]),
  );
  return admitted.created.map((record) => ({
    record,
    type: typeOf(admitted, before, record).name,
    at: places.get(record) ?? ["operations"],
  }));
}

/** @throws InvalidInput with the validator's errors, naming the last operation on the record that breaks its schema */
function refuseInvalidStates(store: Store, admitted: Admitted, before: Loaded): void {
  for (const [record, state] of admitted.states) {
    const { schema, name } = typeOf(admitted, before, record);
    if (schema === null || state === undefined) continue;
    const errors = store.schemas.errors(schema, state);
    if (!errors) continue;
    const last = admitted.operations.findLast((operation) => operation.record === record);
    throw new InvalidInput(
      `The record ${record} would break the schema of the type ${quoted(name)}.`,
      ["operations", last?.proposal ?? 0],
      errors,
    );
  }
}

async function writeStates(
  sql: Sql,
  frontier: FrontierRow,
  change: FrontierChangeRow,
  commit: CommitId,
  admitted: Admitted,
  before: Loaded,
): Promise<void> {
  const byType = new Map<TypeRow, RecordVersion[]>();
  for (const [record, state] of admitted.states) {
    const type = typeOf(admitted, before, record);
    const versions = byType.get(type) ?? [];
    versions.push({ record, heads: [commit], state });
    byType.set(type, versions);
  }
  for (const [type, versions] of byType) await writeLatest(sql, type, frontier.name, change.sequence, versions);
}
