/** Documents: bounded, parsed and validated, and remembered, since clients send the same few again and again. */
import { GraphQLError, parse, validate, visit, type DocumentNode, type GraphQLSchema } from "graphql";
import { LRUCache } from "lru-cache";
import { sentence } from "../core/quote";
import { documentBeyondLimits } from "./documentLimits";
import { VALIDATION_RULES } from "./inputErrors";
import { selectionsBeyondLimits } from "./selectionLimits";
import type { ServerLimits } from "./serverLimits";

/** Characters of all remembered documents, and of one that is worth it. */
const REMEMBERED_CHARACTERS = 8 * 1024 * 1024;
const LONGEST_REMEMBERED = 64 * 1024;
/** More than so many errors of one document are not told. */
const MOST_ERRORS = 20;

export type ReadDocument = (text: string) => DocumentNode | readonly GraphQLError[];

/** Makes the function that gives a document that may be executed, or what is wrong with it. */
export function documentReader(schema: GraphQLSchema, limits: ServerLimits): ReadDocument {
  const remembered = new LRUCache<string, DocumentNode>({
    maxSize: REMEMBERED_CHARACTERS,
    maxEntrySize: LONGEST_REMEMBERED,
    sizeCalculation: (_, text) => Math.max(1, text.length),
  });
  return (text) => {
    const known = remembered.get(text);
    if (known) return known;
    const document = readDocument(text, schema, limits);
    if ("kind" in document) remembered.set(text, document);
    return document;
  };
}

function readDocument(text: string, schema: GraphQLSchema, limits: ServerLimits) {
  const beyond = documentBeyondLimits(text, limits);
  if (beyond) return [beyond];
  const document = parseDocument(text);
  if (document instanceof GraphQLError) return [document];
  const tooLarge = selectionsBeyondLimits(document, limits);
  if (tooLarge) return [tooLarge];
  const errors = validate(schema, document, VALIDATION_RULES, { maxErrors: MOST_ERRORS });
  return errors.length === 0 ? document : errors.map((error) => withCode(error, "GRAPHQL_VALIDATION_FAILED"));
}

function parseDocument(text: string): DocumentNode | GraphQLError {
  try {
    return withoutSlices(parse(text));
  } catch (error) {
    if (error instanceof GraphQLError) return withCode(error, "GRAPHQL_PARSE_FAILED");
    throw error;
  }
}

/** Shorter strings are always copied. */
const SHORTEST_SLICE = 13;

/**
 * A string of a document is a slice of it for V8, and whoever keeps the one (states do, in caches) would keep all of the
 * other: here each becomes a string of its own.
 */
function withoutSlices(document: DocumentNode): DocumentNode {
  visit(document, {
    StringValue: (node) => {
      if (node.value.length < SHORTEST_SLICE) return;
      (node as { value: string }).value = JSON.parse(JSON.stringify(node.value)) as string;
    },
  });
  return document;
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  if (error.extensions.code !== undefined) return error;
  const { message, nodes, source, positions } = error;
  return new GraphQLError(sentence(message), { nodes, source, positions, extensions: { code } });
}
