import type { Limits } from "../../core/limits";
import { MOST_VERSIONS } from "../../core/compatible";
import { InvalidInput, LimitExceeded } from "../../core/errors";
import { versionKey } from "../../core/antichain";
import {
  compatibilityOf,
  conflictsOfPreview,
  overlapsOfPreview,
  previewMerge,
  viewOfPreview,
  type MergePreview,
} from "../../store/mergePreview";
import { changesOfTrial } from "../../store/trials";
import type { Trial } from "../../store/versions";
import { builder } from "../builder";
import type { Context } from "../context";
import { connectionOfList } from "../connections";
import { OperationInput, readOperations } from "../inputs/operation";
import { VersionInput, versionOf } from "../inputs/version";
import { CommitNode, RecordChangeConnection, ViewNode } from "../nodes";
import { listChanges, NO_SELECTION } from "../recordChanges";
import { ConflictConnection } from "./conflict";
import { OverlapConnection } from "./overlap";

/** What the pages of a preview's lists belong to. */
const ownerOf = ({ versions }: MergePreview): string => versions.map(({ commits }) => versionKey(commits)).join(" ");

/** Records that only a trial has are known to the document as if they were stored. */
function primeCreated({ load }: Context, { created }: Trial): void {
  for (const [id, typeName] of created) load.records.prime(id, { id, typeName, createdAt: new Date() });
}

export const MergePreviewType = builder.objectRef<MergePreview>("MergePreview").implement({
  description: "What merging some versions would do. Nothing is written.",
  fields: (t) => ({
    compatible: t.boolean({
      description: "Whether they can stand together, with the resolution if one was given.",
      resolve: ({ left }) => left.length === 0,
    }),
    conflicts: t.field({
      type: ConflictConnection,
      description: "What would break, but for what the resolution settles.",
      args: t.arg.connectionArgs(),
      resolve: async (preview, args, { store }) => {
        const list = { list: "MergePreview.conflicts", owner: ownerOf(preview) };
        return connectionOfList(list, await conflictsOfPreview(store, preview), args, store.limits);
      },
    }),
    overlaps: t.field({
      type: OverlapConnection,
      description: "Concurrent writes that canonical order would settle.",
      args: t.arg.connectionArgs(),
      resolve: (preview, args, { store }) => {
        const list = { list: "MergePreview.overlaps", owner: ownerOf(preview) };
        return connectionOfList(list, overlapsOfPreview(preview), args, store.limits);
      },
    }),
    records: t.field({
      type: RecordChangeConnection,
      nullable: true,
      description:
        "What merging would change against the first version, by uuid, with the resolution applied; null when in conflict.",
      args: t.arg.connectionArgs(),
      resolve: async (preview, args, context) => {
        const view = viewOfPreview(preview);
        const from = preview.versions[0]!;
        if (view === null) return null;
        const pair = { from: from.commits, to: view.commits };
        if (!view.trial) {
          return listChanges(context, "MergePreview.records", args, NO_SELECTION, pair, (pairs) => pairs);
        }
        primeCreated(context, view.trial);
        const changes = await changesOfTrial(context.store, from, view, view.trial);
        const list = { list: "MergePreview.records", owner: `${ownerOf(preview)} ${view.trial.name}` };
        return connectionOfList(list, changes, args, context.store.limits);
      },
    }),
    view: t.field({
      type: ViewNode,
      nullable: true,
      description:
        "The merged view, with the resolution applied to it if one was given; null when in conflict. With a resolution, node gives null for its id and those of the records that it changes.",
      resolve: (preview, _args, context) => {
        const view = viewOfPreview(preview);
        if (view?.trial) primeCreated(context, view.trial);
        return view;
      },
    }),
    bases: t.field({
      type: [CommitNode],
      description: "The maximal commits that are in the history of every version.",
      resolve: ({ bases }, _args, { load }) => load.existingCommits(bases),
    }),
    minimalConflicts: t.field({
      type: t.listRef(t.listRef("Int")),
      description: `Indices of versions: the minimal sets that cannot stand together. At most ${MOST_VERSIONS} versions.`,
      resolve: async (preview, _args, { store }) => (await compatibilityOf(store, preview)).minimalConflicts,
    }),
    largestCompatible: t.intList({
      description: `Indices of versions: one largest set that can stand together. At most ${MOST_VERSIONS} versions.`,
      resolve: async (preview, _args, { store }) => (await compatibilityOf(store, preview)).largestCompatible,
    }),
  }),
});

/** @throws InvalidInput, LimitExceeded */
export function refuseNumberOfVersions(versions: readonly unknown[], { versionsPerMerge: most }: Limits): void {
  if (versions.length === 0) throw new InvalidInput("There is no version to merge.", ["versions"]);
  if (versions.length <= most) return;
  throw new LimitExceeded(`At most ${most} versions are merged at once.`, ["versions"], "versionsPerMerge", most);
}

builder.queryField("mergePreview", (t) =>
  t.field({
    type: MergePreviewType,
    nullable: true,
    description: "What merging versions would do, with a trial resolution if one is given; writes nothing.",
    args: {
      versions: t.arg({ type: [VersionInput], required: true, description: "At least one." }),
      resolution: t.arg({
        type: [OperationInput],
        description: "Operations on the merged view that settle conflicts.",
      }),
    },
    resolve: async (_root, { versions, resolution }, context) => {
      const { store } = context;
      refuseNumberOfVersions(versions, store.limits);
      const proposals = readOperations(resolution ?? [], ["resolution"], store.limits, { parentsNamed: true });
      const found = await Promise.all(
        versions.map((version, index) => versionOf(context, version, ["versions", index])),
      );
      return previewMerge(store, found, proposals);
    },
  }),
);
