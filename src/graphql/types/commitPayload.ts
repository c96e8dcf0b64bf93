import type { CommitId, RecordId } from "../../core/ids";
import type { FrontierChangeRow } from "../../store/frontierLog";
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
import { OverlapConnection, type Overlap } from "./overlap";

/** What a mutation that commits did. */
export interface CommitDone {
  readonly commit: CommitId | null;
  readonly frontier: FrontierSnapshot;
  readonly change: FrontierChangeRow | null;
  readonly records: readonly RecordId[];
  readonly created: readonly RecordId[];
  readonly overlaps: readonly Overlap[];
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
      resolve: async ({ commit, frontier, records }, args, context) => {
        const list = { list: "CommitPayload.records", owner: String(commit) };
        const page = connectionOfList(list, records, args, context.store.limits);
        return withNodes(page, await atFrontier(context, frontier, nodesOf(page)));
      },
    }),
    created: t.field({
      type: [FrontierRecordNode],
      description: "Records made by create operations, in their order.",
      resolve: ({ frontier, created }, _args, context) => atFrontier(context, frontier, created),
    }),
    overlaps: t.field({
      type: OverlapConnection,
      description: "Concurrent writes that canonical order settled.",
      args: t.arg.connectionArgs(),
      resolve: ({ commit, overlaps }, args, { store }) =>
        connectionOfList({ list: "CommitPayload.overlaps", owner: String(commit) }, overlaps, args, store.limits),
    }),
    replayed: t.exposeBoolean("replayed", { description: "True when an idempotency key was met again." }),
  }),
});
