/** Whether an import may move a frontier, and through which versions. Pure. */
import { commonAncestors } from "../../core/antichain";
import { exclusive, isInHistory, type CommitGraph } from "../../core/graph";
import type { CommitId } from "../../core/ids";

/** Where an import wants a frontier to be. */
export interface FrontierGoal {
  readonly name: string;
  /** What it stands for in the source, for messages. */
  readonly ref: string;
  readonly tip: CommitId;
  /** A frontier for something that does not move: made locked, and moved although it is locked. */
  readonly fixed: boolean;
  /**
   * The commits that the source's default line went through, oldest first, the tip last: each gets its own change, at the
   * time of the commit. Null: one change, now.
   */
  readonly line: readonly CommitId[] | null;
}

/** A frontier as it is. */
export interface FrontierNow {
  /** False: never made, or deleted. */
  readonly exists: boolean;
  readonly members: readonly CommitId[];
  readonly locked: boolean;
  /** Whether an import put it where it is. */
  readonly imported: boolean;
}

export type Move =
  | { readonly kind: "stay" }
  | { readonly kind: "refused"; readonly why: string }
  /** `steps`: its only member after each change, at least one. */
  | { readonly kind: "move"; readonly steps: readonly CommitId[]; readonly how: "made" | "forward" | "moved" };

export function planMove(graph: CommitGraph, goal: FrontierGoal, now: FrontierNow): Move {
  if (!now.exists || now.members.length === 0) {
    if (now.exists && now.locked) return { kind: "refused", why: "it is locked" };
    return { kind: "move", steps: goal.line ?? [goal.tip], how: "made" };
  }
  if (now.members.length === 1 && now.members[0] === goal.tip) return { kind: "stay" };
  if (now.locked && !goal.fixed) return { kind: "refused", why: "it is locked" };
  const { members } = now;
  if (!members.every((member) => graph.has(member))) {
    return { kind: "refused", why: "it holds commits that are not in the imported history" };
  }
  const keepsAll = (commit: CommitId) => members.every((member) => isInHistory(graph, member, [commit]));
  if (keepsAll(goal.tip)) return { kind: "move", steps: stepsForward(goal, members, keepsAll), how: "forward" };
  if (!now.imported) return { kind: "refused", why: "somebody else moved it to where it is" };
  if (commonAncestors(graph, [members, [goal.tip]]).length === 0) {
    return { kind: "refused", why: "it stands in another history, without a commit in common" };
  }
  const fresh = new Set(exclusive(graph, [goal.tip], members));
  const steps = (goal.line ?? []).filter((commit) => fresh.has(commit));
  return { kind: "move", steps: endingAt(goal, steps), how: "moved" };
}

/** Only versions that keep what the frontier holds. */
function stepsForward(
  goal: FrontierGoal,
  members: readonly CommitId[],
  keepsAll: (commit: CommitId) => boolean,
): CommitId[] {
  const line = goal.line ?? [];
  // Along the line histories only grow, so the first commit that keeps them all is found by halving.
  let low = 0;
  let high = line.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const commit = line[middle];
    if (commit === undefined || keepsAll(commit)) high = middle;
    else low = middle + 1;
  }
  const steps = line.slice(low).filter((commit) => !members.includes(commit));
  return endingAt(goal, steps);
}

const endingAt = (goal: FrontierGoal, steps: readonly CommitId[]): CommitId[] =>
  steps.at(-1) === goal.tip ? [...steps] : [...steps, goal.tip];
