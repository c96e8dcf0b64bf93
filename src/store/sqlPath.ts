import type { Path } from "../core/path";

/**
 * SQL for the value at a path, NULL where the path is absent. `->` with text reads members of objects only and with an
 * integer elements of lists only, which is the rule of paths (`#>` would index a list by a string).
 */
function pathExpression(column: string, path: Path, name: (member: string) => string): string {
  return path.reduce<string>(
    (expression, step) => `${expression} -> ${typeof step === "string" ? name(step) : `${step}::int`}`,
    column,
  );
}

/** For DDL: members as quoted literals. */
export const literalPathExpression = (column: string, path: Path, quote: (text: string) => string): string =>
  `(${pathExpression(column, path, (member) => `${quote(member)}::text`)})`;

/** For queries: members as parameters; `bind` takes a value and gives its placeholder. */
export const boundPathExpression = (column: string, path: Path, bind: (value: unknown) => string): string =>
  `(${pathExpression(column, path, (member) => `${bind(member)}::text`)})`;
