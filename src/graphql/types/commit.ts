import { InvalidInput, type InputPath } from "../../core/errors";
import { isAncestor } from "../../core/graph";
import { checkPath } from "../../core/path";
import { checkString, checkValue } from "../../core/value";
import {
  countChildren,
  countCommits,
  readChildPages,
  readCommitPage,
  type CommitSelection,
} from "../../store/commitPages";
import { countOperations, operationWindow, readOperationPages } from "../../store/operationPages";
import { pairsOfCommits } from "../../store/recordChanges";
import { versionOfCommit } from "../../store/versions";
import { andThen } from "../atOnce";
import { builder } from "../builder";
import { idOf, keyOfCommit, withCommits } from "../commits";
import { connectionOf, nodesOf, readPage, withNodes } from "../connections";
import type { Context } from "../context";
import { readCommitId, VersionInput, versionOf } from "../inputs/version";
import { existingFrontiers } from "../frontierLists";
import { commitKeys, idKeys, nameKeys } from "../keys";
import {
  CommitConnection,
  CommitNode,
  FrontierConnection,
  OperationConnection,
  RecordChangeConnection,
  ViewNode,
} from "../nodes";
import { listChanges, NO_SELECTION } from "../recordChanges";

builder.prismaObjectFields("Commit", (t) => ({
  number: t.expose("id", { type: "BigInt", description: "Its number." }),
  logicalTime: t.expose("logicalTime", {
    type: "BigInt",
    description: "One more than that of its latest parent; 0 without parents.",
  }),
  timestamp: t.expose("ts", { type: "DateTime", description: "When it was made." }),
  author: t.exposeString("author", { nullable: true, description: "Who made it." }),
  message: t.exposeString("message", { nullable: true, description: "Why it was made." }),
  metadata: t.expose("metadata", { type: "JSON", nullable: true, description: "What else its maker wanted to say." }),
}));

builder.objectFields(CommitNode, (t) => ({
  parents: t.field({
    type: [CommitNode],
    description: "The maximal commits that it was made on, by number.",
    resolve: (commit, _args, { store, load }) => {
      const { commits } = store;
      const id = idOf(commit);
      const parents = () => load.existingCommits(commits.graph.parents(id));
      return commits.graph.has(id) ? parents() : commits.ensure([id]).then(parents);
    },
  }),
  children: t.field({
    type: CommitConnection,
    description: "The commits that were made on it, by number.",
    args: t.arg.connectionArgs(),
    resolve: async (commit, args, context) => {
      const { store, batch } = context;
      const page = readPage(args, idKeys("Commit.children", String(commit.id)), store.limits);
      const ids = await batch.load(`children ${page.name}`, idOf(commit), (commits) =>
        readChildPages(store, commits, page.window),
      );
      const count = () => batch.load("child count", idOf(commit), (commits) => countChildren(store, commits));
      return withCommits(
        context,
        connectionOf(page, ids, (id) => id, count),
      );
    },
  }),
  operations: t.field({
    type: OperationConnection,
    description: "Its operations, in their order.",
    args: t.arg.connectionArgs(),
    resolve: (commit, args, { store, batch, load, nodes }) => {
      const page = readPage(args, idKeys("Commit.operations", String(commit.id)), store.limits);
      const { pool } = store.database;
      const all = nodes.operationLists.get(idOf(commit));
      const ids = all
        ? operationWindow(all, page.window)
        : batch.load(`operations ${page.name}`, idOf(commit), (commits) =>
            readOperationPages(pool, commits, page.window),
          );
      const count = () =>
        all?.length ?? batch.load("operation count", idOf(commit), (commits) => countOperations(pool, commits));
      return andThen(ids, (found) => {
        const connection = connectionOf(page, found, (id) => id, count);
        return andThen(load.existingOperations(nodesOf(connection)), (rows) => withNodes(connection, rows));
      });
    },
  }),
  changes: t.field({
    type: RecordChangeConnection,
    description: "What it changed against the merged view of its parents, by uuid of the record.",
    args: t.arg.connectionArgs(),
    resolve: (commit, args, context) =>
      listChanges(context, "Commit.changes", args, NO_SELECTION, idOf(commit), (commits) =>
        pairsOfCommits(context.store, commits),
      ),
  }),
  view: t.field({
    type: ViewNode,
    description: "The state of all records at it.",
    resolve: async (commit, _args, { store }) => ({ commits: await versionOfCommit(store, idOf(commit), []) }),
  }),
  isAncestorOf: t.boolean({
    description: "Whether it is in the history of another commit. No commit is its own ancestor.",
    args: { commit: t.arg({ type: "BigInt", required: true, description: "The other one's number." }) },
    resolve: async (commit, args, { store }) => {
      const other = readCommitId(args.commit, ["commit"]);
      await versionOfCommit(store, other, ["commit"]);
      await store.commits.ensure([idOf(commit)]);
      return other !== idOf(commit) && isAncestor(store.commits.graph, idOf(commit), other);
    },
  }),
  frontiers: t.field({
    type: FrontierConnection,
    description: "The frontiers of which it is a member, by name.",
    args: t.arg.connectionArgs(),
    resolve: async (commit, args, context) => {
      const { store, batch, frontiers } = context;
      const page = readPage(args, nameKeys("Commit.frontiers", String(commit.id)), store.limits);
      const names = await batch.load(`memberships ${page.name}`, idOf(commit), (commits) =>
        frontiers.memberships(commits, page.window),
      );
      const count = () =>
        batch.load("membership count", idOf(commit), (commits) => frontiers.countMemberships(commits));
      return existingFrontiers(
        context,
        connectionOf(page, names, (name) => name, count),
      );
    },
  }),
}));

