import { equalJson } from "../equality";
import { equalPaths, replaceAt } from "../path";
import type { OperationKind } from "./kind";
import { listAt, refusalOfList } from "./listAt";
import { parseValue, valueOf } from "./parameters";

/** Removes every element of a list that equals a value. */
export const discard: OperationKind = {
  name: "discard",

  parse: (parameters, _path, at) => parseValue(parameters, at),

  refusal: refusalOfList,

  apply(state, path, parameters) {
    const list = listAt(state, path);
    if (list === undefined) return state;
    const value = valueOf(parameters);
    const rest = list.filter((element) => !equalJson(element, value));
    return rest.length === list.length ? state : replaceAt(state, path, rest);
  },

  footprint: (path) => [path],

  // `add` speaks for the pair of the two.
  commutes: (path, _parameters, other) => other.operation === "discard" && equalPaths(path, other.path),
};
