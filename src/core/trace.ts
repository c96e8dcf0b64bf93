/** Which operation gave each leaf of a state its value, carried along as operations are applied. */
import { commonEnds } from "./difference";
import { equalJson } from "./equality";
import type { OperationId } from "./ids";
import { isList, isObject, type Json, type JsonObject, type State } from "./json";
import { compareCodePoints } from "./order";
import { child, lookup, withMember, type Path } from "./path";

/**
 * A value of the same form as the one that it tells of, with the id of an operation in the place of each leaf: of each
 * scalar and of each empty list and object.
 */
export type Trace = OperationId | readonly Trace[] | { readonly [member: string]: Trace };

/** A state with its trace; both undefined where the record does not exist. */
export interface Traced {
  readonly state: State;
  readonly trace: Trace | undefined;
}

export const NOTHING_TRACED: Traced = { state: undefined, trace: undefined };

/** A leaf, where it stands, and the operation that gave it its value. */
export interface TracedLeaf {
  readonly path: Path;
  readonly value: Json;
  readonly operation: OperationId;
}

/**
 * What is known after an operation has taken a state to another. Where a value is equal before and after, it keeps what
 * is known of it; elements of a list that only moved take it along, as far as they stand before or behind all that
 * changed.
 */
export function traceOn({ state, trace }: Traced, after: State, operation: OperationId): Traced {
  if (after === state) return { state, trace };
  if (after === undefined) return NOTHING_TRACED;
  const known =
    state === undefined || trace === undefined ? fresh(after, operation) : on(state, trace, after, operation);
  return { state: after, trace: known };
}

function fresh(value: Json, operation: OperationId): Trace {
  if (isList(value)) return value.length === 0 ? operation : value.map((element) => fresh(element, operation));
  if (!isObject(value)) return operation;
  const members = Object.entries(value);
  if (members.length === 0) return operation;
  return Object.fromEntries(members.map(([name, member]) => [name, fresh(member, operation)]));
}

/** The very same trace comes back where the values are equal. */
function on(before: Json, trace: Trace, after: Json, operation: OperationId): Trace {
  if (before === after) return trace;
  if (isList(before) && isList(after) && before.length > 0 && after.length > 0) {
    return onElements(before, trace as readonly Trace[], after, operation);
  }
  if (isObject(before) && isObject(after) && typeof trace === "object") {
    const names = Object.keys(after);
    if (names.length > 0) return onMembers(before, trace as Members, after, names, operation);
  }
  return equalJson(before, after) ? trace : fresh(after, operation);
}

type Members = { readonly [member: string]: Trace };

function onMembers(
  before: JsonObject,
  trace: Members,
  after: JsonObject,
  names: readonly string[],
  operation: OperationId,
): Trace {
  let kept = 0;
  const changed: (readonly [string, Trace])[] = [];
  for (const name of names) {
    const value = after[name]!;
    const old = child(before, name);
    if (old === undefined) {
      changed.push([name, fresh(value, operation)]);
      continue;
    }
    kept += 1;
    const known = trace[name]!;
    const now = on(old, known, value, operation);
    if (now !== known) changed.push([name, now]);
  }
  const [first] = changed;
  if (kept === Object.keys(before).length && changed.length < 2) {
    return first === undefined ? trace : (withMember(trace, first[0], first[1]) as Trace);
  }
  const now = new Map(changed);
  return Object.fromEntries(names.map((name) => [name, now.get(name) ?? trace[name]!]));
}

function onElements(
  before: readonly Json[],
  trace: readonly Trace[],
  after: readonly Json[],
  operation: OperationId,
): Trace {
  const { start, end } = commonEnds(before, after);
  if (start === before.length && start === after.length) return trace;
  const removed = before.length - end - start;
  const inserted = after.slice(start, after.length - end);
  const between = inserted.map((element, offset) => {
    const index = start + offset;
    return removed === inserted.length
      ? on(before[index]!, trace[index]!, element, operation)
      : fresh(element, operation);
  });
  return [...trace.slice(0, start), ...between, ...trace.slice(trace.length - end)];
}

/**
 * Gives what some operations are said to have done to those who did the same elsewhere: a leaf that one of `own` gave
 * its value, and that has the same value at the same path in another state, is what that state's trace says of it. The
 * first of several such states speaks.
 * @param before what was known before those operations: what is still the same is not looked at
 */
export function traceElsewhere(
  { state, trace }: Traced,
  before: Traced,
  own: ReadonlySet<OperationId>,
  elsewhere: readonly Traced[],
): Traced {
  if (state === undefined || trace === undefined) return NOTHING_TRACED;
  const others = elsewhere.flatMap((other) =>
    other.state === undefined || other.trace === undefined ? [] : [{ value: other.state, trace: other.trace }],
  );
  return { state, trace: passOn(state, trace, before.trace, own, others) };
}

interface Elsewhere {
  readonly value: Json;
  readonly trace: Trace;
}

function passOn(
  value: Json,
  trace: Trace,
  before: Trace | undefined,
  own: ReadonlySet<OperationId>,
  elsewhere: readonly Elsewhere[],
): Trace {
  if (trace === before || elsewhere.length === 0) return trace;
  if (typeof trace === "number") {
    const same = own.has(trace) ? elsewhere.find((other) => equalJson(other.value, value)) : undefined;
    return same === undefined ? trace : same.trace;
  }
  const below = (step: string | number, known: Trace): Trace => {
    const others = elsewhere.flatMap((other) => {
      const inside = child(other.value, step);
      return inside === undefined ? [] : [{ value: inside, trace: traceAt(other.trace, step)! }];
    });
    return passOn(child(value, step)!, known, traceAt(before, step), own, others);
  };
  if (isTraceList(trace)) {
    const elements = trace.map((known, index) => below(index, known));
    return elements.some((element, index) => element !== trace[index]) ? elements : trace;
  }
  const members = Object.entries(trace).map(([name, known]) => [name, below(name, known)] as const);
  return members.some(([name, known]) => known !== trace[name]) ? Object.fromEntries(members) : trace;
}

/** The trace of a member or element; undefined where there is none. */
function traceAt(trace: Trace | undefined, step: string | number): Trace | undefined {
  return child(trace, step) as Trace | undefined;
}

function isTraceList(trace: Trace): trace is readonly Trace[] {
  return Array.isArray(trace);
}

/**
 * The leaves at or below a path, in the order of their paths: members by code point of their names, elements by index.
 * None where there is nothing at the path.
 */
export function leavesAt({ state, trace }: Traced, path: Path): TracedLeaf[] {
  const target = lookup(state, path);
  const known = path.reduce<Trace | undefined>(traceAt, trace);
  if (!target.exists || known === undefined) return [];
  const leaves: TracedLeaf[] = [];
  collect(leaves, path, target.value, known);
  return leaves;
}

function collect(leaves: TracedLeaf[], path: Path, value: Json, trace: Trace): void {
  if (typeof trace === "number") leaves.push({ path, value, operation: trace });
  else if (isTraceList(trace)) {
    trace.forEach((known, index) => collect(leaves, [...path, index], child(value, index)!, known));
  } else {
    for (const name of Object.keys(trace).sort(compareCodePoints)) {
      collect(leaves, [...path, name], child(value, name)!, trace[name]!);
    }
  }
}
