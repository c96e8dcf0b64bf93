/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
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