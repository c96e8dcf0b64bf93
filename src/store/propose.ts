/** Proposing operations on a version: admission, the commit, and the records as they are at it. */
import { admit, type Admitted, type AdmissionOptions, type Proposal } from "../core/admission";
import type { Antichain } from "../core/antichain";
import type { JudgedOperation } from "../core/consistency";
import { InvalidInput } from "../core/errors";
import type { CommitId, OperationId, RecordId } from "../core/ids";
import type { Json } from "../core/json";
import { ProposedGraph } from "../core/proposedGraph";
import { reserveCommitIds } from "./bulkCommits";
import { quoted } from "../core/quote";
import { indexCommit } from "./cuts/indexCommit";
import { together, type Sql } from "./database";
import { loadRecords, type LoadedRecords, type ReadKnown } from "./loadedRecords";
import type { Store } from "./store";
import type { TypeRow } from "./typeTables";
import type { Version } from "./versions";
import { writeCommit, type NewCommit } from "./writeCommit";

/** No commit has it: a number for one that is only tried. */
export const TRIAL: CommitId = Number.MAX_SAFE_INTEGER;

/** What is kept with a commit. */
export interface CommitTexts {
  readonly author: string | null;
  readonly message: string | null;
  readonly metadata: Json | undefined;
}

/** Operations that are admitted on a version, as a commit that is not stored yet. */
export interface ProposedCommit {
  readonly commit: CommitId;
  readonly parents: Antichain;
  readonly graph: ProposedGraph;
  readonly admitted: Admitted;
  /** The operations, with ids below 0 that keep their order. */
  readonly operations: readonly JudgedOperation[];
  readonly before: LoadedRecords;
  /** Which proposal an operation comes from. */
  indexOf(operation: JudgedOperation): number;
  /** Of a record that it changes. */
  typeOf(record: RecordId): TypeRow;
}

/**
 * Judges operations on a version by itself.
 * @param parents in the graph of the store
 * @param options.commit the number of the commit; default: one that is reserved for it
 * @param options.read the records in the version; default: from the database
 * @throws InvalidInput, LimitExceeded, NotFound, PredicateFailed
 */
export async function propose(
  store: Store,
  sql: Sql,
  parents: Version,
  proposals: readonly Proposal[],
  options: AdmissionOptions & { readonly commit?: CommitId; readonly read?: ReadKnown } = {},
): Promise<ProposedCommit> {
  const [before, [reserved]] = await together(
    loadRecords(store, sql, parents, proposals, options.read),
    options.commit === undefined ? reserveCommitIds(sql, 1) : Promise.resolve([options.commit]),
  );
  const admitted = admit(proposals, before.known, store.limits, options);
  refuseInvalidStates(store, proposals, admitted, before);
  // The canonical order of what is judged depends on the commit's number.
  const commit = reserved!;
  const graph = new ProposedGraph(store.commits.graph, commit, parents.commits);
  const logicalTime = graph.logicalTime(commit);
  const { operations } = admitted;
  const judged = operations.map(({ record, path, operation, parameters, predicates }, index) => {
    const place = { id: index - operations.length, commit, logicalTime };
    return { ...place, record, path, operation, parameters, predicates };
  });
  return {
    commit,
    parents: parents.commits,
    graph,
    admitted,
    operations: judged,
    before,
    indexOf: ({ id }) => operations[id + operations.length]!.proposal,
    typeOf: (record) => typeOf(admitted, before, record),
  };
}

/** Stores a proposed commit. What stands on it may be sent right after the call; all of it is done when that resolves. */
export async function writeProposed(
  { keepsCuts, cuts }: Pick<Store, "keepsCuts" | "cuts">,
  sql: Sql,
  proposals: readonly Proposal[],
  { commit, parents, admitted, before, graph }: ProposedCommit,
  { author, message, metadata }: CommitTexts,
  settles: readonly OperationId[] = [],
): Promise<void> {
  const { operations } = admitted;
  const recordParents = new Map(
    [...admitted.states.keys()].map((record) => [record, before.known(record).heads ?? []]),
  );
  await together(
    writeCommit(sql, {
      id: commit,
      parents,
      author,
      message,
      metadata,
      created: createdRecords(proposals, admitted, before),
      operations,
      recordParents,
      settles,
    }),
    keepsCuts
      ? indexCommit(
          sql,
          {
            ...{ commit, logicalTime: graph.logicalTime(commit), operations, recordParents },
            snapshots: (record) => typeOf(admitted, before, record).snapshots,
          },
          cuts,
        )
      : Promise.resolve(),
  );
}

function typeOf(admitted: Admitted, before: LoadedRecords, record: RecordId): TypeRow {
  const name = before.known(record).type ?? admitted.createdTypes.get(record);
  const type = name === undefined ? undefined : before.type(name);
  if (!type) throw new Error(`The record ${record} has no type.`);
  return type;
}

/** The records that are made, with their types and where in the input these stand. */
function createdRecords(
  proposals: readonly Proposal[],
  admitted: Admitted,
  before: LoadedRecords,
): NewCommit["created"] {
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
function refuseInvalidStates(
  store: Store,
  proposals: readonly Proposal[],
  admitted: Admitted,
  before: LoadedRecords,
): void {
  for (const [record, state] of admitted.states) {
    const { schema, name } = typeOf(admitted, before, record);
    if (schema === null || state === undefined) continue;
    const errors = store.schemas.errors(schema, state);
    if (!errors) continue;
    const last = admitted.operations.findLast((operation) => operation.record === record);
    throw new InvalidInput(
      `The record ${record} would break the schema of the type ${quoted(name)}.`,
      (proposals[last?.proposal ?? 0]?.at ?? ["operations", 0]).slice(0, 2),
      errors,
    );
  }
}
