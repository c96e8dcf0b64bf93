import { lookup, parentOf, removeAt } from "../path";
import type { OperationKind } from "./kind";
import { checkMembers } from "./parameters";

/** Takes away a member, an element, or the whole record. */
export const remove: OperationKind = {
  name: "remove",
  folds: true,

  parse: (parameters, _path, at) => checkMembers(parameters, [], at),

  refusal: (state, path) => (lookup(state, path).exists ? null : "There is nothing to remove."),

  apply: (state, path, _parameters, fold) => removeAt(state, path, fold),

  footprint(path) {
    // Without an element, those behind it stand elsewhere.
    const list = typeof path[path.length - 1] === "number" ? parentOf(path) : undefined;
    return [list ?? path];
  },

  commutes: () => false,
};
