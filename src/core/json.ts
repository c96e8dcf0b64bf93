/** JSON values as omdb holds them: what `value.ts` has let in, so every function here may trust depth, keys and numbers. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [member: string]: Json;
}

/** The state of a record: an object, or nothing (not created yet, or removed). */
export type State = JsonObject | undefined;

/** A value that may be absent: what a path finds. JSON null is a value. */
export type Found = { readonly exists: true; readonly value: Json } | { readonly exists: false };

export const ABSENT: Found = { exists: false };

export function found(value: Json): Found {
  return { exists: true, value };
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
