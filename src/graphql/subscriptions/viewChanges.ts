import { parsePredicate } from "../../core/predicates";
import { checkString } from "../../core/value";
import { followView, type ViewEvent } from "../../live/viewStream";
import type { RecordVersion } from "../../store/recordStates";
import { builder } from "../builder";
import type { Context } from "../context";
import { PredicateInput } from "../inputs/predicate";
import { FrontierChangeNode, FrontierRecordNode, type FrontierRecord } from "../nodes";
import { AFTER, CURSOR, FRONTIER } from "./following";

async function recordsOf(
  { moment }: ViewEvent,
  records: readonly RecordVersion[],
  { frontiers }: Context,
): Promise<FrontierRecord[]> {
  if (records.length === 0) return [];
  const frontier = await frontiers.asOf(moment);
  return records.map((found) => ({ frontier, found }));
}

const ViewEventType = builder.objectRef<ViewEvent>("ViewEvent").implement({
  description:
    "What a change made of a set of records. A large change comes in several events; an event without records is a heartbeat that only moves the cursor.",
  fields: (t) => ({
    cursor: t.exposeString("cursor", {
      description: `${CURSOR} Until the last event of a change it stands before that change.`,
    }),
    entered: t.field({
      type: [FrontierRecordNode],
      description: "Records that match now and did not before, by uuid.",
      resolve: (event, _args, context) => recordsOf(event, event.entered, context),
    }),
    updated: t.field({
      type: [FrontierRecordNode],
      description: "Records that matched before and still do, in another version, by uuid.",
      resolve: (event, _args, context) => recordsOf(event, event.updated, context),
    }),
    left: t.field({
      type: [FrontierRecordNode],
      description: "Records that matched before and do not now, as they are now, by uuid.",
      resolve: (event, _args, context) => recordsOf(event, event.left, context),
    }),
    change: t.field({
      type: FrontierChangeNode,
      nullable: true,
      description: "The change; null in a heartbeat.",
      resolve: ({ change }) => change ?? null,
    }),
  }),
});

builder.subscriptionField("viewChanges", (t) =>
  t.field({
    type: ViewEventType,
    description:
      "A live query: what enters, changes in and leaves the set of records that match. No initial set: read Frontier.records with Frontier.cursor, then follow.",
    args: {
      type: t.arg.string({ required: true, description: "The records' type." }),
      frontier: t.arg.string({ required: true, defaultValue: "main", description: FRONTIER }),
      where: t.arg({ type: PredicateInput, description: "Only records of which this holds." }),
      after: t.arg.string({ description: AFTER }),
    },
    subscribe: (_root, { type, frontier, where, after }, { live, store, lastEventId }) => {
      const selection = {
        type: checkString(type, ["type"]),
        where: where ? parsePredicate(where, ["where"], store.limits, { where: true }) : null,
      };
      checkString(frontier, ["frontier"]);
      return followView(live, store, frontier, selection, lastEventId ?? after);
    },
    resolve: (event: ViewEvent) => event,
  }),
);
