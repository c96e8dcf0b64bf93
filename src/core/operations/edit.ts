import { InvalidInput } from "../errors";
import { stepsOfText } from "../fold";
import type { State } from "../json";
import { lookup, replaceAt, type Path } from "../path";
import { offsetAfter } from "../text";
import type { OperationKind } from "./kind";
import { checkMembers, countMember } from "./parameters";

interface Edit {
  readonly index: number;
  readonly remove: number;
  readonly insert: string;
}

/** Edits a text by position, counted in code points: takes away `remove` of them from `index` on, and inserts others there. */
export const edit: OperationKind = {
  name: "edit",
  folds: true,
  positional: true,

  parse(parameters, _path, at) {
    const members = checkMembers(parameters, ["index", "remove", "insert"], at);
    const insert = members["insert"] ?? "";
    if (typeof insert !== "string") throw new InvalidInput("The parameter insert is a string.", [...at, "insert"]);
    return { index: countMember(members, "index", at), remove: countMember(members, "remove", at, 0), insert };
  },

  refusal(state, path, parameters) {
    const text = textAt(state, path);
    if (text === undefined) return "There is no text.";
    return edited(text, parameters as unknown as Edit) === undefined ? "The text is shorter than that." : null;
  },

  apply(state, path, parameters, fold) {
    const text = textAt(state, path);
    // Read here, and where it was judged.
    fold?.spend(stepsOfText(2 * (text?.length ?? 0)));
    const after = text === undefined ? undefined : edited(text, parameters as unknown as Edit);
    return after === undefined || after === text ? state : replaceAt(state, path, after, fold);
  },

  footprint: (path) => [path],

  commutes: () => false,
};

function textAt(state: State, path: Path): string | undefined {
  const target = lookup(state, path);
  return target.exists && typeof target.value === "string" ? target.value : undefined;
}

/** The text after an edit, or undefined where it is too short. */
function edited(text: string, { index, remove, insert }: Edit): string | undefined {
  const start = offsetAfter(text, index);
  const end = start === undefined ? undefined : offsetAfter(text, remove, start);
  return end === undefined ? undefined : text.slice(0, start) + insert + text.slice(end);
}
