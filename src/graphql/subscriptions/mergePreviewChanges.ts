import { followMergePreview, type MergePreviewEvent } from "../../live/mergePreviewStream";
import { builder } from "../builder";
import { readVersionName, VersionInput } from "../inputs/version";
import { MergePreviewType, refuseNumberOfVersions } from "../types/mergePreview";

const MergePreviewEventType = builder.objectRef<MergePreviewEvent>("MergePreviewEvent").implement({
  description: "The versions have stopped or started being mergeable.",
  fields: (t) => ({
    preview: t.field({
      type: MergePreviewType,
      description: "What merging them would do now.",
      resolve: ({ preview }) => preview,
    }),
  }),
});

builder.subscriptionField("mergePreviewChanges", (t) =>
  t.field({
    type: MergePreviewEventType,
    description:
      "Tells when the versions stop or start being mergeable, and what the preview then says. What it says when the subscription begins is not told: ask Query.mergePreview. Completes when a frontier among them is deleted.",
    args: { versions: t.arg({ type: [VersionInput], required: true, description: "At least one." }) },
    subscribe: (_root, { versions }, { live, store }) => {
      refuseNumberOfVersions(versions, store.limits);
      const named = versions.map((version, index) => readVersionName(version, ["versions", index]));
      return followMergePreview(live, store, named);
    },
    resolve: (event: MergePreviewEvent) => event,
  }),
);
