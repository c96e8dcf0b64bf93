import type { InputPath } from "../errors";
import type { Json, State } from "../json";
import type { Limits } from "../limits";
import type { Path } from "../path";

/**
 * One kind of operation: a named function of a record's state at a path. A kind is one file that fills this interface
 * and one line in `registry.ts`. All functions are pure; `parameters` has passed `parse` everywhere but there.
 */
export interface OperationKind {
  /** The name that is stored and that GraphQL's `apply` takes. */
  readonly name: string;

  /**
   * Takes parameters (already values by `checkValue`) and a path as they come from outside to their canonical form.
   * @param at where the parameters stand in the input; a member is named by appending its name
   * @throws InvalidInput, LimitExceeded
   */
  parse(parameters: Json, path: Path, at: InputPath, limits: Limits): Json;

  /** Why the operation may not be applied to this state, or null where it may. */
  refusal(state: State, path: Path, parameters: Json): string | null;

  /** The state after it. Total: where the precondition does not hold, the very same state comes back. */
  apply(state: State, path: Path, parameters: Json): State;

  /** The paths that it may change. */
  footprint(path: Path, parameters: Json): readonly Path[];

  /** Whether it commutes with another operation of this same kind although their footprints overlap. */
  commutes(path: Path, parameters: Json, otherPath: Path, otherParameters: Json): boolean;
}
