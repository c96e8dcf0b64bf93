/**
 * A predicate as SQL over a jsonb column: true for exactly the states for which core's `holds` says so. Containment
 * (`@>`) and the order keys stand beside the exact tests so that indexes can serve them.
 */
import type { Json } from "../core/json";
import type { Path } from "../core/path";
import type { Predicate } from "../core/predicates";
import { orderKeys, PREFIX_CHARACTERS, RANK_OF_NUMBERS, RANK_OF_STRINGS } from "./sqlOrder";
import { boundPathExpression } from "./sqlPath";

/** Takes a value, gives its placeholder. */
export type Bind = (value: unknown) => string;

/** A list of parameters that grows: `bind` appends and gives `$n`. */
export function parameters(initial: readonly unknown[] = []): { readonly values: unknown[]; readonly bind: Bind } {
  const values = [...initial];
  return { values, bind: (value) => `$${values.push(value)}` };
}

interface Tested {
  readonly path: Path;
  readonly value: Json;
  readonly values: readonly Json[];
  readonly atLeast?: number | null;
  readonly atMost?: number | null;
  readonly type: string;
}

const TYPE_NAMES: ReadonlyMap<string, string> = new Map([
  ["NULL", "null"],
  ["BOOLEAN", "boolean"],
  ["NUMBER", "number"],
  ["STRING", "string"],
  ["LIST", "array"],
  ["OBJECT", "object"],
]);

/**
 * SQL for a parsed predicate that names no other record. NULL counts as false, at the top of a WHERE as under the
 * `and` and `or` made here; `not` makes it false first.
 * @param column a jsonb column that is not NULL
 */
export function predicateSql(predicate: Predicate, column: string, bind: Bind): string {
  const [kind, test] = Object.entries(predicate)[0] as [string, unknown];
  const combine = (word: string, empty: string) => {
    const parts = (test as readonly Predicate[]).map((part) => predicateSql(part, column, bind));
    return parts.length === 0 ? empty : `(${parts.join(` ${word} `)})`;
  };
  switch (kind) {
    case "all":
      return combine("and", "true");
    case "any":
      return combine("or", "false");
    case "not":
      return `not coalesce(${predicateSql(test as Predicate, column, bind)}, false)`;
    default:
      return leafSql(kind, test as Tested, column, bind);
  }
}

function leafSql(kind: string, test: Tested, column: string, bind: Bind): string {
  // A parameter that is bound and not used has no type.
  if (kind === "in" && test.values.length === 0) return "false";
  const at = boundPathExpression(column, test.path, bind);
  const json = (value: Json) => `${bind(jsonText(value))}::jsonb`;
  switch (kind) {
    case "exists":
      return `${at} is not null`;
    case "absent":
      return `${at} is null`;
    case "equals":
      return `(${containsAt(column, test.path, test.value, bind)} and ${at} = ${json(test.value)})`;
    case "in":
      return `(${containsAny(column, test, bind)} and ${at} = any(${bind(test.values.map(jsonText))}::jsonb[]))`;
    case "notEquals":
      return `${at} is distinct from ${json(test.value)}`;
    case "lessThan":
      return comparison(at, "<", test.value, bind);
    case "atMost":
      return comparison(at, "<=", test.value, bind);
    case "greaterThan":
      return comparison(at, ">", test.value, bind);
    case "atLeast":
      return comparison(at, ">=", test.value, bind);
    case "contains":
      return containsSql(at, test, column, bind);
    case "startsWith": {
      const text = `${bind(test.value)}::text`;
      return `(jsonb_typeof(${at}) = 'string' and starts_with(${at} #>> '{}', ${text}))`;
    }
    case "size": {
      const size =
        `case jsonb_typeof(${at}) when 'array' then jsonb_array_length(${at}) ` +
        `when 'string' then char_length(${at} #>> '{}') ` +
        `when 'object' then (select count(*) from jsonb_object_keys(${at})) end`;
      const bounds = [
        ...(test.atLeast === undefined || test.atLeast === null ? [] : [`(${size}) >= ${bind(test.atLeast)}::bigint`]),
        ...(test.atMost === undefined || test.atMost === null ? [] : [`(${size}) <= ${bind(test.atMost)}::bigint`]),
      ];
      return `(${bounds.join(" and ")})`;
    }
    case "type":
      return `jsonb_typeof(${at}) = ${bind(TYPE_NAMES.get(test.type))}::text`;
    default:
      throw new Error(`predicate ${kind} has no SQL`);
  }
}

const jsonText = (value: Json): string => JSON.stringify(value);

/** What `state at path = value` implies and an index on the whole state can find; `true` for paths through lists. */
function containsAt(column: string, path: Path, value: Json, bind: Bind): string {
  if (path.some((step) => typeof step === "number")) return "true";
  return `${column} @> ${bind(jsonText(wrapped(path, value)))}::jsonb`;
}

/** Values that are each worth a search of an index; with more of them, reading all rows is no worse. */
const SEARCHED_VALUES = 100;

/** The same for any of several values. */
function containsAny(column: string, { path, values }: Tested, bind: Bind): string {
  if (values.length > SEARCHED_VALUES || path.some((step) => typeof step === "number")) return "true";
  return `${column} @> any(${bind(values.map((value) => jsonText(wrapped(path, value))))}::jsonb[])`;
}

const wrapped = (path: Path, value: Json): Json => path.reduceRight<Json>((inner, step) => ({ [step]: inner }), value);

function containsSql(at: string, test: Tested, column: string, bind: Bind): string {
  const element = `${bind(JSON.stringify(test.value))}::jsonb`;
  const inList =
    `(${containsAt(column, test.path, [test.value], bind)} and ` +
    `exists (select from jsonb_array_elements(case when jsonb_typeof(${at}) = 'array' then ${at} else '[]'::jsonb end) ` +
    `as element(value) where element.value = ${element}))`;
  if (typeof test.value !== "string") return inList;
  return `(${inList} or (jsonb_typeof(${at}) = 'string' and strpos(${at} #>> '{}', ${bind(test.value)}::text) > 0))`;
}

/** Ordering is defined between two numbers and between two strings, and false otherwise. */
function comparison(at: string, operator: string, value: Json, bind: Bind): string {
  const keys = orderKeys(at);
  if (typeof value !== "number" && typeof value !== "string") return `(${at} is null and false)`;
  if (typeof value === "number") {
    return `(${keys.rank} = ${RANK_OF_NUMBERS} and ${keys.number} ${operator} ${bind(value)}::numeric)`;
  }
  const prefix = [...value].slice(0, PREFIX_CHARACTERS).join("");
  const loose = operator.startsWith("<") ? "<=" : ">=";
  return (
    `(${keys.rank} = ${RANK_OF_STRINGS} and ${keys.number} = 0 and ${keys.prefix} ${loose} ${bind(prefix)}::text ` +
    `and ${keys.text} ${operator} ${bind(value)}::text)`
  );
}
