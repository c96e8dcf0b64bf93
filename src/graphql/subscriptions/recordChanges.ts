import { checkString } from "../../core/value";
import { followRecord, type RecordEvent } from "../../live/recordStream";
import { builder } from "../builder";
import { FrontierChangeNode, FrontierRecordNode } from "../nodes";
import { AFTER, CURSOR, FRONTIER } from "./following";

const RecordEventType = builder.objectRef<RecordEvent>("RecordEvent").implement({
  description: "A record at a frontier, after a change of it.",
  fields: (t) => ({
    cursor: t.exposeString("cursor", { description: CURSOR }),
    record: t.field({
      type: FrontierRecordNode,
      nullable: true,
      description: "The record as the change left it. Null where the frontier's history does not touch it.",
      resolve: async ({ found, moment }, _args, { frontiers }) =>
        found ? { frontier: await frontiers.asOf(moment), found } : null,
    }),
    change: t.field({
      type: FrontierChangeNode,
      nullable: true,
      description:
        "What changed it. Null in the first event, which tells how the record stands, and in a heartbeat, which only moves the cursor.",
      resolve: ({ change }) => change ?? null,
    }),
  }),
});

builder.subscriptionField("recordChanges", (t) =>
  t.field({
    type: RecordEventType,
    description:
      "The record at the frontier: at once (unless `after` is given), and after every change of it. Now and then a heartbeat moves the cursor past changes of other records.",
    args: {
      uuid: t.arg({ type: "UUID", required: true, description: "The record's id." }),
      frontier: t.arg.string({ required: true, defaultValue: "main", description: FRONTIER }),
      after: t.arg.string({ description: AFTER }),
    },
    subscribe: (_root, { uuid, frontier, after }, { live, store, lastEventId }) =>
      followRecord(live, store, checkString(frontier, ["frontier"]), uuid, lastEventId ?? after),
    resolve: (event: RecordEvent) => event,
  }),
);
