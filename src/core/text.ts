/** Strings by Unicode code point: JavaScript counts UTF-16 units, the model counts code points. */

/** What keeps a string out of `jsonb`, in words for an error; null for a good string. */
export function textProblem(text: string): string | null {
  if (text.includes("\0")) return "holds the character U+0000";
  if (LONE_SURROGATE.test(text)) return "holds a lone surrogate";
  return null;
}

// With the flag `u`, the two halves of a pair are one character that is no surrogate.
const LONE_SURROGATE = /[\ud800-\udfff]/u;

const SURROGATE = /[\ud800-\udfff]/g;

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
  let end = from + count;
  if (end > text.length) return undefined;
  SURROGATE.lastIndex = from;
  // Engines search for them several times faster than a loop does, and most texts have none.
  const first = SURROGATE.exec(text)?.index ?? text.length;
  for (let offset = first; offset < end && offset < text.length; offset++) {
    if (!isHighSurrogate(text.charCodeAt(offset))) continue;
    end += 1;
    offset += 1;
  }
  return end <= text.length ? end : undefined;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/** From this length on, what JavaScript engines do may take the product of the two lengths. */
const LONG = 250;

/** Whether a text has another one in it, in a time that grows with the sum of their lengths (Knuth, Morris, Pratt). */
export function containsText(text: string, part: string): boolean {
  if (part.length < LONG || part.length > text.length) return text.includes(part);
  const borders = bordersOf(part);
  let matched = 0;
  for (let offset = 0; offset < text.length; offset++) {
    const unit = text.charCodeAt(offset);
    while (matched > 0 && part.charCodeAt(matched) !== unit) matched = borders[matched - 1]!;
    if (part.charCodeAt(matched) === unit) matched++;
    if (matched === part.length) return true;
  }
  return false;
}

/** For each beginning of a text, the length of the longest shorter one that it ends with. */
function bordersOf(text: string): Int32Array {
  const borders = new Int32Array(text.length);
  let length = 0;
  for (let offset = 1; offset < text.length; offset++) {
    const unit = text.charCodeAt(offset);
    while (length > 0 && text.charCodeAt(length) !== unit) length = borders[length - 1]!;
    if (text.charCodeAt(length) === unit) length++;
    borders[offset] = length;
  }
  return borders;
}
