/**
 * Regular expressions that take a time in proportion to the text, whatever they are: by RE2, which knows no way back.
 * Patterns are those of ECMAScript with the flag `u`, but for what RE2 cannot have.
 */
import { RE2JS } from "re2js";
import { InvalidInput, type InputPath } from "./errors";
import { quoted, shortMessage } from "./quote";

export interface LinearPattern {
  test(text: string): boolean;
  /** Instructions of its program: to pass over a character takes this many steps at most. */
  readonly size: number;
}

/**
 * @param at where the pattern stands in the input
 * @throws InvalidInput for what is no pattern, and for lookaround, back references, repeats of more than a thousand, and
 *   names of properties that RE2 does not know
 */
export function linearPattern(pattern: string, at: InputPath): LinearPattern {
  try {
    // What ECMAScript refuses and RE2 has another meaning for never gets there.
    new RegExp(pattern, "u");
    const compiled = RE2JS.compile(translated(pattern));
    return { test: (text) => compiled.test(text), size: compiled.programSize() };
  } catch (error) {
    const reason = (error as Error).message;
    throw new InvalidInput(`The pattern ${quoted(pattern)} cannot be used: ${shortMessage(reason)}.`, at);
  }
}

const TOKEN =
  /\\u\{[0-9a-f]+\}|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\c[a-z]|\\[pP]\{[^}]*\}|\\[^]|\[\^?|\(\?<(?![=!])[^>]*>|[^]/giu;

/** White space of ECMAScript, as members of a class, and everything else. */
const SPACE = "\\t-\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}";
const NO_SPACE =
  "\\x00-\\x08\\x0e-\\x1f!-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}" +
  "\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}";

/** What RE2 writes in another way, or takes for something else. */
function translated(pattern: string): string {
  const tokens = pattern.match(TOKEN) ?? [];
  // Two escapes that make one character.
  const joined = tokens.flatMap((token, index) => {
    if (isLow(token) && isHigh(tokens[index - 1])) return [];
    const low = tokens[index + 1];
    return isHigh(token) && isLow(low) ? [`\\u{${pair(token, low!)}}`] : [token];
  });
  let inClass = false;
  return joined
    .map((token, index) => {
      if (inClass) {
        inClass = token !== "]";
        return inClass ? insideClass(token) : token;
      }
      // A class may be empty: then it is nothing, or anything.
      if (token === "]") return "\\x00-\\x{10ffff}]";
      if (!token.startsWith("[")) return outsideClass(token);
      inClass = joined[index + 1] !== "]";
      if (inClass) return token;
      return token === "[" ? "[^" : "[";
    })
    .join("");
}

function insideClass(token: string): string {
  if (token.startsWith("[")) return `\\[${token.slice(1)}`;
  if (token === "\\s") return SPACE;
  if (token === "\\S") return NO_SPACE;
  return token === "\\b" ? "\\x08" : anywhere(token);
}

function outsideClass(token: string): string {
  // Nobody asks for groups, and RE2 knows fewer names.
  if (token.startsWith("(?<")) return "(";
  if (token === ".") return "[^\\n\\r\\x{2028}\\x{2029}]";
  if (token === "\\s") return `[${SPACE}]`;
  return token === "\\S" ? `[${NO_SPACE}]` : anywhere(token);
}

function anywhere(token: string): string {
  const code = /^\\[ux]\{?([0-9a-f]+)\}?$/i.exec(token)?.[1];
  if (code !== undefined) return `\\x{${code}}`;
  if (token.startsWith("\\c")) return `\\x{${(token.charCodeAt(2) % 32).toString(16)}}`;
  if (token === "\\0") return "\\x00";
  return token.replace(/^(\\p)\{(?:General_Category|gc|Script|sc)=/i, "$1{");
}

const isHigh = (token: string | undefined): boolean => /^\\ud[89ab][0-9a-f]{2}$/i.test(token ?? "");
const isLow = (token: string | undefined): boolean => /^\\ud[c-f][0-9a-f]{2}$/i.test(token ?? "");
const pair = (high: string, low: string): string =>
  String.fromCharCode(parseInt(high.slice(2), 16), parseInt(low.slice(2), 16))
    .codePointAt(0)!
    .toString(16);
