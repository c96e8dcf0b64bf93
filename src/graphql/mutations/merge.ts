import type { Limits } from "../../core/limits";
import { InvalidInput, LimitExceeded } from "../../core/errors";
import { checkPath } from "../../core/path";
import { mergeIntoFrontier, type MergeChoice, type Take } from "../../store/merge";
import { builder } from "../builder";
import { commitDone } from "../commitDone";
import { MUTATION_ERRORS } from "../errors";
import { EXPECTED_SEQUENCE, IDEMPOTENCY_KEY, readChange } from "../inputs/change";
import { OperationInput, readOperations } from "../inputs/operation";
import { VersionInput, versionOf } from "../inputs/version";
import { CommitPayload } from "../types/commitPayload";

const MergeStrategyEnum = builder.enumType("MergeStrategy", {
  description: "What settles a conflict.",
  values: {
    FAIL: { description: "Nothing: the merge is refused." },
    OURS: { description: "The value that `into` holds." },
    THEIRS: { description: "The value that `from` holds." },
  } as const,
});

const ConflictChoice = builder.inputType("ConflictChoice", {
  description: "Settles the conflicts at a place by the value that one side holds there.",
  fields: (t) => ({
    record: t.field({ type: "UUID", required: true, description: "The record." }),
    path: t.field({ type: "Path", required: true, description: "The path of a conflict." }),
    take: t.field({ type: MergeStrategyEnum, required: true, description: "Whose value; FAIL settles nothing." }),
  }),
});

const MergeInput = builder.inputType("MergeInput", {
  description: "Joins a version into a frontier.",
  fields: (t) => ({
    into: t.string({ required: true, description: "The frontier that gets it." }),
    from: t.field({ type: VersionInput, required: true, description: "What is joined." }),
    createCommit: t.boolean({
      defaultValue: false,
      description: "Make a merge commit even where none is needed.",
    }),
    resolution: t.field({
      type: [OperationInput],
      description:
        "Settles conflicts: operations on the merged view; every conflicting path must be touched, or chosen.",
    }),
    choices: t.field({ type: [ConflictChoice], description: "Settle conflicts by what one side holds." }),
    strategy: t.field({
      type: MergeStrategyEnum,
      defaultValue: "FAIL",
      description: "For all conflicts that nothing else settles.",
    }),
    expectedSequence: t.field({ type: "BigInt", description: EXPECTED_SEQUENCE }),
    message: t.string({ description: "Why." }),
    author: t.string({ description: "With access control, taken from the token." }),
    metadata: t.field({ type: "JSON", description: "Whatever else is to be kept with the commit." }),
    idempotencyKey: t.string({ description: IDEMPOTENCY_KEY }),
  }),
});

const takeOf = (strategy: "FAIL" | Take | null | undefined): Take | null =>
  strategy === "OURS" || strategy === "THEIRS" ? strategy : null;

function readChoices(input: typeof MergeInput.$inferInput, limits: Limits): MergeChoice[] {
  const choices = input.choices ?? [];
  if (choices.length > limits.operationsPerCommit) {
    const problem = `There are more than ${limits.operationsPerCommit} choices.`;
    throw new LimitExceeded(problem, ["choices"], "operationsPerCommit", limits.operationsPerCommit);
  }
  const taken = new Map<string, Take>();
  return choices.flatMap(({ record, path: given, take }, index) => {
    const side = takeOf(take);
    const at = ["choices", index];
    if (side === null) return [];
    const path = checkPath(given, [...at, "path"], limits);
    const place = JSON.stringify([record, path]);
    if ((taken.get(place) ?? side) !== side) throw new InvalidInput("Another choice takes the other side here.", at);
    taken.set(place, side);
    return [{ record, path, take: side, at }];
  });
}

builder.mutationField("merge", (t) =>
  t.field({
    type: CommitPayload,
    description:
      "Joins a version into a frontier. Where nothing conflicts no commit is needed; what conflicts is settled by a merge commit, or refused with the list.",
    args: { input: t.arg({ type: MergeInput, required: true, description: "What to join, and into which frontier." }) },
    errors: {
      types: MUTATION_ERRORS,
      union: { name: "MergeResult", description: "What was joined, or why it was not." },
    },
    resolve: async (_root, { input }, context) => {
      const { store } = context;
      const done = await mergeIntoFrontier(store, {
        ...readChange(input, input.into, "merge", store.limits, "into"),
        from: await versionOf(context, input.from, ["from"]),
        createCommit: input.createCommit ?? false,
        resolution: readOperations(input.resolution ?? [], ["resolution"], store.limits, { parentsNamed: true }),
        choices: readChoices(input, store.limits),
        strategy: takeOf(input.strategy),
      });
      return commitDone(context, input.into, done);
    },
  }),
);
