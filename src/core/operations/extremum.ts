import { InvalidInput } from "../errors";
import { isObject, type State } from "../json";
import { equalPaths, lookup, parentOf, replaceAt, type Path } from "../path";
import type { OperationKind } from "./kind";
import { parseValue, valueOf } from "./parameters";

/** Why no number can be kept at the path, or null where one can: there is one, or an object that has no such member. */
function refusal(state: State, path: Path): string | null {
  const target = lookup(state, path);
  if (target.exists) return typeof target.value === "number" ? null : "There is no number to compare with.";
  const parent = parentOf(path);
  const container = parent === undefined ? undefined : lookup(state, parent);
  const missing = container?.exists === true && isObject(container.value) && typeof path[path.length - 1] === "string";
  return missing ? null : "There is neither a number nor an object that could hold one.";
}

/** A kind that keeps one of two numbers: the one there is, or its own where `replaces` says so. */
export function extremum(name: string, replaces: (own: number, present: number) => boolean): OperationKind {
  return {
    name,
    folds: true,

    parse(parameters, _path, at) {
      const parsed = parseValue(parameters, at);
      if (typeof parsed.value !== "number")
        throw new InvalidInput("The parameter value is a number.", [...at, "value"]);
      return parsed;
    },

    refusal,

    apply(state, path, parameters, fold) {
      if (refusal(state, path) !== null) return state;
      const own = valueOf(parameters) as number;
      const present = lookup(state, path);
      return present.exists && !replaces(own, present.value as number) ? state : replaceAt(state, path, own, fold);
    },

    footprint: (path) => [path],

    commutes: (path, _parameters, other) => other.operation === name && equalPaths(path, other.path),
  };
}
