/** What the baselines are asked, and how the effects on a flat record look to a map without operations of its own. */
import type { Json, JsonObject } from "../../src/core/json";
import type { Effect } from "../../src/core/operation";

export interface OldStates {
  /** The state after the operation at a place. */
  stateAt(place: number): unknown;
  close?(): Promise<void>;
}

/** The members that an effect sets, with their new values. */
export function membersSet(effect: Effect, held: (name: string) => unknown): readonly (readonly [string, Json])[] {
  const { value, by } = effect.parameters as { value?: Json; by?: number };
  if (effect.operation === "create") return Object.entries(value as JsonObject);
  const [name] = effect.path as [string];
  return [[name, effect.operation === "put" ? value! : (held(name) as number) + by!]];
}
