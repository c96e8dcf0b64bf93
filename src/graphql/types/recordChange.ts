import { NotFound } from "../../core/errors";
import { patchBetween } from "../../core/patchBetween";
import { quoted } from "../../core/quote";
import { checkString } from "../../core/value";
import type { VersionPair } from "../../store/recordChanges";
import type { RecordVersion } from "../../store/recordStates";
import { builder } from "../builder";
import { VersionInput, versionsOf } from "../inputs/version";
import { RecordChangeConnection, RecordChangeNode, RecordNode, RecordViewNode, type RecordView } from "../nodes";
import { isKnown } from "../recordVersions";
import { listChanges } from "../recordChanges";

/** A record as a version knows it; null where its history never touched the record. */
const viewOf = (found: RecordVersion): RecordView | null => (isKnown(found) ? { found } : null);

builder.objectFields(RecordChangeNode, (t) => ({
  record: t.field({
    type: RecordNode,
    description: "The record.",
    resolve: ({ record }, _args, { load }) => load.existingRecord(record),
  }),
  before: t.field({
    type: RecordViewNode,
    nullable: true,
    description: "The record in the first version; null where the version's history never touched it.",
    resolve: ({ before }) => viewOf(before),
  }),
  after: t.field({
    type: RecordViewNode,
    nullable: true,
    description: "The record in the second version; null where the version's history never touched it.",
    resolve: ({ after }) => viewOf(after),
  }),
  patch: t.field({
    type: "JSON",
    description:
      'RFC 6902 patch from before to after. A record that comes to be is added at "", one that goes is removed there.',
    resolve: ({ before, after }) => patchBetween(before.state, after.state),
  }),
}));

builder.queryField("diff", (t) =>
  t.field({
    type: RecordChangeConnection,
    nullable: true,
    description: "What differs between any two versions, by uuid of the record.",
    args: {
      from: t.arg({ type: VersionInput, required: true, description: "The version before." }),
      to: t.arg({ type: VersionInput, required: true, description: "The version after." }),
      type: t.arg.string({ description: "Only records of this type." }),
      record: t.arg({ type: "UUID", description: "Only this record." }),
      ...t.arg.connectionArgs(),
    },
    resolve: async (_root, args, context) => {
      const type = typeof args.type === "string" ? checkString(args.type, ["type"]) : null;
      const [from, to] = await versionsOf(context, [
        [args.from, ["from"]],
        [args.to, ["to"]],
      ]);
      if (type !== null && !(await context.load.types.load(type))) {
        throw new NotFound(`There is no record type ${quoted(type)}.`, ["type"]);
      }
      const pair: VersionPair = { from: from!.commits, to: to!.commits };
      return listChanges(context, "diff", args, { type, record: args.record ?? null }, pair, (pairs) => pairs);
    },
  }),
);
