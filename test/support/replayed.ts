import type { State } from "../../src/core/json";
import { applyOperation, type Effect } from "../../src/core/operation";

/**
 * Applies operations as `applyOperation` does, and each of them to the same state once: replaying by the letter starts
 * from nothing for every version, and most versions begin alike.
 */
export class Replayed {
  readonly #made = new WeakMap<Effect, Map<State, State>>();

  /** What an operation makes of a state. Both are told apart by identity; neither may be changed. */
  apply(state: State, operation: Effect): State {
    let made = this.#made.get(operation);
    if (made === undefined) this.#made.set(operation, (made = new Map<State, State>()));
    else if (made.has(state)) return made.get(state);
    const after = applyOperation(state, operation);
    made.set(state, after);
    return after;
  }
}
