import { createHash } from "node:crypto";
import type { Conflict } from "../../core/conflict";
import type { Found } from "../../core/json";
import { builder } from "../builder";
import { connectionOfList, connectionType, nodesOf, withNodes } from "../connections";
import { OperationConnection, OperationNode, RecordNode } from "../nodes";
import { ConflictReasonEnum, FoundType } from "./found";

interface Side {
  readonly version: number;
  readonly value: Found;
}

const ConflictSideType = builder.objectRef<Side>("ConflictSide").implement({
  description: "What one version holds.",
  fields: (t) => ({
    version: t.exposeInt("version", { description: "Index of the version (merge: 0 is into, 1 is from)." }),
    value: t.field({ type: FoundType, description: "What stands at the path.", resolve: ({ value }) => value }),
  }),
});

/** Tells conflicts of one answer apart for client caches: equal conflicts share it. */
const conflictId = (conflict: Conflict): string =>
  createHash("sha256").update(JSON.stringify(conflict)).digest("hex").slice(0, 32);

export const ConflictType = builder.node(builder.objectRef<Conflict>("Conflict"), {
  id: { resolve: conflictId, description: "For caches; node gives null for it." },
  description: "An operation that would not hold in the version that commits form together.",
  fields: (t) => ({
    record: t.field({
      type: RecordNode,
      description: "The record.",
      resolve: ({ record }, _args, { load }) => load.existingRecord(record),
    }),
    path: t.field({ type: "Path", description: "Where.", resolve: ({ path }) => path }),
    reason: t.field({ type: ConflictReasonEnum, description: "What would break.", resolve: ({ reason }) => reason }),
    predicate: t.field({
      type: "JSON",
      nullable: true,
      description: "The predicate that would break; null for a built-in precondition.",
      resolve: ({ predicate }) => predicate,
    }),
    operation: t.field({
      type: OperationNode,
      nullable: true,
      description: "The operation that would break, if it is stored.",
      resolve: ({ broken }, _args, { load }) => ("operation" in broken ? load.operations.load(broken.operation) : null),
    }),
    operationIndex: t.int({
      nullable: true,
      description: "The operation that would break, if it is proposed: its index in the input.",
      resolve: ({ broken }) => ("index" in broken ? broken.index : null),
    }),
    brokenBy: t.field({
      type: OperationConnection,
      description: "The stored operations that break it.",
      args: t.arg.connectionArgs(),
      resolve: async (conflict, args, { store, load }) => {
        const list = { list: "Conflict.brokenBy", owner: conflictId(conflict) };
        const page = connectionOfList(list, conflict.brokenBy, args, store.limits);
        return withNodes(page, await load.existingOperations(nodesOf(page)));
      },
    }),
    brokenByIndices: t.intList({
      description: "Proposed operations that break a stored one, by index in the input.",
      resolve: ({ brokenByIndices }) => [...brokenByIndices],
    }),
    base: t.field({
      type: FoundType,
      description: "What stands at the path in the state that all versions share.",
      resolve: ({ base }) => base,
    }),
    sides: t.field({
      type: [ConflictSideType],
      description: "What stands at the path in each version.",
      resolve: ({ sides }) => sides.map((value, version) => ({ version, value })),
    }),
    details: t.field({
      type: "JSON",
      nullable: true,
      description: "For SCHEMA: the validator's errors.",
      resolve: ({ details }) => details,
    }),
  }),
});

export const ConflictConnection = connectionType("Conflict", ConflictType);
