import type { ExecutionArgs, OperationDefinitionNode } from "graphql";
import type { Sink } from "./sink";

/** An operation that may be executed. */
export interface PreparedOperation extends ExecutionArgs {
  /** Where results of a stream may go that is shared with others. */
  readonly sink?: Sink;
  /** The cursor after which a stream goes on, whatever its `after` says: what a browser has seen before it came back. */
  readonly lastEventId?: string;
  readonly operation: OperationDefinitionNode;
  readonly variableValues: Readonly<Record<string, unknown>>;
}
