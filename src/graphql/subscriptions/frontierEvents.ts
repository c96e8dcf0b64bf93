import { checkString } from "../../core/value";
import { followFrontiers, type FrontierEvent } from "../../live/frontierStream";
import { builder } from "../builder";
import { FrontierNode } from "../nodes";
import { ChangeCauseEnum } from "../types/changeCause";

const FrontierEventType = builder.objectRef<FrontierEvent>("FrontierEvent").implement({
  description: "A frontier that was created, changed or deleted.",
  fields: (t) => ({
    name: t.string({ description: "Its name.", resolve: ({ step }) => step.frontier }),
    frontier: t.field({
      type: FrontierNode,
      nullable: true,
      description: "The frontier as it is now. Null once it is deleted.",
      resolve: ({ step }, _args, { frontiers }) => frontiers.find(step.frontier),
    }),
    sequence: t.field({ type: "BigInt", description: "Of its change.", resolve: ({ step }) => step.sequence }),
    cause: t.field({ type: ChangeCauseEnum, description: "What changed it.", resolve: ({ step }) => step.cause }),
  }),
});

builder.subscriptionField("frontierEvents", (t) =>
  t.field({
    type: FrontierEventType,
    description:
      "Created, changed and deleted frontiers, from now on, without cursor: for lists of branches. Whoever lags far behind gets the last change of each.",
    args: { prefix: t.arg.string({ description: "Only names that start with it." }) },
    subscribe: (_root, { prefix }, { live }) => followFrontiers(live, checkString(prefix ?? "", ["prefix"])),
    resolve: (event: FrontierEvent) => event,
  }),
);
