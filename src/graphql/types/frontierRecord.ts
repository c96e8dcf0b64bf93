import { checkPath, lookup } from "../../core/path";
import { builder } from "../builder";
import { FrontierNode, FrontierRecordNode, RecordNode, RecordViewNode } from "../nodes";

builder.objectFields(FrontierRecordNode, (t) => ({
  frontier: t.field({ type: FrontierNode, description: "The frontier.", resolve: ({ frontier }) => frontier }),
  record: t.field({
    type: RecordNode,
    description: "The record.",
    resolve: ({ found }, _args, { load }) => load.existingRecord(found.record),
  }),
  exists: t.boolean({ description: "False once removed.", resolve: ({ found }) => found.state !== undefined }),
  state: t.field({
    type: "JSON",
    nullable: true,
    description: "Its state; null once removed.",
    resolve: ({ found }) => found.state ?? null,
  }),
  value: t.field({
    type: "JSON",
    nullable: true,
    description: "What stands at a path; null where there is nothing, and for JSON null.",
    args: { path: t.arg({ type: "Path", required: true, description: "Where in the state; [] is all of it." }) },
    resolve: ({ found }, { path }, { store }) => {
      const value = lookup(found.state, checkPath(path, ["path"], store.limits));
      return value.exists ? value.value : null;
    },
  }),
  view: t.field({
    type: RecordViewNode,
    description: "The same state by its version: immutable.",
    resolve: ({ found }) => ({ found }),
  }),
}));
