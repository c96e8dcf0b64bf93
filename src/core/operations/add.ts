import { equalJson } from "../equality";
import { equalPaths, replaceAt } from "../path";
import type { OperationKind } from "./kind";
import { listAt, refusalOfList } from "./listAt";
import { parseValue, valueOf } from "./parameters";

/** Appends a value to a list, unless an equal element is there. */
export const add: OperationKind = {
  name: "add",

  parse: (parameters, _path, at) => parseValue(parameters, at),

  refusal: refusalOfList,

  apply(state, path, parameters) {
    const list = listAt(state, path);
    const value = valueOf(parameters);
    if (list === undefined || list.some((element) => equalJson(element, value))) return state;
    return replaceAt(state, path, [...list, value]);
  },

  footprint: (path) => [path],

  // The same set of elements in either order, though not the same list.
  commutes: (path, parameters, other) =>
    (other.operation === "add" || other.operation === "discard") &&
    equalPaths(path, other.path) &&
    !equalJson(valueOf(parameters), valueOf(other.parameters)),
};
