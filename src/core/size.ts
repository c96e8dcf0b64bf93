import { isList, type Json } from "./json";

/** The UTF-8 bytes of a string as compact JSON, quotes and escapes included. */
export function jsonStringBytes(text: string): number {
  let bytes = text.length + 2;
  for (let offset = 0; offset < text.length; offset++) {
    const unit = text.charCodeAt(offset);
    if (unit < 0x80) {
      if (unit < 0x20) bytes += SHORT_ESCAPES.has(unit) ? 1 : 5;
      else if (unit === QUOTE || unit === BACKSLASH) bytes += 1;
    } else bytes += bytesBeyondOne(unit);
  }
  return bytes;
}

/** Of a UTF-16 unit beyond ASCII: its UTF-8 bytes less one. Each half of a pair counts two of its four bytes. */
function bytesBeyondOne(unit: number): number {
  return unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
// \b \t \n \f \r; other control characters are written as six.
const SHORT_ESCAPES = new Set([0x08, 0x09, 0x0a, 0x0c, 0x0d]);

/** The bytes of null, a boolean or a finite number as compact JSON. */
export function jsonScalarBytes(value: null | boolean | number): number {
  return String(value).length;
}

/**
 * The UTF-8 bytes of a value as compact JSON.
 * @param enough counting may stop once it is past this many; what comes back then is some number above it
 */
export function jsonBytes(value: Json, enough = Infinity): number {
  if (typeof value === "string") return jsonStringBytes(value);
  if (typeof value !== "object" || value === null) return jsonScalarBytes(value);
  if (isList(value)) {
    // Brackets, and the commas between the elements.
    let bytes = 2 + Math.max(0, value.length - 1);
    for (const element of value) {
      if (bytes > enough) return bytes;
      bytes += jsonBytes(element, enough - bytes);
    }
    return bytes;
  }
  const members = Object.entries(value);
  // Braces, colons, and the commas between the members.
  let bytes = 2 + members.length + Math.max(0, members.length - 1);
  for (const [name, member] of members) {
    if (bytes > enough) return bytes;
    bytes += jsonStringBytes(name);
    bytes += jsonBytes(member, enough - bytes);
  }
  return bytes;
}

/** What PostgreSQL keeps for each value in a jsonb, and for each member's name; and for each list and object itself. */
const ENTRY_BYTES = 4;
/** A numeric: its header with four digits, and each eight digits more, since it ends at a multiple of four bytes. */
const NUMBER_BYTES = 8;
const DIGITS_BYTES = 4;

/** About the bytes that a value takes as a jsonb, uncompressed. */
export function storedBytes(value: Json): number {
  if (typeof value === "string") return ENTRY_BYTES + utf8Bytes(value);
  if (typeof value === "number") {
    return ENTRY_BYTES + NUMBER_BYTES + DIGITS_BYTES * ((jsonScalarBytes(value) + 3) >> 3);
  }
  if (typeof value !== "object" || value === null) return ENTRY_BYTES;
  let bytes = 2 * ENTRY_BYTES;
  if (isList(value)) {
    for (const element of value) bytes += storedBytes(element);
    return bytes;
  }
  for (const [name, member] of Object.entries(value)) bytes += ENTRY_BYTES + utf8Bytes(name) + storedBytes(member);
  return bytes;
}

function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let offset = 0; offset < text.length; offset++) {
    const unit = text.charCodeAt(offset);
    if (unit >= 0x80) bytes += bytesBeyondOne(unit);
  }
  return bytes;
}

/** For a value, and for a member's name, beside the characters of strings. */
const VALUE_BYTES = 8;

/** About the bytes of memory that a value takes, told in a fraction of the time in which its JSON is measured. */
export function roughBytes(value: Json): number {
  if (typeof value === "string") return VALUE_BYTES + value.length;
  if (typeof value !== "object" || value === null) return VALUE_BYTES;
  let bytes = VALUE_BYTES;
  if (isList(value)) {
    for (const element of value) bytes += roughBytes(element);
    return bytes;
  }
  for (const name of Object.keys(value)) bytes += VALUE_BYTES + name.length + roughBytes(value[name]!);
  return bytes;
}

/**
 * How deep a value is nested; a scalar has depth 0, `{}` and `[]` depth 1.
 * @param enough looking may stop once it is deeper; what comes back then is some number above it
 */
export function jsonDepth(value: Json, enough = Infinity): number {
  if (typeof value !== "object" || value === null) return 0;
  let deepest = 0;
  for (const member of isList(value) ? value : Object.values(value)) {
    deepest = Math.max(deepest, jsonDepth(member, enough - 1));
    if (deepest >= enough) break;
  }
  return deepest + 1;
}
