import { equalJson } from "../../core/equality";
import type { Json, State } from "../../core/json";
import { checkPath, lookup, type Path } from "../../core/path";
import type { Antichain } from "../../core/antichain";
import { leavesAt } from "../../core/trace";
import { readBlames } from "../../store/blames";
import { readRecordHistories } from "../../store/commitPages";
import { builder } from "../builder";
import { pageOfHistory } from "../commits";
import { connectionOfList } from "../connections";
import { commitKeys } from "../keys";
import { CommitConnection, CommitNode, RecordNode, RecordViewNode } from "../nodes";
import { versionIdOf } from "../recordVersions";
import { BlameConnection } from "./blame";

/** Whether a state has a leaf as it is. */
function isHeld(state: State, { path, value }: { readonly path: Path; readonly value: Json }): boolean {
  const found = lookup(state, path);
  return found.exists && equalJson(found.value, value);
}

builder.objectFields(RecordViewNode, (t) => ({
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
  has: t.boolean({
    description: "Whether there is something at a path; null counts.",
    args: { path: t.arg({ type: "Path", required: true, description: "Where in the state; [] is all of it." }) },
    resolve: ({ found }, { path }, { store }) => lookup(found.state, checkPath(path, ["path"], store.limits)).exists,
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
  heads: t.field({
    type: [CommitNode],
    description: "The record's own version: the latest commits in the view that touch it, by number.",
    resolve: ({ found }, _args, { load }) => load.existingCommits(found.heads),
  }),
  history: t.field({
    type: CommitConnection,
    description: "The commits in its history that touch the record (or what overlaps a path of it), newest first.",
    args: {
      path: t.arg({ type: "Path", description: "Only commits that touch what overlaps this path." }),
      ...t.arg.connectionArgs(),
    },
    resolve: async ({ found }, args, context) => {
      const { store, batch } = context;
      const path = args.path ? checkPath(args.path, ["path"], store.limits) : null;
      const keys = await batch.load(
        `record history ${JSON.stringify(path)}`,
        { record: found.record, heads: found.heads as unknown as Antichain },
        (requests) => readRecordHistories(store, requests, path),
        ({ record, heads }) => `${record} ${heads.join()}`,
      );
      return pageOfHistory(context, commitKeys("RecordView.history", found.record), keys, args);
    },
  }),
  blame: t.field({
    type: BlameConnection,
    description:
      "For every leaf (a scalar, an empty list or object) at or below the path, in the order of paths: the operation that gave it its value, through merges. It is one of a merge commit only where no parent of the merge had the same value at the same path. A leaf that a trial resolution gave its value has no operation, and is left out.",
    args: {
      path: t.arg({ type: "Path", description: "Where in the state; default: all of it." }),
      ...t.arg.connectionArgs(),
    },
    resolve: async ({ found }, args, { store, batch }) => {
      const path = args.path ? checkPath(args.path, ["path"], store.limits) : [];
      const traced = await batch.load(
        "blame",
        { record: found.record, heads: found.heads as unknown as Antichain },
        (requests) => readBlames(store, requests),
        ({ record, heads }) => `${record} ${heads.join()}`,
      );
      const owner = `${found.record}@${versionIdOf(found)} ${JSON.stringify(path)}`;
      const leaves = leavesAt(traced, path);
      const kept = found.trial === undefined ? leaves : leaves.filter((leaf) => isHeld(found.state, leaf));
      return connectionOfList({ list: "RecordView.blame", owner }, kept, args, store.limits);
    },
  }),
}));
