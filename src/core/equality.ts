import { isList, type Json } from "./json";

/** Deep equality of JSON values: numbers by value, lists by order, objects without regard to the order of their members. */
export function equalJson(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (isList(a)) {
    return isList(b) && a.length === b.length && a.every((element, index) => equalJson(element, b[index]!));
  }
  if (isList(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && equalJson(a[name]!, b[name]!))
  );
}
