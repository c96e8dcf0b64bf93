/** What messages repeat of the input, bounded: one large value must not come back many times over. */

/** UTF-16 units of a message, and of what it quotes. */
const LONGEST_MESSAGE = 500;
const LONGEST_QUOTE = 100;

/** A text that is cut where it is too long, with an ellipsis in the place of the rest. */
function shorten(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const last = text.charCodeAt(longest - 2);
  // The first half of a pair does not stand alone.
  return `${text.slice(0, last >= 0xd800 && last <= 0xdbff ? longest - 2 : longest - 1)}…`;
}

/** A text of the input as a message quotes it: in quotes, escaped, cut where it is long. */
export const quoted = (text: string): string => JSON.stringify(shorten(text, LONGEST_QUOTE));

/** A message of any origin as it may be told: cut where it is long. */
export const shortMessage = (message: string): string => shorten(message, LONGEST_MESSAGE);

/** A message of others as a sentence: capital first letter, full stop, cut where it is long. */
export function sentence(message: string): string {
  const short = shortMessage(message);
  const ended = /[.!?…]$/u.test(short) ? short : `${short}.`;
  return ended.slice(0, 1).toUpperCase() + ended.slice(1);
}

/** A place in the input, as it may be told: names of members are the client's own, and may be long. */
export const shortPlace = (path: readonly (string | number)[]): readonly (string | number)[] =>
  path.map((step) => (typeof step === "string" ? shorten(step, LONGEST_QUOTE) : step));
