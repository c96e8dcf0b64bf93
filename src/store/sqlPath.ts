import type { Path } from "../core/path";

/** PostgreSQL counts elements in 32 bits; no list is longer. */
const LARGEST_INDEX = 2 ** 31 - 1;

/**
 * SQL for the value at a path, NULL where the path is absent: a string reads members of objects only, an integer
 * elements of lists only. (`#>` would index a list by a string, and `->` takes a scalar for a list of one.)
 */
function pathExpression(column: string, path: Path, name: (member: string) => string): string {
  // Nothing is bound for it: a parameter that is not used has no type.
  if (path.some((step) => typeof step === "number" && step > LARGEST_INDEX)) return "null::jsonb";
  return path.reduce<string>((value, step) => {
    if (typeof step === "string") return `${value} -> ${name(step)}`;
    return `jsonb_path_query_first(${value}, 'strict $[${step}]', '{}', true)`;
  }, column);
}

/** For DDL: members as quoted literals. */
export const literalPathExpression = (column: string, path: Path, quote: (text: string) => string): string =>
  `(${pathExpression(column, path, (member) => `${quote(member)}::text`)})`;

/** For queries: members as parameters; `bind` takes a value and gives its placeholder. */
export const boundPathExpression = (column: string, path: Path, bind: (value: unknown) => string): string =>
  `(${pathExpression(column, path, (member) => `${bind(member)}::text`)})`;
