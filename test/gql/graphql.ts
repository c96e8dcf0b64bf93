/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** A frontier as it stood. */
export type AsOfInput = {
  /** Its name. */
  frontier: string;
  /** When. */
  point: PointInput;
};

/** Operations that are committed together, or not at all. */
export type CommitInput = {
  /** With access control, taken from the token. */
  author?: string | null | undefined;
  /** The frontier's sequence as the caller saw it; with another one nothing is done. */
  expectedSequence?: string | number | null | undefined;
  /** `main` always exists. */
  frontier?: string;
  /** The same key on the same frontier gives the same result, however often it is sent; with another input: ALREADY_EXISTS. */
  idempotencyKey?: string | null | undefined;
  /** Why. */
  message?: string | null | undefined;
  /** Whatever else is to be kept with the commit. */
  metadata?: unknown;
  /** At least one. */
  operations: Array<OperationInput>;
  /** The version that the operations were made on; default: the frontier's commits. */
  parents?: Array<string | number> | null | undefined;
};

/** Makes a record. Without record the server makes a UUIDv7. */
export type CreateOperation = {
  /** Must all hold before the operation is applied. */
  predicates?: Array<PredicateInput> | null | undefined;
  /** Its UUID, if the caller chooses. */
  record?: string | null | undefined;
  /** Its type; it must be defined. */
  type: string;
  /** Its state: an object. */
  value: unknown;
};

/** Edits a text by position; positions count Unicode code points. */
export type EditOperation = {
  /** Where. */
  index: number;
  /** Text that comes. */
  insert?: string;
  /** Where in the record. */
  path: readonly (string | number)[];
  /** Must all hold before the operation is applied. */
  predicates?: Array<PredicateInput> | null | undefined;
  /** The record that is changed. */
  record: string;
  /** How many code points go. */
  remove?: number;
};

/** What kind of failure it is. New codes may come; the ones here stay. */
export type ErrorCode =
  /** Something that the input would make exists already. */
  | 'ALREADY_EXISTS'
  /** The versions cannot stand together. */
  | 'CONFLICT'
  /** The cursor lies in the future. */
  | 'CURSOR_AHEAD'
  /** The cursor belongs to another list, or to none. */
  | 'CURSOR_INVALID'
  /** The caller may not do this. */
  | 'FORBIDDEN'
  /** The input itself is wrong. */
  | 'INVALID_INPUT'
  /** The input is larger than a configured limit. */
  | 'LIMIT_EXCEEDED'
  /** The frontier is locked. */
  | 'LOCKED'
  /** Something that the input names does not exist. */
  | 'NOT_FOUND'
  /** A predicate or precondition of an operation does not hold. */
  | 'PREDICATE_FAILED'
  /** The frontier has another sequence than the caller expected. */
  | 'STALE_SEQUENCE'
  /** The caller is not known. */
  | 'UNAUTHENTICATED';

/** Adds to an integer. */
export type IncrementOperation = {
  /** What is added; may be negative. */
  by?: number;
  /** Where in the record. */
  path: readonly (string | number)[];
  /** Must all hold before the operation is applied. */
  predicates?: Array<PredicateInput> | null | undefined;
  /** The record that is changed. */
  record: string;
};

/** The types of JSON values. */
export type JsonType =
  /** true, false */
  | 'BOOLEAN'
  /** A list. */
  | 'LIST'
  /** null */
  | 'NULL'
  /** A number. */
  | 'NUMBER'
  /** An object. */
  | 'OBJECT'
  /** A string. */
  | 'STRING';

/** Any registered operation by name. */
export type NamedOperation = {
  /** Its name; Server.features lists them. */
  operation: string;
  /** Its parameters: an object. */
  parameters: unknown;
  /** Where in the record. */
  path: readonly (string | number)[];
  /** Must all hold before the operation is applied. */
  predicates?: Array<PredicateInput> | null | undefined;
  /** The record that is changed. */
  record: string;
};

