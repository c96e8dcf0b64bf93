import { InvalidInput } from "../../core/errors";
import { checkName, checkString } from "../../core/value";
import { createFrontier, setFrontierLock } from "../../store/createFrontier";
import { antichainOf } from "../../store/versions";
import { frontierAfterMutation } from "../afterMutation";
import { builder } from "../builder";
import { MUTATION_ERRORS } from "../errors";
import type { FrontierSnapshot } from "../frontierSnapshots";
import { readSequence, VersionInput, versionOf } from "../inputs/version";
import { FrontierNode } from "../nodes";
import { readText } from "./commit";

interface FrontierDone {
  readonly frontier: FrontierSnapshot;
}

const FrontierPayload = builder.objectRef<FrontierDone>("FrontierPayload").implement({
  description: "A frontier after it was changed.",
  fields: (t) => ({
    frontier: t.field({ type: FrontierNode, description: "The frontier now.", resolve: ({ frontier }) => frontier }),
  }),
});

const CreateFrontierInput = builder.inputType("CreateFrontierInput", {
  description: "Without from: empty.",
  fields: (t) => ({
    name: t.string({ required: true, description: "Its name." }),
    from: t.field({ type: VersionInput, description: "What it holds." }),
    locked: t.boolean({ defaultValue: false, description: "A locked frontier is a tag." }),
    author: t.string({ description: "Who makes it." }),
    message: t.string({ description: "Why." }),
  }),
});

const LockFrontierInput = builder.inputType("LockFrontierInput", {
  description: "Locks a frontier, or unlocks it.",
  fields: (t) => ({
    name: t.string({ required: true, description: "Its name." }),
    locked: t.boolean({ required: true, defaultValue: true, description: "False unlocks." }),
    expectedSequence: t.field({
      type: "BigInt",
      description: "The frontier's sequence as the caller saw it; with another one nothing is done.",
    }),
    author: t.string({ description: "Who does it." }),
    message: t.string({ description: "Why." }),
  }),
});

builder.mutationFields((t) => ({
  createFrontier: t.field({
    type: FrontierPayload,
    description: "Makes a frontier of any version, or an empty one.",
    args: { input: t.arg({ type: CreateFrontierInput, required: true, description: "What to make." }) },
    errors: {
      types: MUTATION_ERRORS,
      union: { name: "CreateFrontierResult", description: "A frontier, or why there is none." },
    },
    resolve: async (_root, { input }, context) => {
      const { store } = context;
      const name = checkName(input.name, ["name"], store.limits);
      const version = input.from ? await versionOf(context, input.from, ["from"]) : null;
      if (version && version.commits.length > 1) {
        // A frontier is consistent; whether several heads are is not judged yet.
        throw new InvalidInput("A frontier of several commits cannot be made yet: name one commit.", ["from"]);
      }
      await createFrontier(store, {
        name,
        commits: version?.commits ?? (await antichainOf(store, [], [])),
        locked: input.locked ?? false,
        author: readText(input.author, "author", store.limits),
        message: readText(input.message, "message", store.limits),
      });
      return { frontier: await frontierAfterMutation(context, name) };
    },
  }),
  lockFrontier: t.field({
    type: FrontierPayload,
    description: "Locks a frontier, which then refuses everything but unlocking; or unlocks it.",
    args: { input: t.arg({ type: LockFrontierInput, required: true, description: "Which frontier, and how." }) },
    errors: {
      types: MUTATION_ERRORS,
      union: { name: "LockFrontierResult", description: "The frontier, or why nothing was done." },
    },
    resolve: async (_root, { input }, context) => {
      const { store } = context;
      const name = checkString(input.name, ["name"]);
      await setFrontierLock(store, {
        name,
        locked: input.locked,
        expectedSequence:
          typeof input.expectedSequence === "bigint"
            ? readSequence(input.expectedSequence, ["expectedSequence"])
            : null,
        author: readText(input.author, "author", store.limits),
        message: readText(input.message, "message", store.limits),
      });
      return { frontier: await frontierAfterMutation(context, name) };
    },
  }),
}));
