import { equalJson, indexOfEqual } from "../equality";
import { Fold } from "../fold";
import { equalPaths, replaceAt } from "../path";
import type { OperationKind } from "./kind";
import { listAt, refusalOfList } from "./listAt";
import { parseValue, valueOf } from "./parameters";

/** Removes every element of a list that equals a value. */
export const discard: OperationKind = {
  name: "discard",
  folds: true,

  parse: (parameters, _path, at) => parseValue(parameters, at),

  refusal: refusalOfList,

  apply(state, path, parameters, fold = new Fold()) {
    const list = listAt(state, path);
    if (list === undefined) return state;
    const value = valueOf(parameters);
    const first = indexOfEqual(list, value, fold.spend);
    if (first === -1) return state;
    const rest = list.slice(0, first);
    for (let index = first + 1; index < list.length; index++) {
      const element = list[index]!;
      if (!equalJson(element, value, fold.spend)) rest.push(element);
    }
    return replaceAt(state, path, fold.own(rest), fold);
  },

  footprint: (path) => [path],

  // `add` speaks for the pair of the two.
  commutes: (path, _parameters, other) => other.operation === "discard" && equalPaths(path, other.path),
};
