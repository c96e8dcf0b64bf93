import { isList, type Json, type State } from "../json";
import { lookup, type Path } from "../path";

/** The list at a path, or undefined where there is none. */
export function listAt(state: State, path: Path): readonly Json[] | undefined {
  const target = lookup(state, path);
  return target.exists && isList(target.value) ? target.value : undefined;
}

/** Why an operation on a list may not be applied, or null where there is a list. */
export function refusalOfList(state: State, path: Path): string | null {
  return listAt(state, path) === undefined ? "There is no list." : null;
}
