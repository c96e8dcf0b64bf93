import { equalJson } from "../equality";
import { InvalidInput } from "../errors";
import { isList, type Json } from "../json";
import { replaceAt } from "../path";
import type { OperationKind } from "./kind";
import { listAt } from "./listAt";
import { checkMembers, countMember } from "./parameters";

interface Splice {
  readonly index: number;
  readonly remove: number;
  readonly insert: readonly Json[];
}

/** Edits a list by position: takes away `remove` elements from `index` on, and inserts others there. */
export const splice: OperationKind = {
  name: "splice",

  parse(parameters, _path, at) {
    const members = checkMembers(parameters, ["index", "remove", "insert"], at);
    const insert = members["insert"] ?? [];
    if (!isList(insert)) throw new InvalidInput("The parameter insert is a list.", [...at, "insert"]);
    return { index: countMember(members, "index", at), remove: countMember(members, "remove", at, 0), insert };
  },

  refusal(state, path, parameters) {
    const list = listAt(state, path);
    if (list === undefined) return "There is no list.";
    return isInRange(list, parameters as unknown as Splice) ? null : "The list is shorter than that.";
  },

  apply(state, path, parameters) {
    const list = listAt(state, path);
    const edit = parameters as unknown as Splice;
    if (list === undefined || !isInRange(list, edit)) return state;
    const removed = list.slice(edit.index, edit.index + edit.remove);
    if (equalJson(removed, edit.insert)) return state;
    // No toSpliced: arguments are limited in number.
    return replaceAt(state, path, [
      ...list.slice(0, edit.index),
      ...edit.insert,
      ...list.slice(edit.index + edit.remove),
    ]);
  },

  footprint: (path) => [path],

  commutes: () => false,
};

function isInRange(list: readonly Json[], { index, remove }: Splice): boolean {
  return index + remove <= list.length;
}
