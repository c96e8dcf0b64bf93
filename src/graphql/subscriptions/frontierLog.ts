import { checkString } from "../../core/value";
import { followChanges, followCommits, type ChangeEvent, type CommitEvent } from "../../live/follow";
import type { Commit } from "../../store/prisma/client";
import { builder } from "../builder";
import type { Context } from "../context";
import { CommitNode, FrontierChangeNode, FrontierNode } from "../nodes";
import { readAlong } from "../readAlong";
import { selects } from "../selects";
import { AFTER, FRONTIER } from "./following";

const NewCommit = builder.objectRef<CommitEvent>("NewCommit").implement({
  description: "A commit that entered a frontier's history.",
  fields: (t) => ({
    cursor: t.exposeString("cursor", { description: "Where to go on after it." }),
    commit: t.field({
      type: CommitNode,
      description: "The commit.",
      resolve: (event, _args, context) => context.nodes.commits.get(event.commit) ?? readCommit(event, context),
    }),
    frontier: t.field({
      type: FrontierNode,
      description: "The frontier as it is now.",
      resolve: ({ frontier }, _args, { frontiers }) => frontiers.last(frontier),
    }),
  }),
});

/** A long past is read many at a time. */
async function readCommit({ commit, ahead, tells }: CommitEvent, context: Context): Promise<Commit> {
  const commits = [commit, ...ahead()];
  if (tells === "contents") await readAlong(context, commits, tells);
  const [row] = await context.load.existingCommits(tells === "contents" ? [commit] : commits);
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
    subscribe: (_root, { frontier, after }, { live, lastEventId }, info) => {
      const tells = selects(info, "operations") ? "contents" : "commits";
      return followCommits(live, checkString(frontier, ["frontier"]), lastEventId ?? after, tells);
    },
    resolve: (event: CommitEvent) => event,
  }),
  frontierChanges: t.field({
    type: FrontierChangeNode,
    description: "Each change of a frontier, in order; the last one is its deletion.",
    args: {
      frontier: t.arg.string({ required: true, defaultValue: "main", description: FRONTIER }),
      after: t.arg.string({ description: AFTER }),
    },
    subscribe: (_root, { frontier, after }, { live, lastEventId }, info) => {
      const commits = selects(info, "before", "after", "newCommits") ? "commits" : "changes";
      const tells = selects(info, "operations") ? "contents" : commits;
      return followChanges(live, checkString(frontier, ["frontier"]), lastEventId ?? after, tells);
    },
    resolve: (event: ChangeEvent) => ({ ...event.change, cursor: event.cursor }),
  }),
}));
