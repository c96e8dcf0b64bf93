import { InvalidInput, LimitExceeded, type InputPath } from "../../core/errors";
import type { Limits } from "../../core/limits";
import { checkPath } from "../../core/path";
import { checkString } from "../../core/value";
import { countHistories, readHistoryPages, type HistorySelection } from "../../store/commitPages";
import { builder } from "../builder";
import { withCommits } from "../commits";
import { connectionOf, nodesOf, readPage, withNodes } from "../connections";
import { OrderInput } from "../inputs/order";
import { PredicateInput } from "../inputs/predicate";
import { VersionInput, versionOf } from "../inputs/version";
import { commitKeys } from "../keys";
import { CommitConnection, CommitNode, RecordViewConnection, RecordViewNode, ViewNode } from "../nodes";
import { listRecords } from "../recordLists";
import { recordInVersion, recordsInVersion } from "../recordVersions";

/** @throws LimitExceeded */
export function refuseTooMany(keys: readonly unknown[], at: InputPath, limits: Limits): void {
  if (keys.length <= limits.keysPerCall) return;
  throw new LimitExceeded(`At most ${limits.keysPerCall} are read at once.`, at, "keysPerCall", limits.keysPerCall);
}

builder.objectFields(ViewNode, (t) => ({
  commits: t.field({
    type: [CommitNode],
    description: "Its commits, by number.",
    resolve: (version, _args, { load }) => load.existingCommits(version.commits),
  }),
  record: t.field({
    type: RecordViewNode,
    nullable: true,
    description: "A record in it; null where its history never touched the record.",
    args: { uuid: t.arg({ type: "UUID", required: true, description: "The record's id." }) },
    resolve: async (version, { uuid }, context) => {
      const found = await recordInVersion(context, version, uuid);
      return found && { found };
    },
  }),
  recordsByUuid: t.field({
    type: [RecordViewNode],
    nullable: { list: false, items: true },
    description: "Records in the order asked, at most 1000.",
    args: { uuids: t.arg({ type: ["UUID"], required: true, description: "The records' ids." }) },
    resolve: async (version, { uuids }, context) => {
      refuseTooMany(uuids, ["uuids"], context.store.limits);
      const found = await recordsInVersion(context, version, uuids);
      return found.map((record) => record && { found: record });
    },
  }),
  records: t.field({
    type: RecordViewConnection,
    description:
      "The records of a type, by uuid unless ordered. Away from a frontier, where and orderBy scan the type: LIMIT_EXCEEDED past a configured number of records.",
    args: {
      type: t.arg.string({ required: true, description: "The records' type." }),
      where: t.arg({ type: PredicateInput, description: "Only records of which this holds." }),
      orderBy: t.arg({ type: [OrderInput], description: "What comes first; ties by uuid." }),
      ...t.arg.connectionArgs(),
    },
    resolve: async (version, args, context) => {
      const records = await listRecords(context, version, args);
      return withNodes(
        records,
        nodesOf(records).map((found) => ({ found })),
      );
    },
  }),
  history: t.field({
    type: CommitConnection,
    description: "Commits in its history, newest first in canonical order. path needs record.",
    args: {
      record: t.arg({ type: "UUID", description: "Only commits that touch this record." }),
      path: t.arg({ type: "Path", description: "Only commits that touch what overlaps this path of the record." }),
      author: t.arg.string({ description: "Only of exactly this author." }),
      since: t.arg({ type: "DateTime", description: "Only made then or later." }),
      until: t.arg({ type: "DateTime", description: "Only made then or earlier." }),
      ...t.arg.connectionArgs(),
    },
    resolve: async (version, args, context) => {
      const { store, batch } = context;
      if (args.path && !args.record) throw new InvalidInput("A path needs a record.", ["path"]);
      const selection: HistorySelection = {
        record: args.record ?? null,
        path: args.path ? checkPath(args.path, ["path"], store.limits) : null,
        author: typeof args.author === "string" ? checkString(args.author, ["author"]) : null,
        since: args.since ?? null,
        until: args.until ?? null,
      };
      const page = readPage(args, commitKeys("View.history"), store.limits);
      const name = JSON.stringify(selection);
      const keys = await batch.load(`history ${name} ${page.name}`, version.commits, (versions) =>
        readHistoryPages(store, versions, selection, page.window),
      );
      const count = () =>
        batch.load(`history count ${name}`, version.commits, (versions) => countHistories(store, versions, selection));
      return withCommits(
        context,
        connectionOf(page, keys, (key) => key, count),
      );
    },
  }),
}));

builder.queryField("view", (t) =>
  t.field({
    type: ViewNode,
    nullable: true,
    description:
      "A one-off read of any version. Follow a frontier through Frontier.records instead: its nodes keep their ids.",
    args: { at: t.arg({ type: VersionInput, required: true, description: "Which version." }) },
    resolve: (_root, { at }, context) => versionOf(context, at, ["at"]),
  }),
);
