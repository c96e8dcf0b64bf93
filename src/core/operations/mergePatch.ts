/** JSON Merge Patch (RFC 7396). */
import { equalJson } from "../equality";
import { Fold, setMember } from "../fold";
import { isObject, type Json, type JsonObject } from "../json";
import { child } from "../path";

/**
 * The value with a patch merged into it: null removes a member, an object is merged, anything else replaces. Where the
 * patch changes nothing, the very same value comes back.
 * @param fold whose objects are changed in place; then the very same value may come back changed
 */
export function mergePatch(target: Json | undefined, patch: Json, fold = new Fold()): Json {
  if (!isObject(patch)) return target !== undefined && equalJson(target, patch, fold.spend) ? target : patch;
  let merged: JsonObject = isObject(target) ? target : fold.own({});
  for (const [name, change] of Object.entries(patch)) {
    const member = child(merged, name);
    const after = change === null ? undefined : mergePatch(member, change, fold);
    if (after === member) continue;
    const object = fold.object(merged);
    if (after === undefined) delete object[name];
    else setMember(object, name, after);
    merged = object;
  }
  return merged;
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
