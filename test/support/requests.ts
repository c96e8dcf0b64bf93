/**
 * Requests to a server without its transports: through all of its controls, with errors as clients see them, and with
 * variables that were JSON text once.
 */
import type { ExecutionResult, GraphQLSchema } from "graphql";
import { Operations } from "../../src/server/operations";
import { DEFAULT_SERVER_LIMITS } from "../../src/server/serverLimits";
import { schema, type Data, type TestApi } from "./graphql";

export interface Requests {
  /** Errors that were masked: what nobody expected. */
  readonly unexpected: unknown[];
  ask(query: string, variables?: unknown): Promise<Data>;
}

/** @param served default: all of it */
export function requestsTo(api: TestApi, served: GraphQLSchema = schema): Requests {
  const unexpected: unknown[] = [];
  const operations = new Operations({
    schema: served,
    createContext: () => api.context(),
    limits: DEFAULT_SERVER_LIMITS,
    log: (error) => unexpected.push(error),
  });
  const answer = async (query: string, variables: unknown): Promise<ExecutionResult> => {
    const prepared = operations.prepare({ query, variables });
    if (!("operation" in prepared)) return { errors: prepared };
    const result = await operations.run(prepared);
    if (!(Symbol.asyncIterator in result)) return result;
    await result.return?.();
    return {};
  };
  return {
    unexpected,
    ask: async (query, variables = {}) =>
      JSON.parse(JSON.stringify(await answer(query, JSON.parse(toText(variables))))),
  };
}

const RAW = "raw JSON: ";

/** Stands in variables for a text that JSON.stringify would not write, such as `1e999`. */
export const raw = (text: string): string => RAW + text;

const WORD = "word: ";

/** Stands for a member of an enum: a string in variables, a word in documents. */
export const word = (name: string): string => WORD + name;

/** JSON text of variables. */
export const toText = (value: unknown): string =>
  JSON.stringify(value)
    .replaceAll(new RegExp(`"${RAW}([^"]*)"`, "g"), "$1")
    .replaceAll(new RegExp(`"${WORD}([^"]*)"`, "g"), '"$1"');

/** A value as a literal of a GraphQL document; undefined where it has none. */
export function toLiteral(value: unknown): string | undefined {
  if (typeof value === "string" && value.startsWith(RAW)) return value.slice(RAW.length);
  if (typeof value === "string" && value.startsWith(WORD)) return value.slice(WORD.length);
  // GraphQL has no way to write half of a surrogate pair.
  if (typeof value === "string" && /[\ud800-\udfff]/u.test(value)) return undefined;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => [name, toLiteral(member)] as const);
  if (members.some(([, literal]) => literal === undefined)) return undefined;
  if (Array.isArray(value)) return `[${members.map(([, literal]) => literal).join(", ")}]`;
  if (!members.every(([name]) => /^[_A-Za-z][_A-Za-z0-9]*$/.test(name))) return undefined;
  return `{${members.map(([name, literal]) => `${name}: ${literal}`).join(", ")}}`;
}

/** The document with the value of its one variable written into it. */
export function inDocument(query: string, value: unknown): string | undefined {
  const literal = toLiteral(value);
  if (literal === undefined) return undefined;
  const [, name, rest] = /^([^(]*)\(\$\w+: [^)]*\)([^]*)$/.exec(query) ?? [];
  if (name === undefined || rest === undefined) throw new Error(`the document has no variable: ${query}`);
  return `${name}${rest.replaceAll(/\$\w+/g, () => literal)}`;
}
