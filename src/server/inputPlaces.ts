/** Where in the arguments of a field something of a document stands, as the input paths of errors say it. */
import {
  BREAK,
  Kind,
  visit,
  type ASTNode,
  type ArgumentNode,
  type DocumentNode,
  type OperationDefinitionNode,
} from "graphql";
import type { InputPath } from "../core/errors";

/** The path of an argument: that of the contract's single `input` argument starts inside it. */
export const argumentPath = (name: string): InputPath => (name === "input" ? [] : [name]);

/**
 * The place of a node inside a field's arguments.
 * @returns undefined for what stands in no argument; in the default of a variable: the place of the variable
 */
export function placeOfNode(document: DocumentNode, node: ASTNode): InputPath | undefined {
  let place: InputPath | undefined;
  visit(document, {
    enter(found, _key, parent, path, ancestors) {
      if (found !== node) return undefined;
      place = placeIn(document, chainTo(found, parent, ancestors), path);
      return BREAK;
    },
  });
  return place;
}

/** The place where a variable is first used. */
export function placeOfVariable(
  document: DocumentNode,
  operation: OperationDefinitionNode | undefined,
  variable: string,
): InputPath {
  const parts = document.definitions.filter(
    (definition) => definition === operation || definition.kind === Kind.FRAGMENT_DEFINITION,
  );
  let place: InputPath | undefined;
  // The operation comes first, wherever its fragments stand.
  const ordered = parts.sort((a, b) => Number(b === operation) - Number(a === operation));
  visit(
    { kind: Kind.DOCUMENT, definitions: ordered },
    {
      VariableDefinition: () => false,
      Variable(found, _key, parent, path, ancestors) {
        if (found.name.value !== variable) return undefined;
        place = placeIn(document, chainTo(found, parent, ancestors), path);
        return BREAK;
      },
    },
  );
  return place ?? [variable];
}

type Link = ASTNode | readonly ASTNode[];

/** `visit` gives the ancestors without the parent. */
const chainTo = (node: ASTNode, parent: Link | undefined, ancestors: readonly Link[]): Link[] =>
  parent === undefined ? [node] : [...ancestors, parent, node];

/**
 * @param chain nodes and lists of nodes from the document to the node
 * @param keys the key under which each of them but the first stands in the one before
 */
function placeIn(
  document: DocumentNode,
  chain: readonly Link[],
  keys: readonly (string | number)[],
): InputPath | undefined {
  const start = chain.findLastIndex((link) => isKind(link, Kind.ARGUMENT));
  if (start !== -1) {
    return [...argumentPath((chain[start] as ArgumentNode).name.value), ...stepsBelow(start, chain, keys)];
  }
  const definition = chain.findLastIndex((link) => isKind(link, Kind.VARIABLE_DEFINITION));
  const link = chain[definition];
  if (!link || !("kind" in link) || link.kind !== Kind.VARIABLE_DEFINITION) return undefined;
  const operation = chain.find((above): above is OperationDefinitionNode => isKind(above, Kind.OPERATION_DEFINITION));
  const place = placeOfVariable(document, operation, link.variable.name.value);
  return [...place, ...stepsBelow(definition, chain, keys)];
}

function stepsBelow(start: number, chain: readonly Link[], keys: readonly (string | number)[]): (string | number)[] {
  return chain.slice(start + 1).flatMap<string | number>((link, below) => {
    const index = start + 1 + below;
    const key = keys[index - 1];
    if ("kind" in link && link.kind === Kind.OBJECT_FIELD) return [link.name.value];
    // The elements of a list literal stand in its `values`; the fields of an object literal, too, in a list.
    const inList = typeof key === "number" && isKind(chain[index - 2], Kind.LIST);
    return inList ? [key] : [];
  });
}

const isKind = (link: Link | undefined, kind: Kind): boolean =>
  link !== undefined && "kind" in link && link.kind === kind;
