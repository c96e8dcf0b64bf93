import type { InputPath } from "../errors";
import type { Fold } from "../fold";
import type { Json, State } from "../json";
import type { Limits } from "../limits";
import type { Path } from "../path";

/** What an operation does to its record: the name of its kind, and what the kind's functions take. */
export interface Effect {
  readonly path: Path;
  /** The name of a registered kind. */
  readonly operation: string;
  readonly parameters: Json;
}

/**
 * One kind of operation: a named function of a record's state at a path. A kind is one file that fills this interface
 * and one line in `registry.ts`. All functions are pure, and read nothing of the state but what stands at the path and
 * whether its container can hold it; `parameters` has passed `parse` everywhere but there.
 */
export interface OperationKind {
  /** The name that is stored and that GraphQL's `apply` takes. */
  readonly name: string;

  /** Made by the engine only: a proposal that names it is refused. */
  readonly internal?: boolean;

  /**
   * Takes parameters (already values by `checkValue`) and a path as they come from outside to their canonical form.
   * @param at where the parameters stand in the input; a member is named by appending its name
   * @throws InvalidInput, LimitExceeded
   */
  parse(parameters: Json, path: Path, at: InputPath, limits: Limits): Json;

  /** Why the operation may not be applied to this state, or null where it may. */
  refusal(state: State, path: Path, parameters: Json): string | null;

  /**
   * The state after it. Total: where there is a refusal or nothing to change, the very same state comes back. What it is
   * given it leaves as it is, but for containers that the fold owns.
   * @param fold given where the kind `folds` and the effect is one of many: what `fold.object` and `fold.list` give may
   *   be changed in place, and the very same state may come back changed
   */
  apply(state: State, path: Path, parameters: Json, fold?: Fold): State;

  /**
   * Whether `apply` minds the fold: it changes containers through it, puts no part of the state at a second place, keeps
   * none, and tells of work that grows with the state (`fold.spend`). Default: it does not, and pays by copying.
   */
  readonly folds?: boolean;

  /**
   * Whether whatever stands at its path is the same to it: `refusal` asks only whether the container there can hold a
   * value; default: it does not.
   */
  readonly overwrites?: boolean;

  /**
   * Whether it works by positions in the list or text at its path, so that whatever changes the order there breaks it
   * (semantics §6); default: it does not.
   */
  readonly positional?: boolean;

  /** The paths that it may change; what it reads below its path stands at or below them too. */
  footprint(path: Path, parameters: Json): readonly Path[];

  /**
   * Whether it commutes with another effect, of any kind, although their footprints overlap. One that says yes is
   * enough; what is the same effect twice need not be said.
   */
  commutes(path: Path, parameters: Json, other: Effect): boolean;
}

/** The state after an effect of a kind that is one of many, which may be the state itself, changed. */
export function foldEffect(kind: OperationKind, state: State, { path, parameters }: Effect, fold: Fold): State {
  if (kind.folds === true) return kind.apply(state, path, parameters, fold);
  // It may keep the state, or put a part of it at a second place.
  fold.release();
  return kind.apply(state, path, parameters);
}
