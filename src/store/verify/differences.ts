/** What verification finds: rows that are not as they have to be. */
import type { Sql } from "../database";

/** A row of a table, by a key that people can look it up by. */
export interface Difference {
  readonly table: string;
  readonly key: string;
  /** What is stored; null: there is no such row. */
  readonly stored: string | null;
  /** What should be; null: no such row. */
  readonly expected: string | null;
}

/** Of one part of a table: what is wrong there, and what mends it. */
export interface Findings {
  readonly differences: readonly Difference[];
  /** Run in the transaction in which the differences were found, one after the other. */
  readonly repairs: readonly ((sql: Sql) => Promise<unknown>)[];
}

/** Looks at one part of a table: in a snapshot that is only read, or in the transaction that mends it. */
export type Check = (sql: Sql) => Promise<Findings>;

/** Differences that are remembered; the others are counted. */
const REMEMBERED = 1_000;

/** All differences of a run, in bounded memory. */
export class Differences {
  /** By table. */
  readonly counts = new Map<string, number>();
  readonly first: Difference[] = [];
  total = 0;

  add(found: readonly Difference[]): void {
    for (const difference of found) {
      this.total += 1;
      this.counts.set(difference.table, (this.counts.get(difference.table) ?? 0) + 1);
      if (this.first.length < REMEMBERED) this.first.push(difference);
    }
  }
}

/** A row that has nothing but its key. */
export const ROW = "a row";

/** Characters of a value that are shown. */
const SHOWN = 300;
const shown = (text: string): string => (text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`);

/** Compares rows by key; their values are texts that are equal where the rows are. */
export function compareRows(
  table: string,
  stored: ReadonlyMap<string, string>,
  expected: ReadonlyMap<string, string>,
): Difference[] {
  const differences: Difference[] = [];
  for (const [key, value] of expected) {
    const found = stored.get(key);
    if (found === value) continue;
    differences.push({ table, key, stored: found === undefined ? null : shown(found), expected: shown(value) });
  }
  for (const [key, value] of stored) {
    if (!expected.has(key)) differences.push({ table, key, stored: shown(value), expected: null });
  }
  return differences;
}