/** A proposed operation; exactly one member. */
export type OperationInput =
  {   /** Appends to a list unless an equal element is there. */
  add: ValueOperation; apply?: never; assign?: never; create?: never; discard?: never; edit?: never; increment?: never; max?: never; min?: never; patch?: never; put?: never; remove?: never; splice?: never; }
  |  { add?: never;   /** Any registered operation by name. */
  apply: NamedOperation; assign?: never; create?: never; discard?: never; edit?: never; increment?: never; max?: never; min?: never; patch?: never; put?: never; remove?: never; splice?: never; }
  |  { add?: never; apply?: never;   /** RFC 7396 merge patch: null removes. */
  assign: ValueOperation; create?: never; discard?: never; edit?: never; increment?: never; max?: never; min?: never; patch?: never; put?: never; remove?: never; splice?: never; }
  |  { add?: never; apply?: never; assign?: never;   /** Makes a record. */
  create: CreateOperation; discard?: never; edit?: never; increment?: never; max?: never; min?: never; patch?: never; put?: never; remove?: never; splice?: never; }
  |  { add?: never; apply?: never; assign?: never; create?: never;   /** Removes every equal element of a list. */
  discard: ValueOperation; edit?: never; increment?: never; max?: never; min?: never; patch?: never; put?: never; remove?: never; splice?: never; }
  |  { add?: never; apply?: never; assign?: never; create?: never; discard?: never;   /** Edits a text by position. */
  edit: EditOperation; increment?: never; max?: never; min?: never; patch?: never; put?: never; remove?: never; splice?: never; }
  |  { add?: never; apply?: never; assign?: never; create?: never; discard?: never; edit?: never;   /** Adds to an integer. */
  increment: IncrementOperation; max?: never; min?: never; patch?: never; put?: never; remove?: never; splice?: never; }
  |  { add?: never; apply?: never; assign?: never; create?: never; discard?: never; edit?: never; increment?: never;   /** Keeps the larger number. */
  max: ValueOperation; min?: never; patch?: never; put?: never; remove?: never; splice?: never; }
  |  { add?: never; apply?: never; assign?: never; create?: never; discard?: never; edit?: never; increment?: never; max?: never;   /** Keeps the smaller number. */
  min: ValueOperation; patch?: never; put?: never; remove?: never; splice?: never; }
  |  { add?: never; apply?: never; assign?: never; create?: never; discard?: never; edit?: never; increment?: never; max?: never; min?: never;   /** RFC 6902 JSON Patch. */
  patch: PatchOperation; put?: never; remove?: never; splice?: never; }
  |  { add?: never; apply?: never; assign?: never; create?: never; discard?: never; edit?: never; increment?: never; max?: never; min?: never; patch?: never;   /** Sets a member or element; at [] the whole state. */
  put: ValueOperation; remove?: never; splice?: never; }
  |  { add?: never; apply?: never; assign?: never; create?: never; discard?: never; edit?: never; increment?: never; max?: never; min?: never; patch?: never; put?: never;   /** Removes a member or element; at [] the record. */
  remove: PathOperation; splice?: never; }
  |  { add?: never; apply?: never; assign?: never; create?: never; discard?: never; edit?: never; increment?: never; max?: never; min?: never; patch?: never; put?: never; remove?: never;   /** Edits a list by position. */
  splice: SpliceOperation; };

/** An RFC 6902 JSON Patch, carried out as operations. */
export type PatchOperation = {
  /** The list of its steps. */
  patch: unknown;
  /** Must all hold before the first step. */
  predicates?: Array<PredicateInput> | null | undefined;
  /** The record that is changed. */
  record: string;
};

/** A path of a record. */
export type PathInput = {
  /** What is tested. */
  path: readonly (string | number)[];
  /** Only in operations: another record than the operation's own. */
  record?: string | null | undefined;
};

/** A record and a path. */
export type PathOperation = {
  /** Where in the record. */
  path: readonly (string | number)[];
  /** Must all hold before the operation is applied. */
  predicates?: Array<PredicateInput> | null | undefined;
  /** The record that is changed. */
  record: string;
};

/** A path and bounds of its size: elements of a list, code points of a string, members of an object. */
export type PathSizeInput = {
  /** The smallest size. */
  atLeast?: number | null | undefined;
  /** The largest size. */
  atMost?: number | null | undefined;
  /** What is tested. */
  path: readonly (string | number)[];
  /** Only in operations: another record than the operation's own. */
  record?: string | null | undefined;
};

/** A path and a string. */
export type PathStringInput = {
  /** What is tested. */
  path: readonly (string | number)[];
  /** Only in operations: another record than the operation's own. */
  record?: string | null | undefined;
  /** What the string starts with. */
  value: string;
};

/** A path and the type of its value. */
export type PathTypeInput = {
  /** What is tested. */
  path: readonly (string | number)[];
  /** Only in operations: another record than the operation's own. */
  record?: string | null | undefined;
  /** The type it must have. */
  type: JsonType;
};

