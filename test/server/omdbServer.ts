/** The real server in the test's own process, and what tests of it ask. */
import { DEFAULT_LIMITS, type Limits } from "../../src/core/limits";
import { startServer, type RunningOmdb, type ServerOptions } from "../../src/server/server";
import { DEFAULT_SERVER_LIMITS, type ServerLimits } from "../../src/server/serverLimits";
import type { Database } from "../../src/store/database";
import { postJson, type Result } from "./clients";

export interface OmdbServer extends RunningOmdb {
  /** What went wrong unexpectedly, and what live got over by itself. */
  readonly logged: string[];
}

export async function startOmdb(
  database: Database,
  limits: Partial<Limits> = {},
  serverLimits: Partial<ServerLimits> = {},
  port = 0,
  live: ServerOptions["live"] = {},
): Promise<OmdbServer> {
  const logged: string[] = [];
  const server = await startServer({
    database,
    live,
    configuration: {
      host: "127.0.0.1",
      port,
      allowedOrigins: [],
      limits: { ...DEFAULT_LIMITS, ...limits },
      serverLimits: { ...DEFAULT_SERVER_LIMITS, ...serverLimits },
    },
    log: (error) => logged.push(String((error as { originalError?: unknown }).originalError ?? error)),
  });
  return { ...server, logged };
}

/** The result of a document. */
export async function send(url: string, query: string, variables: Record<string, unknown> = {}): Promise<Result> {
  return (await (await postJson(url, { query, variables })).json()) as Result;
}

/** The data of a document that must not fail. */
export async function data(
  url: string,
  query: string,
  variables?: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const result = await send(url, query, variables);
  if (result.errors || !result.data) throw new Error(JSON.stringify(result.errors));
  return result.data;
}

const COMMIT = `mutation ($input: CommitInput!) {
  commit(input: $input) { ... on CommitPayload { commit { number } } ... on Error { message } }
}`;

/** Defines the type `note`. */
export const defineNotes = (url: string): Promise<unknown> =>
  data(url, `mutation { defineRecordType(input: { name: "note" }) { __typename } }`);

/** Commits a new note; gives the number of the commit. */
export async function commitNote(url: string, text: string, frontier = "main"): Promise<string> {
  const operations = [{ create: { type: "note", value: { text } } }];
  const { commit } = (await data(url, COMMIT, { input: { frontier, operations, message: text } })) as {
    commit: { commit?: { number: string } };
  };
  if (!commit.commit) throw new Error(JSON.stringify(commit));
  return commit.commit.number;
}
