import { commonAncestors, type Antichain } from "../../core/antichain";
import { exclusive } from "../../core/graph";
import { builder } from "../builder";
import { VersionInput, versionsOf } from "../inputs/version";
import { CommitNode } from "../nodes";
import { refuseTooMany } from "./view";

interface Comparison {
  readonly base: Antichain;
  readonly head: Antichain;
}

const ComparisonType = builder.objectRef<Comparison>("Comparison").implement({
  description: "How two versions stand to each other.",
  fields: (t) => ({
    aheadBy: t.int({
      description: "How many commits only the head has.",
      resolve: ({ base, head }, _args, { store }) => exclusive(store.commits.graph, head, base).length,
    }),
    behindBy: t.int({
      description: "How many commits only the base has.",
      resolve: ({ base, head }, _args, { store }) => exclusive(store.commits.graph, base, head).length,
    }),
    bases: t.field({
      type: [CommitNode],
      description: "The maximal commits that both have, by number.",
      resolve: ({ base, head }, _args, { store, load }) =>
        load.existingCommits(commonAncestors(store.commits.graph, [base, head])),
    }),
  }),
});

builder.queryFields((t) => ({
  compare: t.field({
    type: ComparisonType,
    nullable: true,
    description: "How far a version is ahead of another one and behind it.",
    args: {
      base: t.arg({ type: VersionInput, required: true, description: "What is compared with." }),
      head: t.arg({ type: VersionInput, required: true, description: "What is compared." }),
    },
    resolve: async (_root, args, context) => {
      const [base, head] = await versionsOf(context, [
        [args.base, ["base"]],
        [args.head, ["head"]],
      ]);
      return { base: base!.commits, head: head!.commits };
    },
  }),
  commonAncestors: t.field({
    type: [CommitNode],
    nullable: true,
    description: "The maximal commits that are in the history of every given version, by number; none of no versions.",
    args: {
      versions: t.arg({ type: [VersionInput], required: true, description: "The versions, at most 1000." }),
    },
    resolve: async (_root, { versions }, context) => {
      const { store, load } = context;
      refuseTooMany(versions, ["versions"], store.limits);
      const found = await versionsOf(
        context,
        versions.map((version, index) => [version, ["versions", index]]),
      );
      return load.existingCommits(
        commonAncestors(
          store.commits.graph,
          found.map(({ commits }) => commits),
        ),
      );
    },
  }),
}));
