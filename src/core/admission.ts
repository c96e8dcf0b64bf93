/** Judging the operations of a proposed commit, in their order, each in the state that those before it leave. */
import { InvalidInput, LimitExceeded, NotFound, PredicateFailed, type InputPath } from "./errors";
import type { CommitId, RecordId } from "./ids";
import { equalJson } from "./equality";
import type { Json, State } from "./json";
import { expandPatch, MovedBytes } from "./jsonPatch";
import { Fold } from "./fold";
import { firstFailure } from "./judge";
import type { Limits } from "./limits";
import { applyAll, foldOperation, refusalOf, type Effect, type Operation } from "./operation";
import { operationKind } from "./operations/registry";
import { lookup, type Path } from "./path";
import { aboutOperations, countPredicates, type Predicate } from "./predicates";
import { quoted } from "./quote";
import { jsonBytes, jsonDepth } from "./size";

/** What is proposed: values, paths and predicates have passed their checks, names and parameters of operations not yet. */
export type Proposal = ProposedOperation | ProposedPatch;

export interface ProposedOperation {
  readonly kind: "operation";
  readonly record: RecordId;
  readonly path: Path;
  readonly operation: string;
  readonly parameters: Json;
  readonly predicates: readonly Predicate[];
  /** For `create` only, and needed there: the record's type. What is proposed by the name of its kind has none. */
  readonly type?: string;
  /** Where the operation stands in the input, e.g. `["operations", 3, "put"]`. */
  readonly at: InputPath;
  /** Where its parameters stand; default: they are members of what stands at `at`. */
  readonly parametersAt?: InputPath;
}

/** An RFC 6902 JSON Patch. Its predicates are those of its first operation. */
export interface ProposedPatch {
  readonly kind: "patch";
  readonly record: RecordId;
  readonly patch: Json;
  readonly predicates: readonly Predicate[];
  readonly at: InputPath;
}

/** What is known of a record before the commit; type null: there is no such record. */
export interface KnownRecord {
  readonly type: string | null;
  readonly state: State;
  /** The record's own version: its latest commits, ascending; default: none. */
  readonly heads?: readonly CommitId[];
}

export interface AdmissionOptions {
  /** Whether `remove` may name what is gone already, so that in a settlement "deleted" can win. */
  readonly removesGone?: boolean;
}

export type AdmittedOperation = Operation & {
  /** The index of the proposal that it comes from. */
  readonly proposal: number;
};

export interface Admitted {
  /** In their order, with parameters in canonical form. */
  readonly operations: AdmittedOperation[];
  /** The state of every record that an operation names, after them all. */
  readonly states: Map<RecordId, State>;
  /** The records that `create` operations make, in their order, without repeats; also those that were removed before. */
  readonly created: RecordId[];
  /** The type of every record that did not exist before. */
  readonly createdTypes: Map<RecordId, string>;
}

/**
 * Takes proposals to operations that may be committed on the states that are known, or refuses them all.
 * @param known is asked at most once for a record
 * @throws InvalidInput, LimitExceeded, NotFound with the place in the input; PredicateFailed with the index of the
 *   proposal, its reason PREDICATE or (predicate null) PRECONDITION
 */
export function admit(
  proposals: readonly Proposal[],
  known: (record: RecordId) => KnownRecord,
  limits: Limits,
  options: AdmissionOptions = {},
): Admitted {
  // What is wrong in any state is found first, so that it is never hidden by what is only wrong in this one.
  const parsed = proposals.map((proposal, index) => {
    if (index >= limits.operationsPerCommit) throw tooMany(proposal.at, limits);
    return proposal.kind === "operation" ? parseOperation(proposal, limits) : proposal;
  });
  const admission = new Admission(known, limits, options);
  parsed.forEach((proposal, index) => {
    if (proposal.kind === "operation") admission.operation(proposal, index);
    else admission.patch(proposal, index);
  });
  admission.measureStates();
  return admission.result;
}

function tooMany(at: InputPath, { operationsPerCommit }: Limits): LimitExceeded {
  const problem = `A commit has at most ${operationsPerCommit} operations.`;
  return new LimitExceeded(problem, at, "operationsPerCommit", operationsPerCommit);
}

