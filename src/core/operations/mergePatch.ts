/** JSON Merge Patch (RFC 7396). */
import { equalJson } from "../equality";
import { isObject, type Json, type JsonObject } from "../json";

/**
 * The value with a patch merged into it: null removes a member, an object is merged, anything else replaces. Where the
 * patch changes nothing, the very same value comes back.
 */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return target !== undefined && equalJson(target, patch) ? target : patch;
  const before: JsonObject = isObject(target) ? target : {};
  const members = new Map(Object.entries(before));
  let changed = before !== target;
  for (const [name, change] of Object.entries(patch)) {
    const member = members.get(name);
    if (change === null) {
      changed = members.delete(name) || changed;
      continue;
    }
    const merged = mergePatch(member, change);
    if (merged === member) continue;
    members.set(name, merged);
    changed = true;
  }
  return changed ? Object.fromEntries(members) : before;
}

/**
 * One patch that does to every value what the two do in turn, or undefined where there is none: an object cannot be
 * merged into what the first patch removes or replaces, since a patch cannot say "replace by this object".
 */
export function composeMergePatches(first: JsonObject, second: JsonObject): JsonObject | undefined {
  const members = new Map(Object.entries(first));
  for (const [name, change] of Object.entries(second)) {
    const before = members.get(name);
    if (before === undefined || !isObject(change)) {
      members.set(name, change);
      continue;
    }
    const composed = isObject(before) ? composeMergePatches(before, change) : undefined;
    if (composed === undefined) return undefined;
    members.set(name, composed);
  }
  return Object.fromEntries(members);
}
