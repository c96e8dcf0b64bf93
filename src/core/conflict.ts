/** What a version that is not consistent says about itself (semantics §6). */
import { OmdbError, type ConflictReason } from "./errors";
import type { OperationId, RecordId } from "./ids";
import type { Found, Json } from "./json";
import type { Path } from "./path";
import type { Predicate } from "./predicates";

/** An operation that would not hold in the version that commits form together. */
export interface Conflict {
  readonly record: RecordId;
  readonly path: Path;
  readonly reason: ConflictReason;
  /** Null for a built-in precondition. */
  readonly predicate: Predicate | null;
  /** The operation that would break: one that is stored, or one that is proposed, by its index in the input. */
  readonly broken: { readonly operation: OperationId } | { readonly index: number };
  /** Stored operations that break it, and proposed ones by index. */
  readonly brokenBy: readonly OperationId[];
  readonly brokenByIndices: readonly number[];
  /** What stands at the path in the state that all versions share, and in each version by its index. */
  readonly base: Found;
  readonly sides: readonly Found[];
  /** For SCHEMA: the validator's errors. */
  readonly details: Json | undefined;
}

/** Commits cannot stand together; the conflicts say why. */
export class Conflicted extends OmdbError {
  readonly code = "CONFLICT";
  constructor(
    message: string,
    readonly conflicts: readonly Conflict[],
  ) {
    super(message);
  }
}