/** The proposal with its parameters in canonical form. */
function parseOperation(proposal: ProposedOperation, limits: Limits): ProposedOperation {
  const kind = operationKind(proposal.operation);
  if (kind === undefined || kind.internal === true) {
    throw new InvalidInput(`There is no operation named ${quoted(proposal.operation)}.`, [...proposal.at, "operation"]);
  }
  if (proposal.operation === "create" && proposal.type === undefined) {
    throw new InvalidInput("A create is proposed as one, since it names the type of the record.", [
      ...proposal.at,
      "operation",
    ]);
  }
  const at = proposal.parametersAt ?? proposal.at;
  return { ...proposal, parameters: kind.parse(proposal.parameters, proposal.path, at, limits) };
}

/** What the state of a record may not exceed. */
const MEASURES = [
  { limit: "stateDepth", of: jsonDepth, problem: "would be nested deeper than" },
  { limit: "stateBytes", of: jsonBytes, problem: "would have more bytes as JSON than" },
] as const;

class Admission {
  readonly result: Admitted = { operations: [], states: new Map(), created: [], createdTypes: new Map() };
  readonly #known = new Map<RecordId, KnownRecord>();
  readonly #created = new Set<RecordId>();
  readonly #moved: MovedBytes;
  readonly #fold = new Fold((steps) => this.#spend(steps));
  #steps = 0;
  /** Where each admitted operation stands in the input. */
  readonly #places: InputPath[] = [];
  /** Where what is judged now stands in the input. */
  #at: InputPath = [];

  constructor(
    readonly known: (record: RecordId) => KnownRecord,
    readonly limits: Limits,
    readonly options: AdmissionOptions,
  ) {
    this.#moved = new MovedBytes(limits);
  }

