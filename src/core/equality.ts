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
    return a.every((element, index) => equalJson(element, b[index]!, spend));
  }
  if (isList(b)) return false;
  const names = Object.keys(a);
  const others = Object.keys(b);
  spend(stepsOfMembers(names.length + others.length));
  return (
    names.length === others.length &&
    names.every((name) => Object.hasOwn(b, name) && equalJson(a[name]!, b[name]!, spend))
  );
}

/** Shorter strings are compared in no time. */
const LONG = 64;

/** The index of the first element of a list that equals a value, or -1. */
export function indexOfEqual(list: readonly Json[], value: Json, spend: Spend = SPEND_FREELY): number {
  spend(list.length);
  return list.findIndex((element) => equalJson(element, value, spend));
}
