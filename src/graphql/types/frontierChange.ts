import { cursorAfterChange } from "../../live/cursor";
import { countExclusive, readExclusivePage, type CommitKey, type Exclusive } from "../../store/commitPages";
import { membersBefore, type FrontierChangeRow } from "../../store/frontierLog";
import { builder } from "../builder";
import { withCommits } from "../commits";
import { connectionOf, readPage, type Connection, type CursorFormat, type PageArguments } from "../connections";
import type { Context } from "../context";
import type { Commit } from "../../store/prisma/client";
import type { FrontierSnapshots } from "../frontierSnapshots";
import { commitKeys } from "../keys";
import { CommitConnection, CommitNode, FrontierChangeNode, FrontierNode } from "../nodes";
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
    resolve: (change, _args, { frontiers }) => change.cursor ?? cursorAfter(frontiers, change),
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
    resolve: (change, args, context) =>
      oldestFirst(
        context,
        commitKeys("FrontierChange.newCommits", nameOf(change)),
        { ours: change.members, theirs: membersBefore(change) },
        args,
      ),
  }),
  removedCommits: t.field({
    type: CommitConnection,
    description: "Commits that left the frontier's history, oldest first in canonical order.",
    args: t.arg.connectionArgs(),
    resolve: (change, args, context) =>
      oldestFirst(
        context,
        commitKeys("FrontierChange.removedCommits", nameOf(change)),
        { ours: membersBefore(change), theirs: change.members },
        args,
      ),
  }),
}));

async function cursorAfter(frontiers: FrontierSnapshots, change: FrontierChangeRow): Promise<string> {
  const frontier = await frontiers.row(change.frontier);
  return cursorAfterChange(change, frontier ?? { incarnation: 1 });
}

const nameOf = (change: FrontierChangeRow): string => `${change.sequence}@${change.frontier}`;

async function oldestFirst(
  context: Context,
  format: CursorFormat<CommitKey>,
  commits: Exclusive,
  args: PageArguments,
): Promise<Connection<Commit>> {
  const { store } = context;
  const page = readPage(args, format, store.limits);
  const items = await readExclusivePage(store, commits, page.window);
  return withCommits(
    context,
    connectionOf(
      page,
      items,
      (key) => key,
      () => countExclusive(store, commits),
    ),
  );
}
