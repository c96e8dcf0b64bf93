/** Expected failures in the schema: an interface, a type for each, and the list that every mutation's result takes. */
import { Conflicted } from "../core/conflict";
import {
  AlreadyExists,
  Forbidden,
  InvalidInput,
  LimitExceeded,
  Locked,
  NotFound,
  type OmdbError,
  PredicateFailed,
  StaleSequence,
  Unauthenticated,
} from "../core/errors";
import { builder } from "./builder";
import { ConflictType } from "./types/conflict";
import { ConflictReasonEnum, FoundType } from "./types/found";

export const ErrorCodeEnum = builder.enumType("ErrorCode", {
  description: "What kind of failure it is. New codes may come; the ones here stay.",
  values: {
    INVALID_INPUT: { description: "The input itself is wrong." },
    LIMIT_EXCEEDED: { description: "The input is larger than a configured limit." },
    NOT_FOUND: { description: "Something that the input names does not exist." },
    ALREADY_EXISTS: { description: "Something that the input would make exists already." },
    PREDICATE_FAILED: { description: "A predicate or precondition of an operation does not hold." },
    CONFLICT: { description: "The versions cannot stand together." },
    LOCKED: { description: "The frontier is locked." },
    STALE_SEQUENCE: { description: "The frontier has another sequence than the caller expected." },
    CURSOR_INVALID: { description: "The cursor belongs to another list, or to none." },
    CURSOR_AHEAD: { description: "The cursor lies in the future." },
    FORBIDDEN: { description: "The caller may not do this." },
    UNAUTHENTICATED: { description: "The caller is not known." },
  } as const,
});

export const ErrorInterface = builder.interfaceRef<OmdbError>("Error").implement({
  description: "An expected failure.",
  fields: (t) => ({
    message: t.exposeString("message", { description: "For people." }),
    code: t.expose("code", { type: ErrorCodeEnum, description: "For programs." }),
  }),
});

const PLACE = 'Where in the input, e.g. ["operations", 3, "put", "value"].';

builder.objectType(InvalidInput, {
  name: "InvalidInput",
  description: "The input itself is wrong.",
  interfaces: [ErrorInterface],
  fields: (t) => ({
    inputPath: t.field({ type: ["JSON"], description: PLACE, resolve: (error) => [...error.inputPath] }),
    details: t.field({
      type: "JSON",
      nullable: true,
      description: "More about it where there is more, such as the errors of a JSON Schema validator.",
      resolve: (error) => error.details,
    }),
  }),
});

builder.objectType(LimitExceeded, {
  name: "LimitExceeded",
  description: "The input is larger than a configured limit.",
  interfaces: [ErrorInterface],
  fields: (t) => ({
    inputPath: t.field({ type: ["JSON"], description: PLACE, resolve: (error) => [...error.inputPath] }),
    limit: t.exposeString("limit", { description: "Its name in Server.limits." }),
    maximum: t.expose("maximum", { type: "SafeInt", description: "What is allowed." }),
  }),
});

builder.objectType(NotFound, {
  name: "NotFound",
  description: "Something that the input names does not exist.",
  interfaces: [ErrorInterface],
  fields: (t) => ({
    inputPath: t.field({ type: ["JSON"], description: PLACE, resolve: (error) => [...error.inputPath] }),
  }),
});

builder.objectType(AlreadyExists, {
  name: "AlreadyExists",
  description: "Something that the input would make exists already.",
  interfaces: [ErrorInterface],
  fields: (t) => ({
    inputPath: t.field({ type: ["JSON"], description: PLACE, resolve: (error) => [...error.inputPath] }),
  }),
});

builder.objectType(PredicateFailed, {
  name: "PredicateFailed",
  description: "A predicate or precondition of a proposed operation does not hold; nothing was stored.",
  interfaces: [ErrorInterface],
  fields: (t) => ({
    operationIndex: t.int({ description: "Index in the input.", resolve: ({ failure }) => failure.operationIndex }),
    record: t.field({
      type: "UUID",
      description: "The record that was tested.",
      resolve: ({ failure }) => failure.record,
    }),
    path: t.field({ type: "Path", description: "The path that was tested.", resolve: ({ failure }) => failure.path }),
    reason: t.field({
      type: ConflictReasonEnum,
      description: "What failed.",
      resolve: ({ failure }) => failure.reason,
    }),
    predicate: t.field({
      type: "JSON",
      nullable: true,
      description: "The predicate in the form of PredicateInput; null for a built-in precondition.",
      resolve: ({ failure }) => failure.predicate,
    }),
    actual: t.field({
      type: FoundType,
      description: "What stands at the path.",
      resolve: ({ failure }) => failure.actual,
    }),
  }),
});

builder.objectType(Locked, {
  name: "Locked",
  description: "The frontier is locked.",
  interfaces: [ErrorInterface],
  fields: () => ({}),
});

builder.objectType(StaleSequence, {
  name: "StaleSequence",
  description: "The frontier has another sequence than the caller expected.",
  interfaces: [ErrorInterface],
  fields: (t) => ({
    sequence: t.expose("sequence", { type: "BigInt", description: "The sequence that it has." }),
  }),
});

builder.objectType(Conflicted, {
  name: "Conflicted",
  description: "The commits cannot stand together; nothing was stored.",
  interfaces: [ErrorInterface],
  fields: (t) => ({
    conflicts: t.field({
      type: [ConflictType],
      description: "Which operations would break, and what breaks them.",
      resolve: ({ conflicts }) => [...conflicts],
    }),
  }),
});

builder.objectType(Forbidden, {
  name: "Forbidden",
  description: "The caller may not do this.",
  interfaces: [ErrorInterface],
  fields: () => ({}),
});

builder.objectType(Unauthenticated, {
  name: "Unauthenticated",
  description: "The caller is not known.",
  interfaces: [ErrorInterface],
  fields: () => ({}),
});

/** The error types of every mutation's result. */
export const MUTATION_ERRORS = [
  InvalidInput,
  LimitExceeded,
  NotFound,
  AlreadyExists,
  PredicateFailed,
  Conflicted,
  Locked,
  StaleSequence,
  Forbidden,
  Unauthenticated,
];
