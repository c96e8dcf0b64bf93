import { InvalidInput } from "../../core/errors";
import { revertOnFrontier, type RevertRequest } from "../../store/undo";
import { builder } from "../builder";
import { commitDone } from "../commitDone";
import { MUTATION_ERRORS } from "../errors";
import { EXPECTED_SEQUENCE, IDEMPOTENCY_KEY, readChange } from "../inputs/change";
import { readCommitIds, readSequence } from "../inputs/version";
import { CommitPayload } from "../types/commitPayload";

const RevertInput = builder.inputType("RevertInput", {
  description: "One commit that undoes the given commits, or everything that one change of the frontier brought in.",
  fields: (t) => ({
    frontier: t.string({ required: true, description: "Where they are undone." }),
    commits: t.field({ type: ["BigInt"], description: "What is undone; either this or change." }),
    change: t.field({
      type: "BigInt",
      description: "The sequence of a change of the frontier; either this or commits.",
    }),
    force: t.boolean({
      defaultValue: false,
      description: "Undo what still can be undone, whatever was changed since.",
    }),
    expectedSequence: t.field({ type: "BigInt", description: EXPECTED_SEQUENCE }),
    message: t.string({ description: "Why." }),
    author: t.string({ description: "With access control, taken from the token." }),
    metadata: t.field({ type: "JSON", description: "Whatever else is to be kept with the commit." }),
    idempotencyKey: t.string({ description: IDEMPOTENCY_KEY }),
  }),
});

function whatOf(
  input: typeof RevertInput.$inferInput,
  limits: Parameters<typeof readCommitIds>[2],
): RevertRequest["what"] {
  const { commits, change } = input;
  if (commits && typeof change !== "bigint") return { commits: readCommitIds(commits, ["commits"], limits) };
  if (!commits && typeof change === "bigint") return { change: readSequence(change, ["change"]) };
  throw new InvalidInput("Name either commits or a change.", commits ? ["change"] : []);
}

builder.mutationField("revert", (t) =>
  t.field({
    type: CommitPayload,
    description: "Undoes commits by one commit; what was changed since is not overwritten but reported as conflicts.",
    args: { input: t.arg({ type: RevertInput, required: true, description: "What to undo, and on which frontier." }) },
    errors: {
      types: MUTATION_ERRORS,
      union: { name: "RevertResult", description: "The commit that undoes, or why there is none." },
    },
    resolve: async (_root, { input }, context) => {
      const { limits } = context.store;
      const done = await revertOnFrontier(context.store, {
        ...readChange(input, input.frontier, "revert", limits),
        what: whatOf(input, limits),
        force: input.force ?? false,
      });
      return commitDone(context, input.frontier, done);
    },
  }),
);
