/** Puts and removals of neighbouring members as one merge patch: an entry for each instead of an operation. */
import { isObject, type Json } from "./json";
import type { Effect } from "./operation";
import { valueOf } from "./operations/parameters";
import { equalPaths, type Path } from "./path";

/** What a patch says of one member of an object. */
interface Change {
  readonly object: Path;
  readonly name: string;
  readonly value: Json;
}

/**
 * The same effects, where what follows on one another changes different members of one object, as a patch of that. At
 * every state where each of them has an effect, what comes back has the same one.
 */
export function gather(effects: readonly Effect[]): Effect[] {
  const gathered: Effect[] = [];
  for (let start = 0; start < effects.length;) {
    const first = changeOf(effects[start]!);
    const changes = new Map<string, Json>();
    let end = start;
    for (let change = first; change && equalPaths(change.object, first!.object); change = next(effects[end])) {
      if (changes.has(change.name)) break;
      changes.set(change.name, change.value);
      end++;
    }
    if (changes.size < 2) gathered.push(effects[start++]!);
    else {
      gathered.push({ path: first!.object, operation: "assign", parameters: { value: Object.fromEntries(changes) } });
      start = end;
    }
  }
  return gathered;
}

function next(effect: Effect | undefined): Change | undefined {
  return effect && changeOf(effect);
}

/** Undefined where a patch cannot say it: it would merge an object into the one that is there. */
function changeOf({ path, operation, parameters }: Effect): Change | undefined {
  const name = path[path.length - 1];
  if (typeof name !== "string") return undefined;
  const object = path.slice(0, -1);
  if (operation === "remove") return { object, name, value: null };
  if (operation !== "put") return undefined;
  const value = valueOf(parameters);
  return value === null || isObject(value) ? undefined : { object, name, value };
}
