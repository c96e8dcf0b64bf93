import { compareCanonical, type PlacedOperation } from "./canonicalOrder";
import type { State } from "./json";
import { applyAll } from "./operation";

/**
 * The state of a record: its operations applied in canonical order, in whatever order they are given.
 * @param from the state before the first of them; default: the record does not exist yet
 */
export function replay(operations: readonly PlacedOperation[], from: State = undefined): State {
  return applyAll(from, [...operations].sort(compareCanonical));
}
