import type { Overlap } from "../../core/overlaps";
import { builder } from "../builder";
import { connectionType } from "../connections";
import { OperationNode, RecordNode } from "../nodes";

const OverlapType = builder.objectRef<Overlap>("Overlap").implement({
  description: "Concurrent writes to overlapping paths that canonical order settled.",
  fields: (t) => ({
    record: t.field({
      type: RecordNode,
      description: "The record.",
      resolve: ({ record }, _args, { load }) => load.existingRecord(record),
    }),
    path: t.field({ type: "Path", description: "Where.", resolve: ({ path }) => path }),
    kept: t.field({
      type: OperationNode,
      description: "The last one in canonical order, which stands.",
      resolve: async ({ kept }, _args, { load }) => {
        const [operation] = await load.existingOperations([kept.id]);
        return operation!;
      },
    }),
    overridden: t.field({
      type: [OperationNode],
      description: "The others.",
      resolve: ({ overridden }, _args, { load }) => load.existingOperations(overridden.map(({ id }) => id)),
    }),
  }),
});

export const OverlapConnection = connectionType("Overlap", OverlapType);
