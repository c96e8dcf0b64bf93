/** Bringing records of a frontier to given states, by commits like anybody's. */
import { difference } from "../../core/difference";
import { InvalidInput, NotFound, OmdbError, StaleSequence } from "../../core/errors";
import type { RecordId } from "../../core/ids";
import type { JsonObject, State } from "../../core/json";
import type { Effect } from "../../core/operation";
import { quoted } from "../../core/quote";
import { commitOnFrontier } from "../commit";
import { readFrontiers, rowsOf, type FrontierRow } from "../frontiers";
import { readLatest } from "../latest";
import { readRecordVersions } from "../recordStates";
import type { Store } from "../store";
import { readTypes, type TypeRow } from "../typeTables";
import { antichainOf } from "../versions";

export interface StatesTarget {
  readonly frontier: string;
  /** It exists. */
  readonly type: string;
  readonly author: string | null;
  readonly message: string | null;
}

/** What a record shall be; `line` names it in what is told of it. */
export interface WantedState {
  readonly line: number;
  readonly record: RecordId;
  readonly state: JsonObject;
}

export interface BadLine {
  readonly line: number;
  readonly what: string;
}

export interface StatesBrought {
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly commits: number;
  readonly operations: number;
  readonly bad: readonly BadLine[];
}

/** How often commits of others may come between reading and committing. */
const TRIES = 20;

/**
 * Brings records to states, in the order given, in as few commits as the limit on operations allows. What is refused for
 * one state is told and leaves the others alone.
 * @throws NotFound for the frontier, Locked, StaleSequence where others commit without a pause
 */
export async function bringToStates(
  store: Store,
  target: StatesTarget,
  wanted: readonly WantedState[],
): Promise<StatesBrought> {
  const total = { created: 0, changed: 0, unchanged: 0, commits: 0, operations: 0 };
  const bad: BadLine[] = [];
  let rest = wanted;
  let tries = 0;
  while (rest.length > 0) {
    const draft = await draftCommit(store, target, rest);
    bad.push(...draft.bad);
    try {
      if (draft.operations.length > 0) {
        await commitDraft(store, target, draft);
        total.commits += 1;
        total.operations += draft.operations.length;
      }
      total.created += draft.created;
      total.changed += draft.changed;
      total.unchanged += draft.unchanged;
      rest = rest.slice(draft.taken);
      tries = 0;
    } catch (error) {
      const refused = refusedLine(error, draft);
      if (refused) {
        // Those that were bad before are told already.
        const told = new Set([refused, ...draft.bad].map((line) => line.line));
        bad.push(refused);
        rest = rest.filter((state) => !told.has(state.line));
      } else if (error instanceof StaleSequence && ++tries < TRIES) {
        const told = new Set(draft.bad.map((line) => line.line));
        rest = rest.filter((state) => !told.has(state.line));
      } else {
        throw error;
      }
    }
  }
  return { ...total, bad };
}

interface Draft {
  readonly sequence: number;
  readonly operations: readonly { readonly line: number; readonly record: RecordId; readonly effect: Effect }[];
  /** How many of the wanted states it covers, bad ones included. */
  readonly taken: number;
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly bad: readonly BadLine[];
}

async function draftCommit(store: Store, target: StatesTarget, wanted: readonly WantedState[]): Promise<Draft> {
  const { pool } = store.database;
  const frontier = (await readFrontiers(pool, [target.frontier])).get(target.frontier);
  if (!frontier || frontier.deleted) {
    throw new NotFound(`There is no frontier ${quoted(target.frontier)}.`, ["frontier"]);
  }
  const type = (await readTypes(pool, [target.type])).get(target.type);
  if (!type) throw new NotFound(`There is no record type ${quoted(target.type)}.`, ["type"]);
  const states = await readStates(store, frontier, type, [...new Set(wanted.map((state) => state.record))]);

  const operations: { line: number; record: RecordId; effect: Effect }[] = [];
  const bad: BadLine[] = [];
  const count = { created: 0, changed: 0, unchanged: 0 };
  let taken = 0;
  for (const { line, record, state } of wanted) {
    const errors = type.schema === null ? null : store.schemas.errors(type.schema, state);
    if (errors) {
      bad.push({ line, what: `the record would break the schema of its type: ${JSON.stringify(errors)}` });
    } else {
      const before = states.get(record);
      const effects = effectsOf(before, state, store.limits.operationsPerCommit);
      if (operations.length > 0 && operations.length + effects.length > store.limits.operationsPerCommit) break;
      for (const effect of effects) operations.push({ line, record, effect });
      if (before === undefined) count.created += 1;
      else if (effects.length > 0) count.changed += 1;
      else count.unchanged += 1;
      states.set(record, state);
    }
    taken += 1;
  }
  return { sequence: frontier.sequence, operations, taken, ...count, bad };
}

/** What takes one state to the other; the state as a whole where that would not fit into a commit. */
function effectsOf(before: State, after: JsonObject, maximum: number): Effect[] {
  const effects = difference(before, after);
  return effects.length <= maximum ? effects : [{ path: [], operation: "put", parameters: { value: after } }];
}

async function readStates(
  store: Store,
  frontier: FrontierRow,
  type: TypeRow,
  records: readonly RecordId[],
): Promise<Map<RecordId, State>> {
  if (frontier.materialised) {
    const rows = await readLatest(store.database.pool, [type], rowsOf(frontier), records);
    return new Map([...rows].map(([record, version]) => [record, version.state]));
  }
  const version = await antichainOf(store, frontier.members, ["frontier"]);
  const found = await readRecordVersions(
    store,
    records.map((record) => ({ record, version })),
  );
  return new Map(found.map(({ record, state }) => [record, state]));
}

async function commitDraft(store: Store, target: StatesTarget, draft: Draft): Promise<void> {
  await commitOnFrontier(store, {
    frontier: target.frontier,
    proposals: draft.operations.map(({ record, effect }, index) => ({
      kind: "operation" as const,
      record,
      ...effect,
      predicates: [],
      ...(effect.operation === "create" && { type: target.type }),
      at: ["operations", index],
    })),
    author: target.author,
    message: target.message,
    metadata: undefined,
    // The operations are right for the states that were read, and for no others.
    expectedSequence: draft.sequence,
  });
}

/** The line that a refusal is about, if it is about one. */
function refusedLine(error: unknown, draft: Draft): BadLine | null {
  if (!(error instanceof OmdbError) || error instanceof StaleSequence) return null;
  const [place, index] = error.inputPath;
  const operation = place === "operations" && typeof index === "number" ? draft.operations[index] : undefined;
  if (!operation) return null;
  const details =
    error instanceof InvalidInput && error.details !== undefined ? `: ${JSON.stringify(error.details)}` : "";
  return { line: operation.line, what: `${error.message}${details}` };
}
