/**
 * Cursors of the log of a frontier: opaque to clients, who hand them back to go on where they stopped. What comes back
 * is judged as input: only a text that this module could have written for this frontier is taken.
 */
import { CursorAhead, CursorInvalid } from "../core/errors";
import { quoted } from "../core/quote";

export interface Cursor {
  readonly frontier: string;
  /** Sequence of the change that made the frontier, 0 for one that was never made; a name made again has a later one. */
  readonly incarnation: number;
  /** Every change up to this one has been delivered whole. */
  readonly sequence: number;
  /** So many commits of the change after `sequence` have been delivered too, in canonical order. */
  readonly position: number;
}

/** The cursor before everything that a frontier's log holds. */
export const BEGINNING = "0";

const INPUT_PATH = ["after"];

/** The cursor's text; characters of base64url only. */
export function encodeCursor(cursor: Cursor): string {
  const { frontier, incarnation, sequence, position } = cursor;
  return Buffer.from(JSON.stringify([frontier, incarnation, sequence, position])).toString("base64url");
}

/**
 * Reads a cursor of this frontier.
 * @throws CursorInvalid when the text is anything else than `encodeCursor` gives for this frontier, or `BEGINNING`
 */
export function decodeCursor(text: string, frontier: string): Cursor | typeof BEGINNING {
  if (text === BEGINNING) return BEGINNING;
  const most = Number.MAX_SAFE_INTEGER;
  const longest = encodeCursor({ frontier, incarnation: most, sequence: most, position: most }).length;
  const cursor = text.length <= longest ? parse(text) : undefined;
  // Base64 and JSON write one value in many ways: only the one way that is ours is taken.
  if (!cursor || cursor.frontier !== frontier || encodeCursor(cursor) !== text) {
    throw invalidCursor(frontier);
  }
  return cursor;
}

/** A text, or a position in the log, that was never handed out for this frontier. */
export const invalidCursor = (frontier: string): CursorInvalid =>
  new CursorInvalid(`This is no cursor of the frontier ${quoted(frontier)}.`, INPUT_PATH);

function parse(text: string): Cursor | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(Buffer.from(text, "base64url").toString());
  } catch {
    return undefined;
  }
  if (!Array.isArray(fields) || fields.length !== 4) return undefined;
  const [frontier, incarnation, sequence, position] = fields as unknown[];
  if (typeof frontier !== "string" || !isCount(incarnation) || !isCount(sequence) || !isCount(position))
    return undefined;
  return { frontier, incarnation, sequence, position };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/**
 * Judges a cursor against the frontier as it is now.
 * @throws CursorAhead when it lies beyond the log: beyond its last change, or in an incarnation that is yet to come
 */
export function checkCursor(
  cursor: Cursor,
  frontier: { readonly incarnation: number; readonly sequence: number },
): void {
  const reached = cursor.sequence + (cursor.position > 0 ? 1 : 0);
  const former = cursor.incarnation < frontier.incarnation;
  const last = former ? frontier.incarnation - 1 : frontier.sequence;
  if (cursor.incarnation <= frontier.incarnation && reached <= last) return;
  throw new CursorAhead(
    `The cursor lies beyond the log of the frontier ${quoted(cursor.frontier)}, which ends at sequence ${last}.`,
    INPUT_PATH,
  );
}

/**
 * The cursor right after a change of a frontier.
 * @param frontier the frontier as it is now; of a change of a former incarnation the cursor says only that it is one
 */
export function cursorAfterChange(
  change: { readonly frontier: string; readonly sequence: number },
  frontier: { readonly incarnation: number },
): string {
  const incarnation = change.sequence >= frontier.incarnation ? frontier.incarnation : 0;
  return encodeCursor({ frontier: change.frontier, incarnation, sequence: change.sequence, position: 0 });
}
