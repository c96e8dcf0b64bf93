/** Text out of git, which promises nothing about encodings, as text that omdb can hold. */

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes as UTF-8, or null where they are not. A byte order mark stays as a character. */
export function strictUtf8(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

/**
 * Text of a commit: in the encoding that the commit names, else UTF-8; Latin-1 (which takes any bytes) where that fails.
 * @param encoding the commit's `encoding` header
 */
export function commitText(bytes: Uint8Array, encoding: string | undefined): string {
  const named = encoding === undefined ? null : decodeAs(bytes, encoding);
  return storable(named ?? strictUtf8(bytes) ?? new TextDecoder("latin1").decode(bytes));
}

function decodeAs(bytes: Uint8Array, encoding: string): string | null {
  try {
    return new TextDecoder(encoding.trim(), { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null; // an unknown encoding, or bytes that are not in it
  }
}

/** The text with U+FFFD in place of what PostgreSQL cannot hold: NUL and lone surrogates. */
export function storable(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8").replaceAll("\0", "\uFFFD");
}

/** At most so many UTF-16 units, without cutting a character in two. */
export function cut(text: string, units: number): string {
  if (text.length <= units) return text;
  const last = text.charCodeAt(units - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? units - 1 : units);
}
