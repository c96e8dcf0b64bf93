import { InvalidInput } from "../errors";
import { Fold } from "../fold";
import { isObject, type JsonObject } from "../json";
import { lookup, replaceAt } from "../path";
import type { OperationKind } from "./kind";
import { mergePatch } from "./mergePatch";
import { parseValue, valueOf } from "./parameters";

/** Merges a patch into an object (RFC 7396). */
export const assign: OperationKind = {
  name: "assign",
  folds: true,

  parse(parameters, _path, at) {
    const parsed = parseValue(parameters, at);
    if (!isObject(parsed.value)) throw new InvalidInput("A merge patch of an object is an object.", [...at, "value"]);
    return parsed;
  },

  refusal(state, path) {
    const target = lookup(state, path);
    return target.exists && isObject(target.value) ? null : "There is no object to merge into.";
  },

  apply(state, path, parameters, fold = new Fold()) {
    const target = lookup(state, path);
    if (!target.exists || !isObject(target.value)) return state;
    const merged = mergePatch(target.value, valueOf(parameters), fold);
    return merged === target.value ? state : replaceAt(state, path, merged, fold);
  },

  footprint: (path, parameters) => Object.keys(valueOf(parameters) as JsonObject).map((name) => [...path, name]),

  commutes: () => false,
};