const CommitFilter = builder.inputType("CommitFilter", {
  description: "Which commits are wanted; all that is given must hold.",
  fields: (t) => ({
    in: t.field({ type: VersionInput, description: "In the history of this version." }),
    notIn: t.field({ type: VersionInput, description: "Not in the history of this version." }),
    author: t.string({ description: "Exactly this author." }),
    message: t.string({ description: "Substring." }),
    metadata: t.field({ type: "JSON", description: "JSON containment." }),
    type: t.string({ description: "Touches a record of this type." }),
    record: t.field({ type: "UUID", description: "Touches this record." }),
    path: t.field({ type: "Path", description: "Needs record: touches something that overlaps this path." }),
    since: t.field({ type: "DateTime", description: "Made then or later." }),
    until: t.field({ type: "DateTime", description: "Made then or earlier." }),
  }),
});

async function readFilter(
  context: Context,
  filter: typeof CommitFilter.$inferInput,
  at: InputPath,
): Promise<CommitSelection> {
  const { limits } = context.store;
  if (filter.path && !filter.record) throw new InvalidInput("A path needs a record.", [...at, "path"]);
  const text = (name: "author" | "message" | "type") => {
    const value = filter[name];
    return value === null || value === undefined ? null : checkString(value, [...at, name]);
  };
  const inside = filter.in ? await versionOf(context, filter.in, [...at, "in"]) : null;
  const outside = filter.notIn ? await versionOf(context, filter.notIn, [...at, "notIn"]) : null;
  return {
    in: inside?.commits ?? null,
    notIn: outside?.commits ?? null,
    author: text("author"),
    message: text("message"),
    ...(filter.metadata === undefined || filter.metadata === null
      ? {}
      : { metadata: checkValue(filter.metadata, [...at, "metadata"], limits) }),
    type: text("type"),
    record: filter.record ?? null,
    path: filter.path ? checkPath(filter.path, [...at, "path"], limits) : null,
    since: filter.since ?? null,
    until: filter.until ?? null,
  };
}

builder.queryFields((t) => ({
  commit: t.field({
    type: CommitNode,
    nullable: true,
    description: "A commit by number.",
    args: { number: t.arg({ type: "BigInt", required: true, description: "The commit's number." }) },
    resolve: (_root, { number }, { load }) => {
      if (number < 0n || number > BigInt(Number.MAX_SAFE_INTEGER)) return null;
      return load.commits.load(Number(number));
    },
  }),
  commits: t.field({
    type: CommitConnection,
    description: "Commits on any branch, newest first in canonical order.",
    args: {
      where: t.arg({ type: CommitFilter, description: "Which commits; default: all." }),
      ...t.arg.connectionArgs(),
    },
    resolve: async (_root, { where, ...args }, context) => {
      const { store } = context;
      const page = readPage(args, commitKeys("commits"), store.limits);
      const selection = where ? await readFilter(context, where, ["where"]) : {};
      const ids = await readCommitPage(store, selection, page.window);
      await store.commits.ensure(ids);
      const keys = ids.map(keyOfCommit(context));
      return withCommits(
        context,
        connectionOf(
          page,
          keys,
          (key) => key,
          () => countCommits(store, selection),
        ),
      );
    },
  }),
}));
