/** The operations that take one state to another: few and deep, so that what did not change stays untouched. */
import { equalJson } from "./equality";
import { isList, isObject, type Json, type JsonObject, type State } from "./json";
import type { Effect } from "./operations/kind";
import type { Path } from "./path";
import { jsonBytes, jsonStringBytes } from "./size";

/**
 * Effects whose application in order takes `from` to exactly `to`: `create` or `remove` of the record; a `put` or
 * `remove` of each member that changed, as deep inside as it changed; in lists, the same for elements where equally
 * many of them stand between what is equal at both ends, else one `splice`. A value is put as a whole where what it
 * holds says less than the changes inside it do, counting the bytes of names, indices and values.
 */
export function difference(from: State, to: State): Effect[] {
  if (to === undefined) return from === undefined ? [] : [{ path: [], operation: "remove", parameters: {} }];
  if (from === undefined) return [{ path: [], operation: "create", parameters: { value: to } }];
  return changes([], from, to).effects;
}

/** Effects below some path, and how many bytes they say: each its steps from there on, and its values. */
interface Changes {
  readonly effects: Effect[];
  bytes: number;
}

/** What takes the value at a path to another one; no effects where the two are equal. */
function changes(path: Path, from: Json, to: Json): Changes {
  if (from === to) return { effects: [], bytes: 0 };
  let inside: Changes | undefined;
  if (isObject(from) && isObject(to)) inside = changesOfMembers(path, from, to);
  else if (isList(from) && isList(to)) inside = changesOfElements(path, from, to);
  if (inside !== undefined) {
    const whole = jsonBytes(to, inside.bytes);
    if (inside.bytes <= whole) return inside;
  }
  return replacement(path, to);
}

function replacement(path: Path, value: Json): Changes {
  return { effects: [{ path, operation: "put", parameters: { value } }], bytes: jsonBytes(value) };
}

/** Adds what changed at one step below: every effect says that step too. */
function collect(total: Changes, below: Changes, stepBytes: number): void {
  for (const effect of below.effects) total.effects.push(effect);
  total.bytes += below.bytes + below.effects.length * stepBytes;
}

function changesOfMembers(path: Path, from: JsonObject, to: JsonObject): Changes {
  const total: Changes = { effects: [], bytes: 0 };
  for (const name of Object.keys(from)) {
    if (Object.hasOwn(to, name)) continue;
    const removal: Effect = { path: [...path, name], operation: "remove", parameters: {} };
    collect(total, { effects: [removal], bytes: 0 }, jsonStringBytes(name));
  }
  for (const [name, value] of Object.entries(to)) {
    const before = Object.hasOwn(from, name) ? from[name] : undefined;
    const member = [...path, name];
    const below = before === undefined ? replacement(member, value) : changes(member, before, value);
    collect(total, below, jsonStringBytes(name));
  }
  return total;
}

function changesOfElements(path: Path, from: readonly Json[], to: readonly Json[]): Changes {
  const { start, end } = commonEnds(from, to);
  const remove = from.length - end - start;
  const insert = to.slice(start, to.length - end);
  if (remove === 0 && insert.length === 0) return { effects: [], bytes: 0 };
  const spliced: Changes = {
    effects: [{ path, operation: "splice", parameters: { index: start, remove, insert } }],
    bytes: String(start).length + String(remove).length + jsonBytes(insert),
  };
  if (remove !== insert.length) return spliced;
  const one: Changes = { effects: [], bytes: 0 };
  insert.forEach((value, offset) => {
    const index = start + offset;
    collect(one, changes([...path, index], from[index]!, value), String(index).length);
  });
  return one.bytes <= spliced.bytes ? one : spliced;
}

/** How many elements two lists have in common at the start, and how many behind those at the end. */
export function commonEnds(a: readonly Json[], b: readonly Json[]): { readonly start: number; readonly end: number } {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && equalJson(a[start]!, b[start]!)) start += 1;
  let end = 0;
  while (end < shorter - start && equalJson(a[a.length - 1 - end]!, b[b.length - 1 - end]!)) end += 1;
  return { start, end };
}
