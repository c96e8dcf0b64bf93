import { equalJson } from "../equality";
import { InvalidInput } from "../errors";
import { Fold, stepsOfMove } from "../fold";
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
  folds: true,
  positional: true,

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

  apply(state, path, parameters, fold = new Fold()) {
    const list = listAt(state, path);
    const edit = parameters as unknown as Splice;
    if (list === undefined || !isInRange(list, edit)) return state;
    const { index, remove, insert } = edit;
    if (remove === insert.length && equalJson(list.slice(index, index + remove), insert, fold.spend)) return state;
    const after = fold.list(list);
    fold.spend(stepsOfMove(after.length - index + insert.length));
    replaceElements(after, edit);
    return replaceAt(state, path, after, fold);
  },

  footprint: (path) => [path],

  commutes: () => false,
};

/** Arguments of a call are limited in number. */
const MOST_ARGUMENTS = 10_000;

function replaceElements(list: Json[], { index, remove, insert }: Splice): void {
  if (insert.length <= MOST_ARGUMENTS) {
    list.splice(index, remove, ...insert);
    return;
  }
  const behind = list.slice(index + remove);
  list.length = index;
  for (const element of insert) list.push(element);
  for (const element of behind) list.push(element);
}

function isInRange(list: readonly Json[], { index, remove }: Splice): boolean {
  return index + remove <= list.length;
}
