/** What an import has done, for people and for scripts. */
import type { RecordKey } from "../../store/import/source";
import type { HistoryImported } from "../../store/import/importHistory";
import type { FrontierOutcome } from "../../store/import/moveFrontiers";
import type { RefProblem } from "./frontierNames";

/** Something that could not be taken over, and where: in a commit, at a ref, at a frontier, or in the repository as a whole. */
export interface SummaryProblem {
  readonly sha?: string;
  readonly key?: RecordKey;
  readonly ref?: string;
  readonly frontier?: string;
  readonly what: string;
}

export interface ImportSummary {
  /** New ones; `merges` of them have several parents in git. */
  readonly commits: number;
  readonly merges: number;
  /** Commits of the chosen refs that earlier imports had brought in. */
  readonly known: number;
  /** New ones. */
  readonly records: number;
  readonly operations: number;
  readonly frontiers: { readonly made: number; readonly moved: number; readonly unchanged: number };
  readonly problemCount: number;
  /** At most some 10,000 of them. */
  readonly problems: readonly SummaryProblem[];
  /** What is worth knowing and no problem. */
  readonly notes: readonly SummaryProblem[];
  readonly milliseconds: number;
}

export function summarise(input: {
  readonly imported: HistoryImported;
  /** Commits that the chosen refs reach. */
  readonly total: number;
  readonly outcomes: readonly FrontierOutcome[];
  readonly refs: readonly RefProblem[];
  /** Frontiers whose ref is gone. */
  readonly stale: readonly string[];
  readonly shallow: boolean;
  readonly milliseconds: number;
}): ImportSummary {
  const { imported, outcomes } = input;
  const problems: SummaryProblem[] = imported.problems.map(({ commit, ...problem }) => ({ sha: commit, ...problem }));
  const notes: SummaryProblem[] = [];
  problems.push(...input.refs);
  if (input.shallow) problems.push({ what: "the repository is shallow: its history begins where the clone was cut" });
  for (const { goal, move } of outcomes) {
    const where = { ref: goal.ref, frontier: goal.name };
    if (move.kind === "refused") problems.push({ ...where, what: `the frontier was not moved: ${move.why}` });
    else if (move.kind === "move" && move.how === "moved") {
      const kind = goal.fixed ? "tag" : "ref";
      notes.push({
        ...where,
        what: `the ${kind} was moved in git to another line of history, and the frontier with it`,
      });
    } else if (move.kind === "move" && move.how === "forward" && goal.fixed) {
      notes.push({ ...where, what: "the tag was moved in git, and the frontier with it" });
    }
  }
  for (const frontier of input.stale) notes.push({ frontier, what: "its ref is gone from git; the frontier stays" });
  const count = (matches: (outcome: FrontierOutcome) => boolean) => outcomes.filter(matches).length;
  return {
    commits: imported.commits,
    merges: imported.merges,
    known: input.total - imported.commits,
    records: imported.records,
    operations: imported.operations,
    frontiers: {
      made: count(({ move }) => move.kind === "move" && move.how === "made"),
      moved: count(({ move }) => move.kind === "move" && move.how !== "made"),
      unchanged: count(({ move }) => move.kind !== "move"),
    },
    problemCount: problems.length - imported.problems.length + imported.problemCount,
    problems,
    notes,
    milliseconds: input.milliseconds,
  };
}

/** Problems that are written out for people; scripts get more of them. */
const SHOWN = 100;

/** The summary as lines for a terminal. */
export function summaryLines(summary: ImportSummary): string[] {
  const { frontiers, problems, notes } = summary;
  const lines = [
    `commits     ${summary.commits} (${summary.merges} merges; ${summary.known} were there already)`,
    `records     ${summary.records} new`,
    `operations  ${summary.operations}`,
    `frontiers   ${frontiers.made} made, ${frontiers.moved} moved, ${frontiers.unchanged} unchanged`,
    `problems    ${summary.problemCount}`,
    ...shown(problems, summary.problemCount),
  ];
  if (notes.length > 0) lines.push(`notes       ${notes.length}`, ...shown(notes, notes.length));
  lines.push(`time        ${(summary.milliseconds / 1000).toFixed(1)} s`);
  return lines;
}

function shown(problems: readonly SummaryProblem[], count: number): string[] {
  const lines = problems.slice(0, SHOWN).map(({ sha, key, ref, frontier, what }) => {
    const parts = [sha?.slice(0, 12), key === undefined ? undefined : JSON.stringify(key), ref, frontier];
    const place = parts.filter((part) => part !== undefined).join(" ");
    return place === "" ? `  ${what}` : `  ${place}: ${what}`;
  });
  if (count > lines.length) lines.push(`  … and ${count - lines.length} more (--json lists them)`);
  return lines;
}
