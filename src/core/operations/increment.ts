import { InvalidInput } from "../errors";
import type { Found } from "../json";
import { equalPaths, lookup, replaceAt } from "../path";
import type { OperationKind } from "./kind";
import { checkMembers } from "./parameters";

/** Adds to a safe integer. Such sums are exact, so that increments commute. */
export const increment: OperationKind = {
  name: "increment",
  folds: true,

  parse(parameters, _path, at) {
    const { by = 1 } = checkMembers(parameters, ["by"], at);
    if (!Number.isSafeInteger(by)) {
      throw new InvalidInput("The parameter by is an integer of at most 2^53-1 in absolute value.", [...at, "by"]);
    }
    return { by };
  },

  refusal(state, path, parameters) {
    const target = lookup(state, path);
    if (!target.exists || !Number.isSafeInteger(target.value)) return "There is no safe integer to add to.";
    return sum(target, byOf(parameters)) === undefined ? "The sum would be no safe integer." : null;
  },

  apply(state, path, parameters, fold) {
    const by = byOf(parameters);
    const total = sum(lookup(state, path), by);
    return total === undefined || by === 0 ? state : replaceAt(state, path, total, fold);
  },

  footprint: (path) => [path],

  commutes: (path, _parameters, other) => other.operation === "increment" && equalPaths(path, other.path),
};

/** By how much an increment with these parameters counts. */
export function byOf(parameters: unknown): number {
  return (parameters as { readonly by: number }).by;
}

function sum(target: Found, by: number): number | undefined {
  if (!target.exists || typeof target.value !== "number" || !Number.isSafeInteger(target.value)) return undefined;
  const total = target.value + by;
  return Number.isSafeInteger(total) ? total : undefined;
}
