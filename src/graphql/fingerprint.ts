/** What tells the inputs of two calls apart that carry the same idempotency key. */
import { isList, isObject, type Json } from "../core/json";
import { fingerprintOf } from "../store/idempotency";

/** Members that hold JSON of the client's own, where null is a value like any other. */
const JSON_MEMBERS: ReadonlySet<string> = new Set(["value", "values", "insert", "parameters", "patch"]);

/**
 * The fingerprint of all of a mutation's input but the key. A member that is null says what one says that is left out.
 * Ids made by the server are not in it.
 */
export function fingerprintOfInput(input: Readonly<Record<string, unknown>>): string {
  const { idempotencyKey: _, metadata = null, ...rest } = input;
  const text = JSON.stringify({ rest, metadata }, (_name, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
  const read = JSON.parse(text) as { rest: Json; metadata: Json };
  return fingerprintOf([withoutNulls(read.rest), read.metadata]);
}

function withoutNulls(input: Json): Json {
  if (isList(input)) return input.map(withoutNulls);
  if (!isObject(input)) return input;
  const members = Object.entries(input).flatMap(([name, value]) => {
    if (JSON_MEMBERS.has(name)) return [[name, value] as const];
    return value === null ? [] : [[name, withoutNulls(value)] as const];
  });
  return Object.fromEntries(members);
}