  operation(proposal: ProposedOperation, index: number): void {
    const { record, type, at } = proposal;
    const present = this.#typeOf(record);
    if (proposal.operation !== "create") this.#mustExist(record, at);
    else if (present !== null && present !== type) {
      const problem = `The record ${record} has another type, ${JSON.stringify(present)}.`;
      throw new InvalidInput(problem, [...at, "type"]);
    }
    this.#judge(record, proposal, proposal.predicates, index, at);
    if (proposal.operation !== "create" || type === undefined) return;
    if (!this.#created.has(record)) this.result.created.push(record);
    this.#created.add(record);
    if (present === null) this.result.createdTypes.set(record, type);
  }

  patch({ record, patch, predicates, at }: ProposedPatch, index: number): void {
    this.#mustExist(record, at);
    let own = predicates;
    const read = () => this.#stateOf(record);
    for (const operation of expandPatch(patch, read, [...at, "patch"], this.limits, this.#moved)) {
      const all = [...own, ...operation.predicates];
      own = [];
      const { predicatesPerOperation } = this.limits;
      if (countPredicates(all) > predicatesPerOperation) {
        const problem = `With what the patch tests and takes for granted, there are more than ${predicatesPerOperation} predicates.`;
        throw new LimitExceeded(problem, operation.at, "predicatesPerOperation", predicatesPerOperation);
      }
      this.#judge(record, operation, all, index, at);
    }
  }

  /**
   * Once for each record, and not for each operation: a state may be large. What was beyond a limit before (when it was
   * another one) may stay so, but not grow.
   * @throws LimitExceeded for `stateDepth` and `stateBytes`, with the place of an operation that goes beyond
   */
  measureStates(): void {
    for (const [record, state] of this.result.states) {
      if (state === undefined) continue;
      for (const { limit, of, problem } of MEASURES) {
        const maximum = this.limits[limit];
        if (of(state, maximum) <= maximum) continue;
        const before = this.#knownRecord(record).state;
        const allowed = before === undefined ? maximum : Math.max(maximum, of(before));
        if (of(state, allowed) <= allowed) continue;
        const place = this.#breaking(record, (after) => after !== undefined && of(after, allowed) > allowed);
        throw new LimitExceeded(`The record ${record} ${problem} ${maximum}.`, place, limit, maximum);
      }
    }
  }

  /**
   * The place of an operation that breaks what holds before the commit and not after it: found by halving, each
   * operation being applied once more.
   */
  #breaking(record: RecordId, isBroken: (state: State) => boolean): InputPath {
    const indices = this.result.operations.flatMap((operation, index) => (operation.record === record ? [index] : []));
    let whole = this.#knownRecord(record).state;
    let first = 0;
    let last = indices.length - 1;
    while (first < last) {
      const middle = (first + last) >> 1;
      const after = applyAll(
        whole,
        indices.slice(first, middle + 1).map((index) => this.result.operations[index]!),
      );
      if (isBroken(after)) last = middle;
      else {
        whole = after;
        first = middle + 1;
      }
    }
    return this.#places[indices[first]!]!;
  }

  #judge(record: RecordId, effect: Effect, predicates: readonly Predicate[], index: number, at: InputPath): void {
    const { operations, states } = this.result;
    if (operations.length >= this.limits.operationsPerCommit) throw tooMany(at, this.limits);
    this.#at = at;
    const failure = firstFailure(predicates, (other) => this.#stateOf(other ?? record), this.#fold.spend);
    if (failure !== null) {
      throw new PredicateFailed(`A predicate of operation ${index} is false.`, {
        operationIndex: index,
        record: failure.record ?? record,
        path: failure.path,
        reason: "PREDICATE",
        predicate: failure.predicate,
        actual: failure.actual,
      });
    }
    this.#judgeVersions(record, predicates, index);
    const before = this.#stateOf(record);
    const refusal = refusalOf(before, effect);
    const isGone = this.options.removesGone === true && effect.operation === "remove";
    if (refusal !== null && !isGone) {
      throw new PredicateFailed(`Operation ${index} (${effect.operation}) cannot be applied: ${refusal}`, {
        operationIndex: index,
        record,
        path: effect.path,
        reason: "PRECONDITION",
        predicate: null,
        actual: lookup(before, effect.path),
      });
    }
    const { path, operation, parameters } = effect;
    operations.push({ record, path, operation, parameters, predicates, proposal: index });
    this.#places.push(at);
    states.set(record, foldOperation(before, effect, this.#fold));
  }

  #spend(steps: number): void {
    this.#steps += steps;
    const { stepsPerCommit } = this.limits;
    if (this.#steps <= stepsPerCommit) return;
    const problem = `To judge and apply the operations of the commit takes more than ${stepsPerCommit} steps.`;
    throw new LimitExceeded(problem, this.#at, "stepsPerCommit", stepsPerCommit);
  }

  /** Versions are those before the commit's own operations. That nothing is concurrent holds at the door always. */
  #judgeVersions(own: RecordId, predicates: readonly Predicate[], index: number): void {
    for (const predicate of aboutOperations(predicates)) {
      if (!("version" in predicate)) continue;
      const record = predicate.version.record ?? own;
      const { heads = [] } = this.#knownRecord(record);
      if (equalJson([...heads], [...predicate.version.heads])) continue;
      throw new PredicateFailed(`The record of operation ${index} has another version, [${heads.join(", ")}].`, {
        operationIndex: index,
        record,
        path: [],
        reason: "PREDICATE",
        predicate,
        actual: lookup(this.#knownRecord(record).state, []),
      });
    }
  }

  #mustExist(record: RecordId, at: InputPath): void {
    if (this.#typeOf(record) === null) throw new NotFound(`There is no record ${record}.`, [...at, "record"]);
  }

  #typeOf(record: RecordId): string | null {
    return this.result.createdTypes.get(record) ?? this.#knownRecord(record).type;
  }

  /** The state of a record as the operations so far leave it. */
  #stateOf(record: RecordId): State {
    return this.result.states.has(record) ? this.result.states.get(record) : this.#knownRecord(record).state;
  }

  #knownRecord(record: RecordId): KnownRecord {
    let found = this.#known.get(record);
    if (found === undefined) {
      found = this.known(record);
      this.#known.set(record, found);
    }
    return found;
  }
}
