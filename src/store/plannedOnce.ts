/** Statements that are planned once on each connection: for few rows, and by a name where there is one for every record type. */

/**
 * SQL: what a list gives, to be read `from`. The planner takes it for a few rows, whatever the list is: else it plans a
 * statement anew each time because it can do without its guess at how long the list is, and that takes longer than the few
 * rows do.
 * @param list as long as what it gives
 */
export const few = (from: string, list: string): string => `(select * from ${from} limit cardinality(${list}))`;

/** Types whose statements have names, in this process: each plan takes memory of PostgreSQL on each connection. */
const MOST_TYPES = 100;

const named = new Set<string>();

/**
 * The name of a statement about the `latest` table of a type; undefined where too many of them have some.
 * @param what at most 10 characters, with the table's name at most the 63 that PostgreSQL allows
 */
export function nameByLatest(what: string, latest: string): string | undefined {
  if (!named.has(latest)) {
    if (named.size >= MOST_TYPES) return undefined;
    named.add(latest);
  }
  return `${what} ${latest}`;
}
