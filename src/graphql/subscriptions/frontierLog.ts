import { checkString } from "../../core/value";
import { followChanges, followCommits, type ChangeEvent, type CommitEvent } from "../../live/follow";
import type { CommitId } from "../../core/ids";
import type { Commit } from "../../store/prisma/client";
import type { NodeLoaders } from "../loaders";
import { builder } from "../builder";
import { CommitNode, FrontierChangeNode, FrontierNode } from "../nodes";
import { AFTER, FRONTIER } from "./following";

const NewCommit = builder.objectRef<CommitEvent>("NewCommit").implement({
  description: "A commit that entered a frontier's history.",
  fields: (t) => ({
    cursor: t.exposeString("cursor", { description: "Where to go on after it." }),
    commit: t.field({
      type: CommitNode,
      description: "The commit.",
      resolve: ({ commit, ahead }, _args, { load, nodes }) =>
        nodes.commits.get(commit) ?? readCommit(load, commit, ahead),
    }),
    frontier: t.field({
      type: FrontierNode,
      description: "The frontier as it is now.",
      resolve: ({ frontier }, _args, { frontiers }) => frontiers.last(frontier),
    }),
  }),
});

async function readCommit(load: NodeLoaders, commit: CommitId, ahead: () => readonly CommitId[]): Promise<Commit> {
  // A long past is read many at a time.
  const [row] = await load.existingCommits([commit, ...ahead()]);
  if (!row) throw new Error(`commit ${commit} is missing`);
  return row;
}

builder.subscriptionFields((t) => ({
  newCommits: t.field({
    type: NewCommit,
    description:
      "Each commit that enters the frontier's history, in order. One that left by a move and comes back is sent again.",
    args: {
      frontier: t.arg.string({ required: true, defaultValue: "main", description: FRONTIER }),
      after: t.arg.string({ description: AFTER }),
    },
    subscribe: (_root, { frontier, after }, { live, lastEventId }) =>
      followCommits(live, checkString(frontier, ["frontier"]), lastEventId ?? after),
    resolve: (event: CommitEvent) => event,
  }),
  frontierChanges: t.field({
    type: FrontierChangeNode,
    description: "Each change of a frontier, in order; the last one is its deletion.",
    args: {
      frontier: t.arg.string({ required: true, defaultValue: "main", description: FRONTIER }),
      after: t.arg.string({ description: AFTER }),
    },
    subscribe: (_root, { frontier, after }, { live, lastEventId }) =>
      followChanges(live, checkString(frontier, ["frontier"]), lastEventId ?? after),
    resolve: (event: ChangeEvent) => ({ ...event.change, cursor: event.cursor }),
  }),
}));
