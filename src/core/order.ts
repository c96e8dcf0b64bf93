/** The one order of values, for `orderBy`, and of strings, for predicates: the same as PostgreSQL's in collation "C". */
import { isList, type Found, type Json } from "./json";

/** Compares two strings by code point: negative, 0 or positive. (`<` compares UTF-16 units, which puts U+1F600 before U+FF00.) */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let offset = 0; offset < length; offset++) {
    const left = a.charCodeAt(offset);
    const right = b.charCodeAt(offset);
    if (left !== right) return rankOfUnit(left) - rankOfUnit(right);
  }
  return a.length - b.length;
}

/** Moves surrogates above all other units: what they encode is above all that stands in one unit. */
function rankOfUnit(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/**
 * Compares what two paths found: absent < null < false < true < numbers < strings by code point < lists < objects.
 * Two lists are equal in this order, and so are two objects.
 */
export function compareFound(a: Found, b: Found): number {
  const rank = rankOf(a) - rankOf(b);
  if (rank !== 0 || !a.exists || !b.exists) return rank;
  // Of equal rank, so of one type.
  if (typeof a.value === "number") return Math.sign(a.value - (b.value as number));
  return typeof a.value === "string" ? compareCodePoints(a.value, b.value as string) : 0;
}

function rankOf(at: Found): number {
  return at.exists ? rankOfValue(at.value) : 0;
}

function rankOfValue(value: Json): number {
  if (value === null) return 1;
  if (typeof value === "boolean") return value ? 3 : 2;
  if (typeof value === "number") return 4;
  if (typeof value === "string") return 5;
  return isList(value) ? 6 : 7;
}
