/** Random effects of every kind, most of which have an effect on the state that they are made for. */
import fc from "fast-check";
import { isList, isObject, type Json, type JsonObject, type State } from "../../src/core/json";
import { coalesce } from "../../src/core/coalesce";
import { applyOperation, type Effect } from "../../src/core/operation";
import { lookup, type Path } from "../../src/core/path";
import {
  jsonNumber,
  jsonString,
  jsonValue,
  name,
  pathChoice,
  pathFrom,
  safeInteger,
  type PathChoice,
} from "./arbitraries";
import { deepFreeze } from "./deepFreeze";

/** The kinds of the model that can be proposed. */
export const KINDS = [
  "create",
  "put",
  "assign",
  "remove",
  "increment",
  "max",
  "min",
  "add",
  "discard",
  "splice",
  "edit",
] as const;
export type Kind = (typeof KINDS)[number];

/** What to do, whatever the state turns out to be; `effectFrom` makes it an effect. */
export interface Intent {
  readonly kind: Kind;
  readonly path: PathChoice;
  readonly value: Json;
  /** The value, or objects and lists that hold it. */
  readonly object: JsonObject;
  readonly list: readonly Json[];
  readonly number: number;
  readonly by: number;
  readonly text: string;
  readonly index: number;
  readonly remove: number;
}

export function intent(kinds: readonly Kind[] = KINDS): fc.Arbitrary<Intent> {
  return fc
    .record({
      kind: fc.constantFrom(...kinds),
      path: pathChoice,
      value: jsonValue,
      name,
      number: jsonNumber,
      by: safeInteger,
      text: jsonString,
      index: fc.nat({ max: 4 }),
      remove: fc.nat({ max: 2 }),
    })
    .map(({ name, ...rest }) => ({
      ...rest,
      object: isObject(rest.value) ? rest.value : { [name]: rest.value },
      list: isList(rest.value) ? rest.value : rest.index === 0 ? [] : [rest.value],
    }));
}

/** The effect that an intent means on a state: at a place where it can be applied, if there is one. */
export function effectFrom(intent: Intent, state: State): Effect {
  const path = intent.kind === "create" ? [] : pathFrom(intent.path, state, (at) => suits(intent.kind, state, at));
  return deepFreeze({ path, operation: intent.kind, parameters: parametersFrom(intent, state, path) });
}

function valueAt(state: State, path: Path): Json | undefined {
  const target = lookup(state, path);
  return target.exists ? target.value : undefined;
}

function suits(kind: Kind, state: State, path: Path): boolean {
  const value = valueAt(state, path);
  switch (kind) {
    case "assign":
      return typeof value === "object" && !Array.isArray(value) && value !== null;
    case "increment":
      return Number.isSafeInteger(value);
    case "max":
    case "min":
      return typeof value === "number";
    case "add":
    case "discard":
    case "splice":
      return Array.isArray(value);
    case "edit":
      return typeof value === "string";
    case "remove":
      // The record itself seldom.
      return path.length > 0;
    default:
      return true;
  }
}

function parametersFrom(intent: Intent, state: State, path: Path): Json {
  const { kind, index, remove } = intent;
  switch (kind) {
    case "create":
      return { value: intent.object };
    case "put":
      return { value: path.length === 0 ? intent.object : intent.value };
    case "assign":
      return { value: patchFrom(intent, valueAt(state, path)) };
    case "remove":
      return {};
    case "increment":
      return { by: intent.by };
    case "max":
    case "min":
      return { value: intent.number };
    case "add":
    case "discard": {
      // Half of the time an element that is there.
      const list = valueAt(state, path);
      const present =
        Array.isArray(list) && intent.index % 2 === 0 ? (list[intent.index % (list.length || 1)] as Json) : undefined;
      return { value: present === undefined ? intent.value : present };
    }
    case "splice":
      return { index, remove, insert: intent.list };
    case "edit":
      return { index, remove, insert: intent.text };
  }
}

/** A patch of members that are there and others, with some nulls. */
function patchFrom(intent: Intent, target: Json | undefined): JsonObject {
  const names = typeof target === "object" && target !== null ? Object.keys(target) : [];
  const present = names[intent.index];
  if (present === undefined) return intent.object;
  return {
    ...intent.object,
    [present]: intent.remove === 0 ? null : intent.remove === 1 ? intent.object : intent.value,
  };
}

/** Intents one after the other, each on the state that those before it leave. */
export function effectsFrom(intents: readonly Intent[], state: State): { effects: Effect[]; after: State } {
  const effects: Effect[] = [];
  let after = state;
  for (const each of intents) {
    // Most of the time a record that is gone comes back, else nothing would have an effect any more.
    const revived = after === undefined && each.path.pick % 4 !== 0;
    const effect = effectFrom(revived ? { ...each, kind: "create" } : each, after);
    effects.push(effect);
    after = deepFreeze(applyOperation(after, effect));
  }
  return { effects, after };
}

/** An effect of any kind for a state, the engine's own included. */
export function effectOfKind(kind: Kind | "coalesced", state: State): fc.Arbitrary<Effect> {
  if (kind !== "coalesced") return intent([kind]).map((one) => effectFrom(one, state));
  return fc.array(intent(), { maxLength: 6 }).map((intents) => coalesce(state, effectsFrom(intents, state).effects));
}
