/** The operations of a commit as they come from GraphQL, read into proposals. */
import { v7 as newRecordId } from "uuid";
import type { Proposal } from "../../core/admission";
import { InvalidInput, LimitExceeded, type InputPath } from "../../core/errors";
import type { Json } from "../../core/json";
import type { Limits } from "../../core/limits";
import { checkPath, type Path } from "../../core/path";
import { parsePredicates, type PredicateOptions } from "../../core/predicates";
import { checkName, checkString, checkValue } from "../../core/value";
import { builder } from "../builder";
import { PredicateInput, type PredicateShape } from "./predicate";

const RECORD = "The record that is changed.";
const PATH = "Where in the record.";
const PREDICATES = "Must all hold before the operation is applied.";

const CreateOperation = builder.inputType("CreateOperation", {
  description: "Makes a record. Without record the server makes a UUIDv7.",
  fields: (t) => ({
    record: t.field({ type: "UUID", description: "Its UUID, if the caller chooses." }),
    type: t.string({ required: true, description: "Its type; it must be defined." }),
    value: t.field({ type: "JSON", required: true, description: "Its state: an object." }),
    predicates: t.field({ type: [PredicateInput], description: PREDICATES }),
  }),
});

const ValueOperation = builder.inputType("ValueOperation", {
  description: "A record, a path and a value.",
  fields: (t) => ({
    record: t.field({ type: "UUID", required: true, description: RECORD }),
    path: t.field({ type: "Path", required: true, description: PATH }),
    value: t.field({ type: "JSON", description: "Must be given; null is JSON null." }),
    predicates: t.field({ type: [PredicateInput], description: PREDICATES }),
  }),
});

const PathOperation = builder.inputType("PathOperation", {
  description: "A record and a path.",
  fields: (t) => ({
    record: t.field({ type: "UUID", required: true, description: RECORD }),
    path: t.field({ type: "Path", required: true, description: PATH }),
    predicates: t.field({ type: [PredicateInput], description: PREDICATES }),
  }),
});

const IncrementOperation = builder.inputType("IncrementOperation", {
  description: "Adds to an integer.",
  fields: (t) => ({
    record: t.field({ type: "UUID", required: true, description: RECORD }),
    path: t.field({ type: "Path", required: true, description: PATH }),
    by: t.field({ type: "SafeInt", required: true, defaultValue: 1, description: "What is added; may be negative." }),
    predicates: t.field({ type: [PredicateInput], description: PREDICATES }),
  }),
});

const SpliceOperation = builder.inputType("SpliceOperation", {
  description: "Edits a list by position.",
  fields: (t) => ({
    record: t.field({ type: "UUID", required: true, description: RECORD }),
    path: t.field({ type: "Path", required: true, description: PATH }),
    index: t.int({ required: true, description: "Where." }),
    remove: t.int({ required: true, defaultValue: 0, description: "How many elements go." }),
    insert: t.field({ type: ["JSON"], required: { list: false, items: false }, description: "Elements that come." }),
    predicates: t.field({ type: [PredicateInput], description: PREDICATES }),
  }),
});

const EditOperation = builder.inputType("EditOperation", {
  description: "Edits a text by position; positions count Unicode code points.",
  fields: (t) => ({
    record: t.field({ type: "UUID", required: true, description: RECORD }),
    path: t.field({ type: "Path", required: true, description: PATH }),
    index: t.int({ required: true, description: "Where." }),
    remove: t.int({ required: true, defaultValue: 0, description: "How many code points go." }),
    insert: t.string({ required: true, defaultValue: "", description: "Text that comes." }),
    predicates: t.field({ type: [PredicateInput], description: PREDICATES }),
  }),
});

const PatchOperation = builder.inputType("PatchOperation", {
  description: "An RFC 6902 JSON Patch, carried out as operations.",
  fields: (t) => ({
    record: t.field({ type: "UUID", required: true, description: RECORD }),
    patch: t.field({ type: "JSON", required: true, description: "The list of its steps." }),
    predicates: t.field({ type: [PredicateInput], description: "Must all hold before the first step." }),
  }),
});

const NamedOperation = builder.inputType("NamedOperation", {
  description: "Any registered operation by name.",
  fields: (t) => ({
    record: t.field({ type: "UUID", required: true, description: RECORD }),
    path: t.field({ type: "Path", required: true, description: PATH }),
    operation: t.string({ required: true, description: "Its name; Server.features lists them." }),
    parameters: t.field({ type: "JSON", required: true, description: "Its parameters: an object." }),
    predicates: t.field({ type: [PredicateInput], description: PREDICATES }),
  }),
});

