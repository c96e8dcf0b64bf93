import type { Json } from "../../core/json";
import type { Path } from "../../core/path";
import type { OperationRow } from "../loaders";
import { andThen } from "../atOnce";
import { builder } from "../builder";
import { CommitNode, OperationNode, RecordNode } from "../nodes";

builder.objectFields(OperationNode, (t) => ({
  number: t.field({ type: "BigInt", description: "Its number.", resolve: (operation) => operation.id }),
  commit: t.field({
    type: CommitNode,
    description: "The commit that it stands in.",
    // Every operation that is a node came through the loader of operations in commits.
    resolve: (operation, _args, { load }) =>
      andThen(load.existingCommits([Number((operation as OperationRow).commitId)]), ([commit]) => {
        if (!commit) throw new Error(`operation ${operation.id} is in no commit`);
        return commit;
      }),
  }),
  record: t.field({
    type: RecordNode,
    description: "The record that it changes.",
    resolve: (operation, _args, { load }) => load.existingRecord(operation.recordId),
  }),
  path: t.field({
    type: "Path",
    description: "Where in the record.",
    resolve: (operation) => operation.path as unknown as Path,
  }),
  operation: t.string({ description: "Its kind.", resolve: (operation) => operation.operation }),
  parameters: t.field({
    type: "JSON",
    description: "The parameters of its kind.",
    resolve: (operation) => operation.parameters,
  }),
  predicates: t.field({
    type: ["JSON"],
    description: "Each in the form of PredicateInput.",
    resolve: (operation) => operation.predicates as unknown as Json[],
  }),
}));
