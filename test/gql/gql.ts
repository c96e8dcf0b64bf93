/* eslint-disable */
import * as types from './graphql';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  mutation DefineKept {\n    defineRecordType(input: { name: \"kept\" }) {\n      __typename\n    }\n  }\n": typeof types.DefineKeptDocument,
    "\n  query ReadKept {\n    recordType(name: \"kept\") {\n      name\n    }\n  }\n": typeof types.ReadKeptDocument,
    "\n  query ReadMain {\n    frontier {\n      name\n      sequence\n    }\n  }\n": typeof types.ReadMainDocument,
    "\n  mutation CommitAsWriter($input: CommitInput!) {\n    commit(input: $input) {\n      __typename\n      ... on CommitPayload {\n        commit {\n          number\n        }\n        change {\n          sequence\n          after {\n            number\n          }\n        }\n      }\n      ... on Error {\n        code\n        message\n      }\n    }\n  }\n": typeof types.CommitAsWriterDocument,
    "\n  mutation DefineAccounts {\n    defineRecordType(input: { name: \"account\" }) {\n      __typename\n    }\n  }\n": typeof types.DefineAccountsDocument,
    "\n  query ViewAccounts($at: VersionInput!) {\n    view(at: $at) {\n      records(type: \"account\", first: 100) {\n        nodes {\n          record {\n            uuid\n          }\n          state\n        }\n      }\n    }\n  }\n": typeof types.ViewAccountsDocument,
};
const documents: Documents = {
    "\n  mutation DefineKept {\n    defineRecordType(input: { name: \"kept\" }) {\n      __typename\n    }\n  }\n": types.DefineKeptDocument,
    "\n  query ReadKept {\n    recordType(name: \"kept\") {\n      name\n    }\n  }\n": types.ReadKeptDocument,
    "\n  query ReadMain {\n    frontier {\n      name\n      sequence\n    }\n  }\n": types.ReadMainDocument,
    "\n  mutation CommitAsWriter($input: CommitInput!) {\n    commit(input: $input) {\n      __typename\n      ... on CommitPayload {\n        commit {\n          number\n        }\n        change {\n          sequence\n          after {\n            number\n          }\n        }\n      }\n      ... on Error {\n        code\n        message\n      }\n    }\n  }\n": types.CommitAsWriterDocument,
    "\n  mutation DefineAccounts {\n    defineRecordType(input: { name: \"account\" }) {\n      __typename\n    }\n  }\n": types.DefineAccountsDocument,
    "\n  query ViewAccounts($at: VersionInput!) {\n    view(at: $at) {\n      records(type: \"account\", first: 100) {\n        nodes {\n          record {\n            uuid\n          }\n          state\n        }\n      }\n    }\n  }\n": types.ViewAccountsDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DefineKept {\n    defineRecordType(input: { name: \"kept\" }) {\n      __typename\n    }\n  }\n"): typeof import('./graphql').DefineKeptDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ReadKept {\n    recordType(name: \"kept\") {\n      name\n    }\n  }\n"): typeof import('./graphql').ReadKeptDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ReadMain {\n    frontier {\n      name\n      sequence\n    }\n  }\n"): typeof import('./graphql').ReadMainDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CommitAsWriter($input: CommitInput!) {\n    commit(input: $input) {\n      __typename\n      ... on CommitPayload {\n        commit {\n          number\n        }\n        change {\n          sequence\n          after {\n            number\n          }\n        }\n      }\n      ... on Error {\n        code\n        message\n      }\n    }\n  }\n"): typeof import('./graphql').CommitAsWriterDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DefineAccounts {\n    defineRecordType(input: { name: \"account\" }) {\n      __typename\n    }\n  }\n"): typeof import('./graphql').DefineAccountsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ViewAccounts($at: VersionInput!) {\n    view(at: $at) {\n      records(type: \"account\", first: 100) {\n        nodes {\n          record {\n            uuid\n          }\n          state\n        }\n      }\n    }\n  }\n"): typeof import('./graphql').ViewAccountsDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
