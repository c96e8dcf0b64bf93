/** Documents executed in process against a database of the test's own. */
import { execute, parse, validate, type DocumentNode, type ExecutionResult, type GraphQLError } from "graphql";
import { DEFAULT_LIMITS, type Limits } from "../../src/core/limits";
import { createContext, createServices, liveReaders, type Context, type Services } from "../../src/graphql/context";
import { NodeCache } from "../../src/graphql/loaders";
import { buildSchema } from "../../src/graphql/schema";
import { createLive, type Live } from "../../src/live/live";
import { openStore, type Store } from "../../src/store/store";
import { testDatabase, type TestDatabase } from "./database";

export const schema = buildSchema();

interface Prepared {
  readonly ast: DocumentNode;
  readonly errors: readonly GraphQLError[];
}

const documents = new Map<string | DocumentNode, Prepared>();

/** Each document is parsed and validated once, as in the server. */
function prepared(document: string | DocumentNode): Prepared {
  const known = documents.get(document);
  if (known) return known;
  const ast = typeof document === "string" ? parse(document) : document;
  const made = { ast, errors: validate(schema, ast) };
  documents.set(document, made);
  return made;
}

export interface TestApi {
  readonly database: TestDatabase;
  readonly store: Store;
  readonly live: Live;
  readonly services: Services;
  /** Runs a document and gives its data; throws what it reports as errors. */
  run<T = Data>(document: string | DocumentNode, variables?: Record<string, unknown>): Promise<T>;
  /** Runs a document and gives the whole result. */
  execute(document: string | DocumentNode, variables?: Record<string, unknown>): Promise<ExecutionResult>;
  context(): Context;
}

// Tests look into results freely; what is not there fails them.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Data = any;

export async function testApi(limits: Partial<Limits> = {}): Promise<TestApi> {
  const database = await testDatabase();
  const store = openStore(database, { ...DEFAULT_LIMITS, ...limits });
  const nodes = new NodeCache();
  const live = createLive({ database, ...liveReaders(store, nodes) });
  const services = createServices(store, live, nodes);
  const context = () => createContext(services);
  const executeDocument: TestApi["execute"] = async (document, variables = {}) => {
    const { ast, errors } = prepared(document);
    if (errors.length > 0) return { errors };
    return execute({ schema, document: ast, variableValues: variables, contextValue: context() });
  };
  return {
    database,
    store,
    live,
    services,
    context,
    execute: executeDocument,
    run: async <T>(document: string | DocumentNode, variables?: Record<string, unknown>) => {
      const result = await executeDocument(document, variables);
      const [error] = result.errors ?? [];
      if (error) throw error.originalError ?? error;
      // Results of graphql-js have no prototype; tests compare with ordinary objects.
      return JSON.parse(JSON.stringify(result.data)) as T;
    },
  };
}

export const COMMIT = /* GraphQL */ `
  mutation ($input: CommitInput!) {
    commit(input: $input) {
      __typename
      ... on CommitPayload {
        replayed
        commit {
          id
          number
          logicalTime
          author
          message
          metadata
          parents {
            number
          }
          operations {
            totalCount
            nodes {
              id
              operation
              path
              parameters
              predicates
              record {
                uuid
              }
            }
          }
        }
        frontier {
          name
          sequence
          commits {
            number
          }
        }
        change {
          id
          sequence
          cause
          author
          message
          newCommits {
            nodes {
              number
            }
          }
          before {
            number
          }
          after {
            number
          }
        }
        records {
          totalCount
          nodes {
            id
            exists
            state
            record {
              uuid
            }
            view {
              id
              heads {
                number
              }
            }
          }
        }
        created {
          id
          record {
            uuid
            type {
              name
            }
          }
          state
        }
        overlaps {
          totalCount
        }
      }
      ... on Error {
        message
        code
      }
      ... on InvalidInput {
        inputPath
        details
      }
      ... on LimitExceeded {
        inputPath
        limit
        maximum
      }
      ... on NotFound {
        inputPath
      }
      ... on AlreadyExists {
        inputPath
      }
      ... on PredicateFailed {
        operationIndex
        record
        path
        reason
        predicate
        actual {
          exists
          value
        }
      }
      ... on StaleSequence {
        sequence
      }
    }
  }
`;

/** Commits and gives the payload, or the error, as data. */
export const commit = async (api: TestApi, operations: unknown[], input: Record<string, unknown> = {}): Promise<Data> =>
  (await api.run(COMMIT, { input: { operations, ...input } })).commit;

export const defineType = async (api: TestApi, name: string, more: Record<string, unknown> = {}): Promise<Data> =>
  (
    await api.run(
      `mutation ($input: DefineRecordTypeInput!) { defineRecordType(input: $input) {
        __typename ... on DefineRecordTypePayload { recordType { id name schema indexes latestTable } }
        ... on Error { message code } ... on InvalidInput { inputPath details } ... on LimitExceeded { inputPath } } }`,
      { input: { name, ...more } },
    )
  ).defineRecordType;