/** A path and the value it is compared with. */
export type PathValueInput = {
  /** What is tested. */
  path: readonly (string | number)[];
  /** Only in operations: another record than the operation's own. */
  record?: string | null | undefined;
  /** Must be given; null is JSON null. */
  value?: unknown;
};

/** A path and the values it may have. */
export type PathValuesInput = {
  /** What is tested. */
  path: readonly (string | number)[];
  /** Only in operations: another record than the operation's own. */
  record?: string | null | undefined;
  /** One of them must be equal. */
  values: Array<unknown>;
};

/** A moment of a frontier; exactly one member. */
export type PointInput =
  {   /** As it stood after this many changes. */
  sequence: string | number; time?: never; }
  |  { sequence?: never;   /** As it stood then. */
  time: string; };

/** One language of tests, for predicates of operations and for `where`; exactly one member. */
export type PredicateInput =
  {   /** Nothing is there. */
  absent: PathInput; all?: never; any?: never; atLeast?: never; atMost?: never; contains?: never; equals?: never; exists?: never; greaterThan?: never; in?: never; lessThan?: never; not?: never; notEquals?: never; size?: never; startsWith?: never; type?: never; unchanged?: never; version?: never; }
  |  { absent?: never;   /** All hold; true for none. */
  all: Array<PredicateInput>; any?: never; atLeast?: never; atMost?: never; contains?: never; equals?: never; exists?: never; greaterThan?: never; in?: never; lessThan?: never; not?: never; notEquals?: never; size?: never; startsWith?: never; type?: never; unchanged?: never; version?: never; }
  |  { absent?: never; all?: never;   /** At least one holds; false for none. */
  any: Array<PredicateInput>; atLeast?: never; atMost?: never; contains?: never; equals?: never; exists?: never; greaterThan?: never; in?: never; lessThan?: never; not?: never; notEquals?: never; size?: never; startsWith?: never; type?: never; unchanged?: never; version?: never; }
  |  { absent?: never; all?: never; any?: never;   /** Between two numbers, or two strings by code point. */
  atLeast: PathValueInput; atMost?: never; contains?: never; equals?: never; exists?: never; greaterThan?: never; in?: never; lessThan?: never; not?: never; notEquals?: never; size?: never; startsWith?: never; type?: never; unchanged?: never; version?: never; }
  |  { absent?: never; all?: never; any?: never; atLeast?: never;   /** Between two numbers, or two strings by code point. */
  atMost: PathValueInput; contains?: never; equals?: never; exists?: never; greaterThan?: never; in?: never; lessThan?: never; not?: never; notEquals?: never; size?: never; startsWith?: never; type?: never; unchanged?: never; version?: never; }
  |  { absent?: never; all?: never; any?: never; atLeast?: never; atMost?: never;   /** A list has an equal element; a string has the substring. */
  contains: PathValueInput; equals?: never; exists?: never; greaterThan?: never; in?: never; lessThan?: never; not?: never; notEquals?: never; size?: never; startsWith?: never; type?: never; unchanged?: never; version?: never; }
  |  { absent?: never; all?: never; any?: never; atLeast?: never; atMost?: never; contains?: never;   /** Deep JSON equality. */
  equals: PathValueInput; exists?: never; greaterThan?: never; in?: never; lessThan?: never; not?: never; notEquals?: never; size?: never; startsWith?: never; type?: never; unchanged?: never; version?: never; }
  |  { absent?: never; all?: never; any?: never; atLeast?: never; atMost?: never; contains?: never; equals?: never;   /** Something is there; null counts. */
  exists: PathInput; greaterThan?: never; in?: never; lessThan?: never; not?: never; notEquals?: never; size?: never; startsWith?: never; type?: never; unchanged?: never; version?: never; }
  |  { absent?: never; all?: never; any?: never; atLeast?: never; atMost?: never; contains?: never; equals?: never; exists?: never;   /** Between two numbers, or two strings by code point. */
  greaterThan: PathValueInput; in?: never; lessThan?: never; not?: never; notEquals?: never; size?: never; startsWith?: never; type?: never; unchanged?: never; version?: never; }
  |  { absent?: never; all?: never; any?: never; atLeast?: never; atMost?: never; contains?: never; equals?: never; exists?: never; greaterThan?: never;   /** Equals one of the values. */
  in: PathValuesInput; lessThan?: never; not?: never; notEquals?: never; size?: never; startsWith?: never; type?: never; unchanged?: never; version?: never; }
  |  { absent?: never; all?: never; any?: never; atLeast?: never; atMost?: never; contains?: never; equals?: never; exists?: never; greaterThan?: never; in?: never;   /** Between two numbers, or two strings by code point. */
  lessThan: PathValueInput; not?: never; notEquals?: never; size?: never; startsWith?: never; type?: never; unchanged?: never; version?: never; }
  |  { absent?: never; all?: never; any?: never; atLeast?: never; atMost?: never; contains?: never; equals?: never; exists?: never; greaterThan?: never; in?: never; lessThan?: never;   /** It does not hold. */
  not: PredicateInput; notEquals?: never; size?: never; startsWith?: never; type?: never; unchanged?: never; version?: never; }
  |  { absent?: never; all?: never; any?: never; atLeast?: never; atMost?: never; contains?: never; equals?: never; exists?: never; greaterThan?: never; in?: never; lessThan?: never; not?: never;   /** Not equal, or absent. */
  notEquals: PathValueInput; size?: never; startsWith?: never; type?: never; unchanged?: never; version?: never; }
  |  { absent?: never; all?: never; any?: never; atLeast?: never; atMost?: never; contains?: never; equals?: never; exists?: never; greaterThan?: never; in?: never; lessThan?: never; not?: never; notEquals?: never;   /** The size lies within bounds. */
  size: PathSizeInput; startsWith?: never; type?: never; unchanged?: never; version?: never; }
  |  { absent?: never; all?: never; any?: never; atLeast?: never; atMost?: never; contains?: never; equals?: never; exists?: never; greaterThan?: never; in?: never; lessThan?: never; not?: never; notEquals?: never; size?: never;   /** A string starts with it. */
  startsWith: PathStringInput; type?: never; unchanged?: never; version?: never; }
  |  { absent?: never; all?: never; any?: never; atLeast?: never; atMost?: never; contains?: never; equals?: never; exists?: never; greaterThan?: never; in?: never; lessThan?: never; not?: never; notEquals?: never; size?: never; startsWith?: never;   /** The value has a type. */
  type: PathTypeInput; unchanged?: never; version?: never; }
  |  { absent?: never; all?: never; any?: never; atLeast?: never; atMost?: never; contains?: never; equals?: never; exists?: never; greaterThan?: never; in?: never; lessThan?: never; not?: never; notEquals?: never; size?: never; startsWith?: never; type?: never;   /** Only in operations of a commit that names its parents: no concurrent operation overlaps this path. */
  unchanged: PathInput; version?: never; }
  |  { absent?: never; all?: never; any?: never; atLeast?: never; atMost?: never; contains?: never; equals?: never; exists?: never; greaterThan?: never; in?: never; lessThan?: never; not?: never; notEquals?: never; size?: never; startsWith?: never; type?: never; unchanged?: never;   /** Only in operations: the record's version is exactly this (optimistic lock); broken like unchanged([]). */
  version: VersionTestInput; };

