import type { Context } from "./context";
import type { FrontierSnapshot } from "./frontierSnapshots";

/**
 * The frontier as a mutation left it. Fields of one document that mutate come one after another: what was read for the
 * one before is forgotten.
 */
export function frontierAfterMutation(context: Context, name: string): Promise<FrontierSnapshot> {
  forgetAfterMutation(context);
  return context.frontiers.refresh(name);
}

/** What a mutation may have changed is read anew by the rest of the document. */
export function forgetAfterMutation(context: Context): void {
  context.batch.clear();
  context.load.types.clearAll();
  context.frontiers.clear();
}
