/** Limits of what a parsed document selects: its size and depth once its fragments are put in. */
import { Kind, type DocumentNode, type GraphQLError, type SelectionNode, type SelectionSetNode } from "graphql";
import { limitExceeded } from "./requestErrors";
import type { ServerLimits } from "./serverLimits";

interface Extent {
  /** Fields and fragments. */
  readonly size: number;
  /** Fields inside each other. */
  readonly depth: number;
}
const NOTHING: Extent = { size: 0, depth: 0 };
const ENDLESS: Extent = { size: 0, depth: Number.POSITIVE_INFINITY };
/** Selection sets inside each other, through fragments too, that are looked into: a bound of the recursion. */
const DEEPEST = 1_000;

/**
 * The error of a document that selects too much. Validation compares fields with each other and follows fragments by
 * calling itself, so this comes before it; documents whose fragments form a cycle pass, and are refused there.
 */
export function selectionsBeyondLimits(document: DocumentNode, limits: ServerLimits): GraphQLError | undefined {
  const fragments = new Map<string, SelectionSetNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition.selectionSet);
  }
  // A chain of fragments may be as long as there are fragments, whatever it selects.
  if (fragments.size > limits.documentDepth) {
    const message = `The document has more than ${limits.documentDepth} fragments.`;
    return limitExceeded(message, "documentDepth", limits.documentDepth);
  }
  const extents = new Map<string, Extent>();
  const ofFragment = (name: string, level: number): Extent => {
    const known = extents.get(name);
    if (known) return known;
    // While it is measured it counts nothing: that ends cycles.
    extents.set(name, NOTHING);
    const extent = ofSet(fragments.get(name), level);
    extents.set(name, extent);
    return extent;
  };
  const ofSet = (set: SelectionSetNode | undefined, level: number): Extent => {
    if (level > DEEPEST) return ENDLESS;
    let { size, depth } = NOTHING;
    for (const selection of set?.selections ?? []) {
      const inner = ofSelection(selection, level + 1);
      size += 1 + inner.size;
      depth = Math.max(depth, inner.depth + (selection.kind === Kind.FIELD ? 1 : 0));
    }
    return { size, depth };
  };
  const ofSelection = (selection: SelectionNode, level: number): Extent =>
    selection.kind === Kind.FRAGMENT_SPREAD
      ? ofFragment(selection.name.value, level)
      : ofSet(selection.selectionSet, level);

  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
    const { size, depth } = ofSet(definition.selectionSet, 0);
    if (size > limits.selections) {
      const message = `The document selects more than ${limits.selections} fields.`;
      return limitExceeded(message, "selections", limits.selections, { nodes: definition });
    }
    if (depth > limits.selectionDepth) {
      const message = `The document selects fields more than ${limits.selectionDepth} deep.`;
      return limitExceeded(message, "selectionDepth", limits.selectionDepth, { nodes: definition });
    }
  }
  return undefined;
}
