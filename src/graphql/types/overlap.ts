import type { OperationId, RecordId } from "../../core/ids";
import type { Path } from "../../core/path";
import { builder } from "../builder";
import { connectionType } from "../connections";
import { OperationNode, RecordNode } from "../nodes";

/** Concurrent writes that canonical order settled. */
export interface Overlap {
  readonly record: RecordId;
  readonly path: Path;
  readonly kept: OperationId;
  readonly overridden: readonly OperationId[];
}

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
        const [operation] = await load.existingOperations([kept]);
        if (!operation) throw new Error(`operation ${kept} is missing`);
        return operation;
      },
    }),
    overridden: t.field({
      type: [OperationNode],
      description: "The others.",
      resolve: ({ overridden }, _args, { load }) => load.existingOperations(overridden),
    }),
  }),
});

export const OverlapConnection = connectionType("Overlap", OverlapType);
