import { countRecordCommits, readRecordCommitPages } from "../../store/commitPages";
import { builder } from "../builder";
import { keyOfCommit, withCommits } from "../commits";
import { connectionOf, readPage } from "../connections";
import { VersionInput, versionOf } from "../inputs/version";
import { commitKeys } from "../keys";
import { CommitConnection, RecordNode, RecordTypeNode, RecordViewNode } from "../nodes";
import { recordInVersion } from "../recordVersions";

builder.objectFields(RecordNode, (t) => ({
  uuid: t.field({ type: "UUID", description: "Its UUID.", resolve: (record) => record.id }),
  type: t.field({
    type: RecordTypeNode,
    description: "Its type; it never changes.",
    resolve: ({ typeName }) => ({ name: typeName }),
  }),
  createdAt: t.field({
    type: "DateTime",
    description: "When the database first met it.",
    resolve: (record) => record.createdAt,
  }),
  at: t.field({
    type: RecordViewNode,
    nullable: true,
    description: "The record in a version; null where the version's history never touched it.",
    args: { version: t.arg({ type: VersionInput, required: true, description: "Which version." }) },
    resolve: async (record, { version }, context) => {
      const found = await recordInVersion(context, await versionOf(context, version, ["version"]), record.id);
      return found && { found };
    },
  }),
  commits: t.field({
    type: CommitConnection,
    description: "Every commit that touches it, on any branch, newest first.",
    args: t.arg.connectionArgs(),
    resolve: async (record, args, context) => {
      const { store, batch } = context;
      const page = readPage(args, commitKeys("Record.commits", record.id), store.limits);
      const ids = await batch.load(`record commits ${page.name}`, record.id, (records) =>
        readRecordCommitPages(store, records, page.window),
      );
      await store.commits.ensure(ids);
      const count = () => batch.load("record commit count", record.id, (records) => countRecordCommits(store, records));
      return withCommits(
        context,
        connectionOf(page, ids.map(keyOfCommit(context)), (key) => key, count),
      );
    },
  }),
}));

builder.queryField("record", (t) =>
  t.field({
    type: RecordNode,
    nullable: true,
    description: "A record by UUID, whatever version it exists in.",
    args: { uuid: t.arg({ type: "UUID", required: true, description: "The record's id." }) },
    resolve: (_root, { uuid }, { load }) => load.records.load(uuid),
  }),
);
