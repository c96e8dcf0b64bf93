import { Kind, type GraphQLResolveInfo, type SelectionSetNode } from "graphql";

/**
 * Whether fields of some names are selected anywhere beneath the field that is being resolved. Directives are not looked
 * at: what they leave out counts as selected.
 */
export function selects({ fieldNodes, fragments }: GraphQLResolveInfo, ...names: readonly string[]): boolean {
  const seen = new Set<SelectionSetNode>();
  const hasOne = (set: SelectionSetNode | undefined): boolean => {
    if (!set || seen.has(set)) return false;
    seen.add(set);
    return set.selections.some((selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return hasOne(fragments[selection.name.value]?.selectionSet);
      const isOne = selection.kind === Kind.FIELD && names.includes(selection.name.value);
      return isOne || hasOne(selection.selectionSet);
    });
  };
  return fieldNodes.some(({ selectionSet }) => hasOne(selectionSet));
}
