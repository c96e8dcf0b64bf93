/** Versions as they are written on the command line. */
import type { VersionName } from "../store/versions";
import { UsageError } from "./exit";

/** For help texts. */
export const VERSION_SYNTAX =
  "a frontier's name, commit numbers (42 or 12+15), or a frontier as it stood: main@2024-05-17T08:00:00Z, main@#17";

const COMMITS = /^\d+(\+\d+)*$/;
const SEQUENCE = /^#(\d+)$/;
const TIME = /^(\d{4}-\d\d-\d\d)(?:[Tt](\d\d:\d\d:\d\d(?:\.\d+)?)([Zz]|[+-]\d\d:\d\d))?$/;
const NAME_PREFIX = "frontier:";

/**
 * Reads the name of a version: numbers joined by `+` are commits; what ends in `@#` and a number is a frontier at a
 * sequence; in `@` and a date or an RFC 3339 date-time, a frontier at a time (a date is its first moment in UTC); anything
 * else is a frontier. `frontier:` in front makes a frontier of whatever follows.
 * @throws UsageError
 */
export function parseVersionName(text: string): VersionName {
  if (text.startsWith(NAME_PREFIX)) return { kind: "frontier", frontier: text.slice(NAME_PREFIX.length) };
  if (COMMITS.test(text)) return { kind: "commits", commits: text.split("+").map((number) => integer(number, text)) };
  const at = text.lastIndexOf("@");
  if (at > 0) {
    const [frontier, point] = [text.slice(0, at), text.slice(at + 1)];
    const sequence = SEQUENCE.exec(point)?.[1];
    if (sequence !== undefined) return { kind: "sequence", frontier, sequence: integer(sequence, text) };
    const time = TIME.exec(point);
    if (time) return { kind: "time", frontier, time: moment(time, text) };
  }
  if (text === "") throw new UsageError("a version has no empty name");
  return { kind: "frontier", frontier: text };
}

function integer(digits: string, text: string): number {
  const value = Number(digits);
  if (!Number.isSafeInteger(value)) throw new UsageError(`${JSON.stringify(text)} names a number that is too large`);
  return value;
}

function moment([, date = "", time = "00:00:00", zone = "Z"]: RegExpExecArray, text: string): Date {
  const found = new Date(`${date}T${time}${zone.toUpperCase()}`);
  const day = new Date(`${date}T00:00:00Z`);
  // JavaScript takes the 30th of February for the 1st of March.
  if (Number.isNaN(found.getTime()) || Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== date) {
    throw new UsageError(`${JSON.stringify(text)} names a time that does not exist`);
  }
  return found;
}
