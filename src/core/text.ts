/** Strings by Unicode code point: JavaScript counts UTF-16 units, the model counts code points. */

/** What keeps a string out of `jsonb`, in words for an error; null for a good string. */
export function textProblem(text: string): string | null {
  if (text.includes("\0")) return "holds the character U+0000";
  if (LONE_SURROGATE.test(text)) return "holds a lone surrogate";
  return null;
}

// With the flag `u`, the two halves of a pair are one character that is no surrogate.
const LONE_SURROGATE = /[\ud800-\udfff]/u;

/** The number of code points of a well-formed string. */
export function codePointCount(text: string): number {
  let count = text.length;
  for (let unit = 0; unit < text.length; unit++) if (isHighSurrogate(text.charCodeAt(unit))) count--;
  return count;
}

/**
 * The UTF-16 offset of the code point that stands `count` code points after the offset `from`.
 * @returns undefined where the text ends before
 */
export function offsetAfter(text: string, count: number, from = 0): number | undefined {
  let offset = from;
  for (let passed = 0; passed < count; passed++) {
    if (offset >= text.length) return undefined;
    offset += isHighSurrogate(text.charCodeAt(offset)) ? 2 : 1;
  }
  return offset;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
