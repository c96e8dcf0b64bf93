import { equalJson, indexOfEqual } from "../equality";
import { Fold } from "../fold";
import { equalPaths, replaceAt } from "../path";
import type { OperationKind } from "./kind";
import { listAt, refusalOfList } from "./listAt";
import { parseValue, valueOf } from "./parameters";

/** Appends a value to a list, unless an equal element is there. */
export const add: OperationKind = {
  name: "add",
  folds: true,

  parse: (parameters, _path, at) => parseValue(parameters, at),

  refusal: refusalOfList,

  apply(state, path, parameters, fold = new Fold()) {
    const list = listAt(state, path);
    const value = valueOf(parameters);
    if (list === undefined || indexOfEqual(list, value, fold.spend) >= 0) return state;
    const more = fold.list(list);
    more.push(value);
    return replaceAt(state, path, more, fold);
  },

  footprint: (path) => [path],

  // The same set of elements in either order, though not the same list.
  commutes: (path, parameters, other) =>
    (other.operation === "add" || other.operation === "discard") &&
    equalPaths(path, other.path) &&
    !equalJson(valueOf(parameters), valueOf(other.parameters)),
};
