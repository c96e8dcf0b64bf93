import type { Limits } from "../../core/limits";
import { checkName, checkString } from "../../core/value";
import { createFrontier, setFrontierLock } from "../../store/createFrontier";
import { antichainOf } from "../../store/versions";
import { deleteFrontier, moveFrontier, type FrontierRequest } from "../../store/moveFrontier";
import { forgetAfterMutation, frontierAfterMutation } from "../afterMutation";
import { builder } from "../builder";
import { MUTATION_ERRORS } from "../errors";
import type { FrontierSnapshot } from "../frontierSnapshots";
import { EXPECTED_SEQUENCE, readExpected, readText } from "../inputs/change";
import { VersionInput, versionOf } from "../inputs/version";
import { FrontierNode } from "../nodes";

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
      description: EXPECTED_SEQUENCE,
    }),
    author: t.string({ description: "Who does it." }),
    message: t.string({ description: "Why." }),
  }),
});

const MoveFrontierInput = builder.inputType("MoveFrontierInput", {
  description: "Points a frontier at another version.",
  fields: (t) => ({
    name: t.string({ required: true, description: "Its name." }),
    to: t.field({ type: VersionInput, required: true, description: "What it holds then." }),
    expectedSequence: t.field({ type: "BigInt", description: EXPECTED_SEQUENCE }),
    author: t.string({ description: "Who does it." }),
    message: t.string({ description: "Why." }),
  }),
});

const DeleteFrontierInput = builder.inputType("DeleteFrontierInput", {
  description: "Deletes a frontier.",
  fields: (t) => ({
    name: t.string({ required: true, description: "Its name." }),
    expectedSequence: t.field({ type: "BigInt", description: EXPECTED_SEQUENCE }),
    author: t.string({ description: "Who does it." }),
    message: t.string({ description: "Why." }),
  }),
});

const DeleteFrontierPayload = builder.objectRef<{ readonly name: string }>("DeleteFrontierPayload").implement({
  description: "A frontier that is gone.",
  fields: (t) => ({
    id: t.id({ description: "The id that it had.", resolve: ({ name }) => `Frontier:${name}` }),
    name: t.exposeString("name", { description: "The name that it had." }),
  }),
});

interface FrontierInputShape {
  readonly name: string;
  readonly expectedSequence?: bigint | null;
  readonly author?: string | null;
  readonly message?: string | null;
}

function readFrontierRequest(input: FrontierInputShape, limits: Limits): FrontierRequest {
  return {
    name: checkString(input.name, ["name"]),
    expectedSequence: readExpected(input.expectedSequence),
    author: readText(input.author, "author", limits),
    message: readText(input.message, "message", limits),
  };
}

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
      await createFrontier(store, {
        name,
        version: version ?? { commits: await antichainOf(store, [], []) },
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
        expectedSequence: readExpected(input.expectedSequence),
        author: readText(input.author, "author", store.limits),
        message: readText(input.message, "message", store.limits),
      });
      return { frontier: await frontierAfterMutation(context, name) };
    },
  }),
  moveFrontier: t.field({
    type: FrontierPayload,
    description: "Points a frontier at another version, which must be consistent.",
    args: { input: t.arg({ type: MoveFrontierInput, required: true, description: "Which one, and where to." }) },
    errors: {
      types: MUTATION_ERRORS,
      union: { name: "MoveFrontierResult", description: "The frontier, or why nothing was done." },
    },
    resolve: async (_root, { input }, context) => {
      const { store } = context;
      const to = await versionOf(context, input.to, ["to"]);
      await moveFrontier(store, to, readFrontierRequest(input, store.limits));
      return { frontier: await frontierAfterMutation(context, input.name) };
    },
  }),
  deleteFrontier: t.field({
    type: DeleteFrontierPayload,
    description: "Deletes a frontier. Its commits stay, and its name goes on counting.",
    args: { input: t.arg({ type: DeleteFrontierInput, required: true, description: "Which one." }) },
    errors: {
      types: MUTATION_ERRORS,
      union: { name: "DeleteFrontierResult", description: "What was deleted, or why nothing was." },
    },
    resolve: async (_root, { input }, context) => {
      await deleteFrontier(context.store, readFrontierRequest(input, context.store.limits));
      forgetAfterMutation(context);
      return { name: input.name };
    },
  }),
}));
