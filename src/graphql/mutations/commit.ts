import type { Limits } from "../../core/limits";
import { commitOnFrontier, type CommitRequest } from "../../store/commit";
import { builder } from "../builder";
import { commitDone } from "../commitDone";
import { MUTATION_ERRORS } from "../errors";
import { EXPECTED_SEQUENCE, IDEMPOTENCY_KEY, readChange } from "../inputs/change";
import { OperationInput, readOperations } from "../inputs/operation";
import { readCommitId } from "../inputs/version";
import { CommitPayload } from "../types/commitPayload";

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
    expectedSequence: t.field({ type: "BigInt", description: EXPECTED_SEQUENCE }),
    idempotencyKey: t.string({ description: IDEMPOTENCY_KEY }),
  }),
});

function readRequest(input: typeof CommitInput.$inferInput, limits: Limits): CommitRequest {
  const parents = input.parents?.map((number, index) => readCommitId(number, ["parents", index])) ?? null;
  return {
    ...readChange(input, input.frontier, "commit", limits),
    parents,
    proposals: readOperations(input.operations, ["operations"], limits, { parentsNamed: parents !== null }),
  };
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
    resolve: async (_root, { input }, context) => {
      const request = readRequest(input, context.store.limits);
      return commitDone(context, request.frontier, await commitOnFrontier(context.store, request));
    },
  }),
);
