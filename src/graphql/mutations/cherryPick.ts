import { cherryPickOnFrontier } from "../../store/undo";
import { builder } from "../builder";
import { commitDone } from "../commitDone";
import { MUTATION_ERRORS } from "../errors";
import { EXPECTED_SEQUENCE, IDEMPOTENCY_KEY, readChange } from "../inputs/change";
import { readCommitIds } from "../inputs/version";
import { CommitPayload } from "../types/commitPayload";

const CherryPickInput = builder.inputType("CherryPickInput", {
  description: "One commit, with the operations of the given commits in canonical order.",
  fields: (t) => ({
    frontier: t.string({ required: true, description: "Where they are proposed." }),
    commits: t.field({ type: ["BigInt"], required: true, description: "Commits of any branch." }),
    expectedSequence: t.field({ type: "BigInt", description: EXPECTED_SEQUENCE }),
    message: t.string({ description: "Why." }),
    author: t.string({ description: "With access control, taken from the token." }),
    metadata: t.field({ type: "JSON", description: "Whatever else is to be kept with the commit." }),
    idempotencyKey: t.string({ description: IDEMPOTENCY_KEY }),
  }),
});

builder.mutationField("cherryPick", (t) =>
  t.field({
    type: CommitPayload,
    description: "Proposes the operations of commits again, with their predicates but for unchanged and version.",
    args: {
      input: t.arg({ type: CherryPickInput, required: true, description: "What to pick, and for which frontier." }),
    },
    errors: {
      types: MUTATION_ERRORS,
      union: { name: "CherryPickResult", description: "The commit, or why there is none." },
    },
    resolve: async (_root, { input }, context) => {
      const { limits } = context.store;
      const done = await cherryPickOnFrontier(context.store, {
        ...readChange(input, input.frontier, "cherryPick", limits),
        commits: readCommitIds(input.commits, ["commits"], limits),
      });
      return commitDone(context, input.frontier, done);
    },
  }),
);
