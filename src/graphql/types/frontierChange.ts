import type { CommitId } from "../../core/ids";
import { cursorAfterChange } from "../../live/cursor";
import type { CommitKey } from "../../store/commitPages";
import { membersBefore, type FrontierChangeRow } from "../../store/frontierLog";
import { builder } from "../builder";
import { withCommits } from "../commits";
import { connectionOf, readPage, type Connection, type CursorFormat, type PageArguments } from "../connections";
import type { Context } from "../context";
import type { Commit } from "../../store/prisma/client";
import { commitKeys } from "../keys";
import { CommitConnection, CommitNode, FrontierChangeNode, FrontierNode } from "../nodes";
import { newCommitsOf, removedCommitsOf } from "../../store/commitGraphCache";
import { windowOf } from "../../store/window";
import { ChangeCauseEnum } from "./changeCause";

builder.objectFields(FrontierChangeNode, (t) => ({
  frontier: t.field({
    type: FrontierNode,
    nullable: true,
    description: "The frontier as it is now. Null once it is deleted.",
    resolve: (change, _args, { frontiers }) => frontiers.find(change.frontier),
  }),
  frontierName: t.string({ description: "Its name.", resolve: (change) => change.frontier }),
  sequence: t.field({
    type: "BigInt",
    description: "Counts the changes of the frontier, without a gap.",
    resolve: (change) => change.sequence,
  }),
  cursor: t.string({
    description: "Where to resume a subscription so that it continues after this change.",
    resolve: async (change, _args, { frontiers }) => {
      const frontier = await frontiers.row(change.frontier);
      return cursorAfterChange(change, frontier ?? { incarnation: 1 });
    },
  }),
  time: t.field({ type: "DateTime", description: "When it was made.", resolve: (change) => change.time }),
  cause: t.field({ type: ChangeCauseEnum, description: "What made it.", resolve: (change) => change.cause }),
  author: t.string({ nullable: true, description: "Who made it.", resolve: (change) => change.author }),
  message: t.string({ nullable: true, description: "Why it was made.", resolve: (change) => change.message }),
  before: t.field({
    type: [CommitNode],
    description: "Members before, by number.",
    resolve: (change, _args, { load }) => load.existingCommits(membersBefore(change)),
  }),
  after: t.field({
    type: [CommitNode],
    description: "Members after, by number.",
    resolve: (change, _args, { load }) => load.existingCommits(change.members),
  }),
  newCommits: t.field({
    type: CommitConnection,
    description: "Commits that entered the frontier's history, oldest first in canonical order.",
    args: t.arg.connectionArgs(),
    resolve: async (change, args, context) =>
      oldestFirst(
        context,
        commitKeys("FrontierChange.newCommits", nameOf(change)),
        await newCommitsOf(context.store.commits, change),
        args,
      ),
  }),
  removedCommits: t.field({
    type: CommitConnection,
    description: "Commits that left the frontier's history, oldest first in canonical order.",
    args: t.arg.connectionArgs(),
    resolve: async (change, args, context) =>
      oldestFirst(
        context,
        commitKeys("FrontierChange.removedCommits", nameOf(change)),
        await removedCommitsOf(context.store.commits, change),
        args,
      ),
  }),
}));

const nameOf = (change: FrontierChangeRow): string => `${change.sequence}@${change.frontier}`;

function oldestFirst(
  context: Context,
  format: CursorFormat<CommitKey>,
  commits: readonly CommitId[],
  args: PageArguments,
): Promise<Connection<Commit>> {
  const { graph } = context.store.commits;
  const page = readPage(args, format, context.store.limits);
  const keys = commits.map((commit) => ({ commit, logicalTime: graph.logicalTime(commit) }));
  const items = windowOf(
    keys,
    page.window,
    (key) => key,
    (a, b) => a.logicalTime - b.logicalTime || a.commit - b.commit,
  );
  return withCommits(
    context,
    connectionOf(
      page,
      items,
      (key) => key,
      () => keys.length,
    ),
  );
}