/** Edits a list by position. */
export type SpliceOperation = {
  /** Where. */
  index: number;
  /** Elements that come. */
  insert?: Array<unknown> | null | undefined;
  /** Where in the record. */
  path: readonly (string | number)[];
  /** Must all hold before the operation is applied. */
  predicates?: Array<PredicateInput> | null | undefined;
  /** The record that is changed. */
  record: string;
  /** How many elements go. */
  remove?: number;
};

/** A record, a path and a value. */
export type ValueOperation = {
  /** Where in the record. */
  path: readonly (string | number)[];
  /** Must all hold before the operation is applied. */
  predicates?: Array<PredicateInput> | null | undefined;
  /** The record that is changed. */
  record: string;
  /** Must be given; null is JSON null. */
  value?: unknown;
};

/** Names a version; exactly one member. Any set of commits is taken; it is reduced to its maximal ones. */
export type VersionInput =
  {   /** A frontier as it stood. */
  asOf: AsOfInput; commit?: never; commits?: never; frontier?: never; }
  |  { asOf?: never;   /** A commit and all that is behind it. */
  commit: string | number; commits?: never; frontier?: never; }
  |  { asOf?: never; commit?: never;   /** The merged view of several commits. */
  commits: Array<string | number>; frontier?: never; }
  |  { asOf?: never; commit?: never; commits?: never;   /** What a frontier holds now. */
  frontier: string; };

/** The latest commits of a record. */
export type VersionTestInput = {
  /** RecordView.heads as they were read. */
  heads: Array<string | number>;
  /** Only in operations: another record than the operation's own. */
  record?: string | null | undefined;
};

export type DefineKeptMutationVariables = Exact<{ [key: string]: never; }>;


