import type { Limits } from "../../core/limits";
import { checkName, checkString, checkValue } from "../../core/value";
import { LimitExceeded } from "../../core/errors";
import { commitOnFrontier, type CommitRequest } from "../../store/commit";
import { readCommitOutcome } from "../../store/commitOutcome";
import { readChangesByKey } from "../../store/frontierPages";
import { frontierAfterMutation } from "../afterMutation";
import { builder } from "../builder";
import type { Context } from "../context";
import { MUTATION_ERRORS } from "../errors";
import { fingerprintOfInput } from "../fingerprint";
import { OperationInput, readOperations } from "../inputs/operation";
import { readCommitId, readSequence } from "../inputs/version";
import { CommitPayload, type CommitDone } from "../types/commitPayload";

const CommitInput = builder.inputType("CommitInput", {
  description: "Operations that are committed together, or not at all.",
  fields: (t) => ({
    frontier: t.string({ required: true, defaultValue: "main", description: "`main` always exists." }),
    parents: t.field({
      type: ["BigInt"],
      description: "The version that the operations were made on; default: the frontier's commits.",
    }),
    operations: t.field({ type: [OperationInput], required: true, description: "At least one." }),
    message: t.string({ description: "Why." }),
    author: t.string({ description: "With access control, taken from the token." }),
    metadata: t.field({ type: "JSON", description: "Whatever else is to be kept with the commit." }),
    expectedSequence: t.field({
      type: "BigInt",
      description: "The frontier's sequence as the caller saw it; with another one nothing is done.",
    }),
    idempotencyKey: t.string({
      description:
        "The same key on the same frontier gives the same commit, however often it is sent; with another input: ALREADY_EXISTS.",
    }),
  }),
});

/** A text that is kept with a change. @throws InvalidInput, LimitExceeded */
export function readText(value: string | null | undefined, name: "author" | "message", limits: Limits): string | null {
  if (value === null || value === undefined) return null;
  if (name === "author") return checkName(value, [name], limits);
  if (value.length > limits.messageLength) {
    const problem = `A message has at most ${limits.messageLength} characters.`;
    throw new LimitExceeded(problem, [name], "messageLength", limits.messageLength);
  }
  return checkString(value, [name]);
}

function readRequest(input: typeof CommitInput.$inferInput, limits: Limits): CommitRequest {
  const metadata =
    input.metadata === undefined || input.metadata === null
      ? undefined
      : checkValue(input.metadata, ["metadata"], limits);
  const proposals = readOperations(input.operations, ["operations"], limits);
  const request = {
    frontier: checkString(input.frontier, ["frontier"]),
    parents: input.parents?.map((number, index) => readCommitId(number, ["parents", index])) ?? null,
    proposals,
    message: readText(input.message, "message", limits),
    author: readText(input.author, "author", limits),
    metadata,
    expectedSequence:
      typeof input.expectedSequence === "bigint" ? readSequence(input.expectedSequence, ["expectedSequence"]) : null,
  };
  if (input.idempotencyKey === null || input.idempotencyKey === undefined) return request;
  const key = checkName(input.idempotencyKey, ["idempotencyKey"], limits);
  return { ...request, idempotency: { key, fingerprint: fingerprintOfInput(input) } };
}

async function commit(context: Context, request: CommitRequest): Promise<CommitDone> {
  const { store } = context;
  const { pool } = store.database;
  const done = await commitOnFrontier(store, request);
  const [frontier, outcome, changes] = await Promise.all([
    frontierAfterMutation(context, request.frontier),
    readCommitOutcome(pool, done.commit),
    readChangesByKey(pool, [{ frontier: request.frontier, sequence: done.sequence }]),
  ]);
  const change = changes[0] ?? null;
  return { ...outcome, commit: done.commit, frontier, change, overlaps: [], replayed: done.replayed };
}

builder.mutationField("commit", (t) =>
  t.field({
    type: CommitPayload,
    description: "Commits operations on a frontier: all of them, or, with a typed error, none.",
    args: {
      input: t.arg({ type: CommitInput, required: true, description: "What to commit, and on which frontier." }),
    },
    errors: {
      types: MUTATION_ERRORS,
      union: { name: "CommitResult", description: "A commit, or why there is none." },
    },
    resolve: (_root, { input }, context) => commit(context, readRequest(input, context.store.limits)),
  }),
);
