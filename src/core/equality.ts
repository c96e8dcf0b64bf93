import { SPEND_FREELY, stepsOfMembers, stepsOfText, type Spend } from "./fold";
import { isList, type Json } from "./json";

/** Deep equality of JSON values: numbers by value, lists by order, objects without regard to the order of their members. */
export function equalJson(a: Json, b: Json, spend: Spend = SPEND_FREELY): boolean {
  if (typeof a === "string") {
    if (typeof b !== "string" || a.length !== b.length) return false;
    if (a.length >= LONG) spend(stepsOfText(a.length));
    return a === b;
  }
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (isList(a)) {
    if (!isList(b) || a.length !== b.length) return false;
    spend(a.length);
    for (let index = 0; index < a.length; index++) if (!equalJson(a[index]!, b[index]!, spend)) return false;
    return true;
  }
  if (isList(b)) return false;
  const names = Object.keys(a);
  const others = Object.keys(b);
  spend(stepsOfMembers(names.length + others.length));
  if (names.length !== others.length) return false;
  for (let place = 0; place < names.length; place++) {
    const name = names[place]!;
    // Most have their members in the same order.
    if (others[place] !== name && !Object.hasOwn(b, name)) return false;
    if (!equalJson(a[name]!, b[name]!, spend)) return false;
  }
  return true;
}

/** Shorter strings are compared in no time. */
const LONG = 64;

/** The index of the first element of a list that equals a value, or -1. */
export function indexOfEqual(list: readonly Json[], value: Json, spend: Spend = SPEND_FREELY): number {
  spend(list.length);
  return list.findIndex((element) => equalJson(element, value, spend));
}