export const OperationInput = builder.inputType("OperationInput", {
  description: "A proposed operation; exactly one member.",
  isOneOf: true,
  fields: (t) => ({
    create: t.field({ type: CreateOperation, description: "Makes a record." }),
    put: t.field({ type: ValueOperation, description: "Sets a member or element; at [] the whole state." }),
    assign: t.field({ type: ValueOperation, description: "RFC 7396 merge patch: null removes." }),
    remove: t.field({ type: PathOperation, description: "Removes a member or element; at [] the record." }),
    increment: t.field({ type: IncrementOperation, description: "Adds to an integer." }),
    max: t.field({ type: ValueOperation, description: "Keeps the larger number." }),
    min: t.field({ type: ValueOperation, description: "Keeps the smaller number." }),
    add: t.field({ type: ValueOperation, description: "Appends to a list unless an equal element is there." }),
    discard: t.field({ type: ValueOperation, description: "Removes every equal element of a list." }),
    splice: t.field({ type: SpliceOperation, description: "Edits a list by position." }),
    edit: t.field({ type: EditOperation, description: "Edits a text by position." }),
    patch: t.field({ type: PatchOperation, description: "RFC 6902 JSON Patch." }),
    apply: t.field({ type: NamedOperation, description: "Any registered operation by name." }),
  }),
});

/** One member of OperationInput, whichever it is. */
interface OperationShape {
  readonly record?: string | null;
  readonly path?: Path;
  readonly type?: string;
  readonly value?: unknown;
  readonly by?: number;
  readonly index?: number;
  readonly remove?: number;
  readonly insert?: unknown;
  readonly patch?: unknown;
  readonly operation?: string;
  readonly parameters?: unknown;
  readonly predicates?: readonly PredicateShape[] | null;
}

/**
 * Reads operations; judges values, paths and predicates, not the operations themselves.
 * @param at where the list stands, e.g. `["operations"]`
 * @param options.parentsNamed whether `unchanged` and `version` can be judged
 * @throws InvalidInput, LimitExceeded
 */
export function readOperations(
  inputs: readonly Readonly<Record<string, unknown>>[],
  at: InputPath,
  limits: Limits,
  options: PredicateOptions = {},
): Proposal[] {
  const maximum = limits.operationsPerCommit;
  if (inputs.length > maximum) {
    throw new LimitExceeded(`A commit has at most ${maximum} operations.`, at, "operationsPerCommit", maximum);
  }
  return inputs.map((input, index) => {
    const [kind] = Object.keys(input).filter((name) => input[name] !== undefined && input[name] !== null);
    if (kind === undefined) throw new InvalidInput("An operation has exactly one member.", [...at, index]);
    return readOperation(kind, input[kind] as OperationShape, [...at, index, kind], limits, options);
  });
}

function readOperation(
  kind: string,
  input: OperationShape,
  at: InputPath,
  limits: Limits,
  options: PredicateOptions,
): Proposal {
  const record = input.record ?? newRecordId();
  const predicates = parsePredicates(input.predicates ?? [], [...at, "predicates"], limits, options);
  const place = { record, predicates, at };
  if (kind === "patch") return { kind: "patch", ...place, patch: checkValue(input.patch, [...at, "patch"], limits) };
  const operation = {
    kind: "operation" as const,
    ...place,
    path: checkPath(input.path ?? [], [...at, "path"], limits),
  };
  switch (kind) {
    case "create": {
      const type = checkName(input.type, [...at, "type"], limits);
      return { ...operation, operation: kind, type, parameters: { value: readValue(input, at, limits) } };
    }
    case "remove":
      return { ...operation, operation: kind, parameters: {} };
    case "increment":
      return { ...operation, operation: kind, parameters: { by: input.by ?? 1 } };
    case "splice": {
      const insert = checkValue(input.insert ?? [], [...at, "insert"], limits);
      return { ...operation, operation: kind, parameters: { ...positions(input), insert } };
    }
    case "edit": {
      const insert = checkValue(checkString(input.insert ?? "", [...at, "insert"]), [...at, "insert"], limits);
      return { ...operation, operation: kind, parameters: { ...positions(input), insert } };
    }
    case "apply":
      return {
        ...operation,
        operation: input.operation ?? "",
        parameters: checkValue(input.parameters, [...at, "parameters"], limits),
        parametersAt: [...at, "parameters"],
      };
    default:
      return { ...operation, operation: kind, parameters: { value: readValue(input, at, limits) } };
  }
}

const positions = (input: OperationShape) => ({ index: input.index ?? 0, remove: input.remove ?? 0 });

function readValue(input: OperationShape, at: InputPath, limits: Limits): Json {
  if (input.value === undefined) throw new InvalidInput("A value is needed here; null is JSON null.", [...at, "value"]);
  return checkValue(input.value, [...at, "value"], limits);
}
