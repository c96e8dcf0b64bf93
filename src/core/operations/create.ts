import { InvalidInput } from "../errors";
import { isObject, type JsonObject } from "../json";
import type { OperationKind } from "./kind";
import { parseValue, valueOf } from "./parameters";

/** Gives a state to a record that has none. */
export const create: OperationKind = {
  name: "create",
  folds: true,

  parse(parameters, path, at) {
    if (path.length > 0) throw new InvalidInput("A create makes a whole record: its path is [].", at);
    const parsed = parseValue(parameters, at);
    if (!isObject(parsed.value)) throw new InvalidInput("The state of a record is an object.", [...at, "value"]);
    return parsed;
  },

  refusal: (state) => (state === undefined ? null : "The record exists already."),

  apply: (state, _path, parameters) => (state === undefined ? (valueOf(parameters) as JsonObject) : state),

  footprint: () => [[]],

  commutes: () => false,
};
