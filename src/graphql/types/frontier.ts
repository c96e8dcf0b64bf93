import { checkString } from "../../core/value";
import { encodeCursor } from "../../live/cursor";
import {
  countFrontiers,
  countLog,
  readFrontierNames,
  readLogPages,
  type LogSelection,
} from "../../store/frontierPages";
import { builder } from "../builder";
import { connectionOf, nodesOf, readPage, withNodes } from "../connections";
import { existingFrontiers } from "../frontierLists";
import { OrderInput } from "../inputs/order";
import { PredicateInput } from "../inputs/predicate";
import { idKeys, nameKeys } from "../keys";
import {
  CommitNode,
  FrontierChangeConnection,
  FrontierConnection,
  FrontierNode,
  FrontierRecordConnection,
  FrontierRecordNode,
  ViewNode,
} from "../nodes";
import { listRecords } from "../recordLists";
import { recordInVersion, recordsInVersion } from "../recordVersions";
import { ChangeCauseEnum } from "./changeCause";
import { refuseTooMany } from "./view";

builder.objectFields(FrontierNode, (t) => ({
  name: t.string({ description: "Its name.", resolve: (frontier) => frontier.name }),
  commits: t.field({
    type: [CommitNode],
    description: "Its members, by number.",
    resolve: (frontier, _args, { load }) => load.existingCommits(frontier.members),
  }),
  sequence: t.field({
    type: "BigInt",
    description: "Counts changes; a name that is deleted and made again goes on counting.",
    resolve: (frontier) => frontier.sequence,
  }),
  cursor: t.string({
    description: "Where to resume a subscription so that it continues exactly after what this document read.",
    resolve: ({ name, incarnation, sequence }) => encodeCursor({ frontier: name, incarnation, sequence, position: 0 }),
  }),
  locked: t.boolean({
    description: "Whether it refuses everything but unlocking.",
    resolve: (frontier) => frontier.locked,
  }),
  view: t.field({
    type: ViewNode,
    description: "What it holds, by its version: immutable.",
    resolve: (frontier) => frontier.version,
  }),
  record: t.field({
    type: FrontierRecordNode,
    nullable: true,
    description: "A record in it; null where its history never touched the record.",
    args: { uuid: t.arg({ type: "UUID", required: true, description: "The record's id." }) },
    resolve: async (frontier, { uuid }, context) => {
      const found = await recordInVersion(context, frontier.version, uuid);
      return found && { frontier, found };
    },
  }),
  recordsByUuid: t.field({
    type: [FrontierRecordNode],
    nullable: { list: false, items: true },
    description: "Records in the order asked, at most 1000.",
    args: { uuids: t.arg({ type: ["UUID"], required: true, description: "The records' ids." }) },
    resolve: async (frontier, { uuids }, context) => {
      refuseTooMany(uuids, ["uuids"], context.store.limits);
      const records = await recordsInVersion(context, frontier.version, uuids);
      return records.map((found) => found && { frontier, found });
    },
  }),
  records: t.field({
    type: FrontierRecordConnection,
    description: "The records of a type that it holds, by uuid unless ordered.",
    args: {
      type: t.arg.string({ required: true, description: "The records' type." }),
      where: t.arg({ type: PredicateInput, description: "Only records of which this holds." }),
      orderBy: t.arg({ type: [OrderInput], description: "What comes first; ties by uuid." }),
      ...t.arg.connectionArgs(),
    },
    resolve: async (frontier, args, context) => {
      const records = await listRecords(context, frontier.version, args);
      return withNodes(
        records,
        nodesOf(records).map((found) => ({ frontier, found })),
      );
    },
  }),
  log: t.field({
    type: FrontierChangeConnection,
    description: "Its changes, newest first.",
    args: {
      author: t.arg.string({ description: "Exactly this author." }),
      cause: t.arg({ type: ChangeCauseEnum, description: "Exactly this cause." }),
      since: t.arg({ type: "DateTime", description: "Made then or later." }),
      until: t.arg({ type: "DateTime", description: "Made then or earlier." }),
      ...t.arg.connectionArgs(),
    },
    resolve: async ({ name, sequence }, args, { store, batch }) => {
      const page = readPage(args, idKeys("Frontier.log", name), store.limits);
      const selection: LogSelection = {
        author: typeof args.author === "string" ? checkString(args.author, ["author"]) : null,
        cause: args.cause ?? null,
        since: args.since ?? null,
        until: args.until ?? null,
      };
      const { pool } = store.database;
      const place = { frontier: name, sequence };
      const changes = await batch.load(`log ${JSON.stringify(selection)} ${page.name}`, place, (places) =>
        readLogPages(pool, places, selection, page.window),
      );
      const count = () =>
        batch.load(`log count ${JSON.stringify(selection)}`, place, (places) => countLog(pool, places, selection));
      return connectionOf(page, changes, (change) => change.sequence, count);
    },
  }),
}));

builder.queryFields((t) => ({
  frontier: t.field({
    type: FrontierNode,
    nullable: true,
    description: "A frontier by name.",
    args: { name: t.arg.string({ required: true, defaultValue: "main", description: "The frontier's name." }) },
    resolve: (_root, { name }, { frontiers }) => frontiers.find(checkString(name, ["name"])),
  }),
  frontiers: t.field({
    type: FrontierConnection,
    description: "Frontiers, by name.",
    args: { prefix: t.arg.string({ description: "Only names that start with it." }), ...t.arg.connectionArgs() },
    resolve: async (_root, { prefix, ...args }, context) => {
      const { store } = context;
      const { pool } = store.database;
      const start = checkString(prefix ?? "", ["prefix"]);
      const page = readPage(args, nameKeys(`frontiers ${JSON.stringify(start)}`), store.limits);
      const names = await readFrontierNames(pool, start, page.window);
      const count = () => countFrontiers(pool, start);
      return existingFrontiers(
        context,
        connectionOf(page, names, (name) => name, count),
      );
    },
  }),
}));