export type DefineKeptMutation = { defineRecordType:
    | { __typename: 'AlreadyExists' }
    | { __typename: 'Conflicted' }
    | { __typename: 'DefineRecordTypePayload' }
    | { __typename: 'Forbidden' }
    | { __typename: 'InvalidInput' }
    | { __typename: 'LimitExceeded' }
    | { __typename: 'Locked' }
    | { __typename: 'NotFound' }
    | { __typename: 'PredicateFailed' }
    | { __typename: 'StaleSequence' }
    | { __typename: 'Unauthenticated' }
   };

export type ReadKeptQueryVariables = Exact<{ [key: string]: never; }>;


export type ReadKeptQuery = { recordType: { name: string } | null };

export type ReadMainQueryVariables = Exact<{ [key: string]: never; }>;


export type ReadMainQuery = { frontier: { name: string, sequence: string } | null };

export type CommitAsWriterMutationVariables = Exact<{
  input: CommitInput;
}>;


export type CommitAsWriterMutation = { commit:
    | { __typename: 'AlreadyExists', code: ErrorCode, message: string }
    | { __typename: 'CommitPayload', commit: { number: string } | null, change: { sequence: string, after: Array<{ number: string }> } | null }
    | { __typename: 'Conflicted', code: ErrorCode, message: string }
    | { __typename: 'Forbidden', code: ErrorCode, message: string }
    | { __typename: 'InvalidInput', code: ErrorCode, message: string }
    | { __typename: 'LimitExceeded', code: ErrorCode, message: string }
    | { __typename: 'Locked', code: ErrorCode, message: string }
    | { __typename: 'NotFound', code: ErrorCode, message: string }
    | { __typename: 'PredicateFailed', code: ErrorCode, message: string }
    | { __typename: 'StaleSequence', code: ErrorCode, message: string }
    | { __typename: 'Unauthenticated', code: ErrorCode, message: string }
   };

export type DefineAccountsMutationVariables = Exact<{ [key: string]: never; }>;


export type DefineAccountsMutation = { defineRecordType:
    | { __typename: 'AlreadyExists' }
    | { __typename: 'Conflicted' }
    | { __typename: 'DefineRecordTypePayload' }
    | { __typename: 'Forbidden' }
    | { __typename: 'InvalidInput' }
    | { __typename: 'LimitExceeded' }
    | { __typename: 'Locked' }
    | { __typename: 'NotFound' }
    | { __typename: 'PredicateFailed' }
    | { __typename: 'StaleSequence' }
    | { __typename: 'Unauthenticated' }
   };

export type ViewAccountsQueryVariables = Exact<{
  at: VersionInput;
}>;


export type ViewAccountsQuery = { view: { records: { nodes: Array<{ state: unknown, record: { uuid: string } }> } } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const DefineKeptDocument = new TypedDocumentString(`
    mutation DefineKept {
  defineRecordType(input: {name: "kept"}) {
    __typename
  }
}
    `) as unknown as TypedDocumentString<DefineKeptMutation, DefineKeptMutationVariables>;
export const ReadKeptDocument = new TypedDocumentString(`
    query ReadKept {
  recordType(name: "kept") {
    name
  }
}
    `) as unknown as TypedDocumentString<ReadKeptQuery, ReadKeptQueryVariables>;
export const ReadMainDocument = new TypedDocumentString(`
    query ReadMain {
  frontier {
    name
    sequence
  }
}
    `) as unknown as TypedDocumentString<ReadMainQuery, ReadMainQueryVariables>;
export const CommitAsWriterDocument = new TypedDocumentString(`
    mutation CommitAsWriter($input: CommitInput!) {
  commit(input: $input) {
    __typename
    ... on CommitPayload {
      commit {
        number
      }
      change {
        sequence
        after {
          number
        }
      }
    }
    ... on Error {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CommitAsWriterMutation, CommitAsWriterMutationVariables>;
export const DefineAccountsDocument = new TypedDocumentString(`
    mutation DefineAccounts {
  defineRecordType(input: {name: "account"}) {
    __typename
  }
}
    `) as unknown as TypedDocumentString<DefineAccountsMutation, DefineAccountsMutationVariables>;
export const ViewAccountsDocument = new TypedDocumentString(`
    query ViewAccounts($at: VersionInput!) {
  view(at: $at) {
    records(type: "account", first: 100) {
      nodes {
        record {
          uuid
        }
        state
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ViewAccountsQuery, ViewAccountsQueryVariables>;