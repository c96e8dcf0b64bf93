/** A limit of how many nodes a document may ask for: pages inside pages multiply, however short the document is. */
import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  typeFromAST,
  valueFromASTUntyped,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import { DEFAULT_LIMITS } from "../core/limits";
import { limitExceeded } from "./requestErrors";
import type { ServerLimits } from "./serverLimits";

type Variables = Readonly<Record<string, unknown>>;

/** Nodes of a page. */
export interface PageSizes {
  /** Where nobody asks for a number. */
  readonly usual: number;
  /** More are refused where the page is read. */
  readonly largest: number;
}

const PAGES: PageSizes = { usual: DEFAULT_LIMITS.defaultPageSize, largest: DEFAULT_LIMITS.pageSize };

/**
 * The error of an operation that asks for too many nodes, were every page of every list full. The document has passed
 * validation, so its fragments form no cycle; its size is bounded, so this walk is.
 */
export function nodesBeyondLimits(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
  limits: ServerLimits,
  pages = PAGES,
): GraphQLError | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  let nodes = 0;
  const visit = (set: SelectionSetNode, parent: GraphQLNamedType | undefined, times: number): void => {
    for (const selection of set.selections) {
      if (nodes > limits.nodes) return;
      if (selection.kind === Kind.FIELD) {
        const field = fieldOf(parent, selection);
        const type = field && getNamedType(field.type);
        if (!field || !type || !isCompositeType(type) || !selection.selectionSet) continue;
        const inside = times * nodesOf(field, selection, variables, pages);
        nodes += inside;
        visit(selection.selectionSet, type, inside);
      } else {
        const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
        if (!fragment) continue;
        const type = fragment.typeCondition ? typeFromAST(schema, fragment.typeCondition) : parent;
        visit(fragment.selectionSet, type, times);
      }
    }
  };
  visit(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined, 1);
  if (nodes <= limits.nodes) return undefined;
  const message = `The document asks for more than ${limits.nodes} nodes: ask for smaller pages, or fewer inside each other.`;
  return limitExceeded(message, "nodes", limits.nodes, { nodes: operation });
}

function fieldOf(
  parent: GraphQLNamedType | undefined,
  selection: FieldNode,
): GraphQLField<unknown, unknown> | undefined {
  return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[selection.name.value] : undefined;
}

/** How many nodes one field gives at most: of a page its size, of a list of keys their number, else one. */
function nodesOf(
  field: GraphQLField<unknown, unknown>,
  selection: FieldNode,
  variables: Variables,
  pages: PageSizes,
): number {
  const given = (name: string): unknown => {
    const argument = selection.arguments?.find((node) => node.name.value === name);
    return argument && valueFromASTUntyped(argument.value, variables);
  };
  if (field.args.some((argument) => argument.name === "first")) {
    const size = given("first") ?? given("last") ?? pages.usual;
    // What is no size of a page is refused where the page is read.
    return typeof size === "number" && size > 0 && size <= pages.largest ? size : 1;
  }
  const keys = field.args.find((argument) => isListType(getNullableType(argument.type)));
  const list = keys && given(keys.name);
  return Array.isArray(list) ? Math.max(1, list.length) : 1;
}
