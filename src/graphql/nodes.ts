/**
 * The node types of the contract and their connections, as references that the files of `types/` fill with fields.
 * Declared in one place, so that types may refer to each other in circles and files need not.
 */
import type { FrontierChangeRow } from "../store/frontierLog";
import type { RecordChange } from "../store/recordChanges";
import type { RecordVersion } from "../store/recordStates";
import { versionKey } from "../core/antichain";
import type { Version } from "../store/versions";
import { builder } from "./builder";
import { connectionType } from "./connections";
import type { FrontierSnapshot } from "./frontierSnapshots";
import { versionIdOf } from "./recordVersions";

/** Known to exist; what can change of it is read when it is asked for. */
export const RecordTypeNode = builder.node(builder.objectRef<{ readonly name: string }>("RecordType"), {
  id: { resolve: ({ name }) => name, description: 'Such as "RecordType:country".' },
  description: "A type of records: its name, and what states of its records must look like.",
});

export const RecordNode = builder.prismaNode("Record", {
  id: { field: "id", description: 'Such as "Record:<uuid>".' },
  description: "A record's identity; its state exists only in a version.",
});

export const CommitNode = builder.prismaNode("Commit", {
  id: { field: "id", description: 'Such as "Commit:42".' },
  description: "A group of operations, with the commits that it was made on. It never changes.",
});

export const OperationNode = builder.prismaNode("Operation", {
  id: { field: "id", description: 'Such as "Operation:7".' },
  description: "A named function of one record's state at a path, applied where its predicates hold.",
});

export const FrontierNode = builder.node(builder.objectRef<FrontierSnapshot>("Frontier"), {
  id: { resolve: (frontier) => frontier.name, description: 'Such as "Frontier:main".' },
  description: "A named antichain of commits that do not conflict.",
});

/** A record as a frontier holds it. */
export interface FrontierRecord {
  readonly frontier: FrontierSnapshot;
  readonly found: RecordVersion;
}

export const FrontierRecordNode = builder.node(builder.objectRef<FrontierRecord>("FrontierRecord"), {
  id: {
    resolve: ({ frontier, found }) => `${found.record}@${frontier.name}`,
    description: 'Such as "FrontierRecord:<uuid>@main".',
  },
  description:
    "A record as a frontier holds it now. The id stays while the state changes, so that client caches follow.",
});

/** A change, and the cursor after it where that is known. */
export type FrontierChange = FrontierChangeRow & { readonly cursor?: string };

export const FrontierChangeNode = builder.node(builder.objectRef<FrontierChange>("FrontierChange"), {
  id: {
    resolve: (change) => `${change.frontier}@${change.sequence}`,
    description: 'Such as "FrontierChange:main@17".',
  },
  description: "A change of a frontier, as its log tells it.",
});

export const ViewNode = builder.node(builder.objectRef<Version>("View"), {
  id: {
    resolve: ({ commits, trial }) => `${versionKey(commits)}${trial ? `~${trial.name}` : ""}`,
    description: 'Such as "View:12+15", numbers ascending.',
  },
  description: "The merged state of an antichain of commits. Immutable.",
});

/** A record in a version; `found.heads` is its own version. */
export interface RecordView {
  readonly found: RecordVersion;
}

export const RecordViewNode = builder.node(builder.objectRef<RecordView>("RecordView"), {
  id: {
    resolve: ({ found }) => `${found.record}@${versionIdOf(found)}`,
    description: 'Such as "RecordView:<uuid>@9+12".',
  },
  description:
    "A record in a version. Immutable: the id is the record's own version, so that equal states share a cache entry.",
});

export const RecordChangeNode = builder.node(builder.objectRef<RecordChange>("RecordChange"), {
  id: {
    resolve: ({ record, before, after }) => `${record}@${versionIdOf(before)}..${versionIdOf(after)}`,
    description: 'Such as "RecordChange:<uuid>@9+10..12": the record\'s own versions before and after.',
  },
  description: "What became of a record from one version to another. Immutable.",
});

export const RecordTypeConnection = connectionType("RecordType", RecordTypeNode);
export const CommitConnection = connectionType("Commit", CommitNode);
export const OperationConnection = connectionType("Operation", OperationNode);
export const FrontierConnection = connectionType("Frontier", FrontierNode);
export const FrontierRecordConnection = connectionType("FrontierRecord", FrontierRecordNode);
export const FrontierChangeConnection = connectionType("FrontierChange", FrontierChangeNode);
export const RecordViewConnection = connectionType("RecordView", RecordViewNode);
export const RecordChangeConnection = connectionType("RecordChange", RecordChangeNode);
