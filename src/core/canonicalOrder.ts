/** The canonical order of semantics §5. It extends ancestry: a commit's logical time is greater than its parents'. */
import type { CommitId, OperationId } from "./ids";
import type { Effect } from "./operations/kind";

/** An operation with its place in the canonical order. */
export interface PlacedOperation extends Effect {
  readonly logicalTime: number;
  readonly commit: CommitId;
  readonly id: OperationId;
}

/** Compares by (logical time, commit, operation): negative, 0 or positive. */
export function compareCanonical(
  a: Pick<PlacedOperation, "logicalTime" | "commit" | "id">,
  b: Pick<PlacedOperation, "logicalTime" | "commit" | "id">,
): number {
  return a.logicalTime - b.logicalTime || a.commit - b.commit || a.id - b.id;
}
