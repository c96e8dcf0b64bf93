import { equalJson } from "../equality";
import { InvalidInput } from "../errors";
import { isList, isObject, type State } from "../json";
import { child, lookup, parentOf, replaceAt, type Path } from "../path";
import type { OperationKind } from "./kind";
import { parseValue, valueOf } from "./parameters";

/** Sets a member of an object, an element of a list, or the whole state of a record that has one. */
export const put: OperationKind = {
  name: "put",
  folds: true,
  overwrites: true,

  parse(parameters, path, at) {
    const parsed = parseValue(parameters, at);
    if (path.length === 0 && !isObject(parsed.value)) {
      throw new InvalidInput("The state of a record is an object.", [...at, "value"]);
    }
    return parsed;
  },

  refusal: refusalOfPlace,

  apply(state, path, parameters, fold) {
    const value = valueOf(parameters);
    const before = lookup(state, path);
    if (before.exists && equalJson(before.value, value, fold?.spend)) return state;
    return replaceAt(state, path, value, fold);
  },

  footprint: (path) => [path],

  commutes: () => false,
};

/** Why there is no place at the path that could hold a value, or null where there is one. */
export function refusalOfPlace(state: State, path: Path): string | null {
  if (state === undefined) return "The record does not exist.";
  const step = path[path.length - 1];
  const parent = parentOf(path);
  if (step === undefined || parent === undefined) return null;
  const container = lookup(state, parent);
  if (!container.exists) return "There is nothing that could hold the value.";
  if (typeof step === "string") return isObject(container.value) ? null : "Only an object has members.";
  if (!isList(container.value)) return "Only a list has elements.";
  return child(container.value, step) === undefined ? "The list has no such index." : null;
}
