/**
 * Limits of a document, judged before it is parsed: the parser calls itself for every bracket, and makes an object for
 * every token.
 */
import { type GraphQLError, Source } from "graphql";
import { limitExceeded } from "./requestErrors";
import type { ServerLimits } from "./serverLimits";

const enum Class {
  Punctuation,
  /** White space, commas and the byte order mark separate tokens and are none. */
  Ignored,
  /** What names and numbers are made of. */
  Word,
  Opening,
  Closing,
  Comment,
  Quote,
}

/** The class of each ASCII character; whatever is beyond ASCII is a mistake outside of strings and comments. */
const CLASSES = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[\s,]/.test(character)) return Class.Ignored;
  if (/[A-Za-z0-9_.+-]/.test(character)) return Class.Word;
  if (/[([{]/.test(character)) return Class.Opening;
  if (/[)\]}]/.test(character)) return Class.Closing;
  if (character === "#") return Class.Comment;
  return character === '"' ? Class.Quote : Class.Punctuation;
});
const BYTE_ORDER_MARK = 0xfeff;

function classAt(text: string, at: number): Class {
  const code = text.charCodeAt(at);
  if (code === BYTE_ORDER_MARK) return Class.Ignored;
  return CLASSES[code] ?? Class.Punctuation;
}

/** The error of a document with too many tokens or too deep brackets; of other mistakes the parser speaks. */
export function documentBeyondLimits(text: string, limits: ServerLimits): GraphQLError | undefined {
  let depth = 0;
  let tokens = 0;
  let at = 0;
  while (at < text.length) {
    const found = classAt(text, at);
    if (found === Class.Ignored) {
      at += 1;
      continue;
    }
    if (found === Class.Comment) {
      at = endOfLine(text, at);
      continue;
    }
    tokens += 1;
    if (tokens > limits.documentTokens) {
      const message = `The document has more than ${limits.documentTokens} tokens.`;
      return beyond(message, "documentTokens", limits, text, at);
    }
    if (found === Class.Opening) depth += 1;
    else if (found === Class.Closing) depth -= 1;
    if (depth > limits.documentDepth) {
      const message = `The document has brackets more than ${limits.documentDepth} deep.`;
      return beyond(message, "documentDepth", limits, text, at);
    }
    at = endOfToken(text, at, found);
  }
  return undefined;
}

function beyond(
  message: string,
  limit: "documentTokens" | "documentDepth",
  limits: ServerLimits,
  text: string,
  at: number,
): GraphQLError {
  return limitExceeded(message, limit, limits[limit], { source: new Source(text), positions: [at] });
}

function endOfLine(text: string, start: number): number {
  let at = start;
  while (at < text.length && text[at] !== "\n" && text[at] !== "\r") at += 1;
  return at;
}

function endOfToken(text: string, start: number, found: Class): number {
  if (found === Class.Quote) {
    return text.startsWith('"""', start) ? endOfBlockString(text, start + 3) : endOfString(text, start + 1);
  }
  let at = start + 1;
  if (found === Class.Word) while (at < text.length && classAt(text, at) === Class.Word) at += 1;
  return at;
}

function endOfString(text: string, start: number): number {
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (character === "\\") at += 1;
    else if (character === '"') return at + 1;
    // A string ends with its line; the parser will refuse it.
    else if (character === "\n" || character === "\r") return at;
  }
  return text.length;
}

function endOfBlockString(text: string, start: number): number {
  for (let at = text.indexOf('"""', start); at !== -1; at = text.indexOf('"""', at + 3)) {
    if (text[at - 1] !== "\\") return at + 3;
  }
  return text.length;
}
