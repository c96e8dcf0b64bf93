import type { TracedLeaf } from "../../core/trace";
import { builder } from "../builder";
import { connectionType } from "../connections";
import { OperationNode } from "../nodes";

const Blame = builder.objectRef<TracedLeaf>("Blame").implement({
  description: "A leaf of a state, and who gave it its value.",
  fields: (t) => ({
    path: t.field({ type: "Path", description: "Where it stands.", resolve: ({ path }) => path }),
    value: t.field({
      type: "JSON",
      nullable: true,
      description: "A scalar, or an empty list or object.",
      resolve: ({ value }) => value,
    }),
    operation: t.field({
      type: OperationNode,
      description: "The operation that gave it this value.",
      resolve: async ({ operation }, _args, { load }) => (await load.existingOperations([operation]))[0]!,
    }),
  }),
});

export const BlameConnection = connectionType("Blame", Blame);
