import type { CommitId, RecordId } from "../../core/ids";
import { recordsCreated, recordsOfChange } from "../../store/changedRecords";
import type { FrontierChangeRow } from "../../store/frontierLog";
import { overlapsOfChange } from "../../store/overlaps";
import { builder } from "../builder";
import { connectionOfList, nodesOf, withNodes } from "../connections";
import type { Context } from "../context";
import type { FrontierSnapshot } from "../frontierSnapshots";
import {
  CommitNode,
  FrontierChangeNode,
  FrontierNode,
  FrontierRecordConnection,
  FrontierRecordNode,
  type FrontierRecord,
} from "../nodes";
import { recordsInVersion } from "../recordVersions";
import { OverlapConnection } from "./overlap";

/** What a mutation that commits did. */
export interface CommitDone {
  readonly commit: CommitId | null;
  readonly frontier: FrontierSnapshot;
  readonly change: FrontierChangeRow | null;
  readonly replayed: boolean;
}

async function atFrontier(
  context: Context,
  frontier: FrontierSnapshot,
  records: readonly RecordId[],
): Promise<FrontierRecord[]> {
  const found = await recordsInVersion(context, frontier.version, records);
  return found.flatMap((record) => (record ? [{ frontier, found: record }] : []));
}

const ownerOf = (change: FrontierChangeRow | null): string =>
  change === null ? "" : `${change.frontier}@${change.sequence}`;

export const CommitPayload = builder.objectRef<CommitDone>("CommitPayload").implement({
  description: "What was committed, and the frontier after it.",
  fields: (t) => ({
    commit: t.field({
      type: CommitNode,
      nullable: true,
      description: "Null when a merge needed no commit.",
      resolve: ({ commit }, _args, { load }) => (commit === null ? null : load.commits.load(commit)),
    }),
    frontier: t.field({ type: FrontierNode, description: "The frontier now.", resolve: ({ frontier }) => frontier }),
    change: t.field({
      type: FrontierChangeNode,
      nullable: true,
      description: "The change of the frontier; null when nothing changed.",
      resolve: ({ change }) => change,
    }),
    records: t.field({
      type: FrontierRecordConnection,
      description: "The records that changed at the frontier, by uuid.",
      args: t.arg.connectionArgs(),
      resolve: async ({ change, frontier }, args, context) => {
        const list = { list: "CommitPayload.records", owner: ownerOf(change) };
        const records = change === null ? [] : await recordsOfChange(context.store, change);
        const page = connectionOfList(list, records, args, context.store.limits);
        return withNodes(page, await atFrontier(context, frontier, nodesOf(page)));
      },
    }),
    created: t.field({
      type: [FrontierRecordNode],
      description: "Records made by create operations, in their order.",
      resolve: async ({ commit, frontier }, _args, context) =>
        commit === null ? [] : atFrontier(context, frontier, await recordsCreated(context.store.database.pool, commit)),
    }),
    overlaps: t.field({
      type: OverlapConnection,
      description: "Concurrent writes that canonical order settled.",
      args: t.arg.connectionArgs(),
      resolve: async ({ change, commit }, args, { store }) => {
        const overlaps = change === null ? [] : await overlapsOfChange(store, change, commit);
        return connectionOfList(
          { list: "CommitPayload.overlaps", owner: ownerOf(change) },
          overlaps,
          args,
          store.limits,
        );
      },
    }),
    replayed: t.exposeBoolean("replayed", { description: "True when an idempotency key was met again." }),
  }),
});
