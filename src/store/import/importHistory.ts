/** Importing a history: one commit for each commit of the source, with operations that take one to the other. */
import type { CommitId } from "../../core/ids";
import type { Json, JsonObject } from "../../core/json";
import type { Limits } from "../../core/limits";
import { reserveCommitIds } from "../bulkCommits";
import type { Database } from "../database";
import { changesOf } from "./changes";
import { loadEarlierViews } from "./earlierViews";
import { loadSettlements } from "./earlierSettlements";
import { addPlace, parentsIn, type Known, type Place } from "./known";
import type { ImportSource, Problem, SourceNode } from "./source";
import { Views, type View } from "./views";
import { operationsToSettle } from "./settle";
import { CommitWriter } from "./writer";

export interface HistoryImport {
  readonly type: string;
  readonly source: ImportSource;
  /** The source's history, parents first. */
  readonly nodes: readonly SourceNode[];
  /** Commits that are there already; those that are made are added. */
  readonly known: Known;
  /** What is imported: an import of the same finds the commits again. */
  readonly origin: string;
  /** Names of commits whose views the caller needs afterwards. */
  readonly viewsOf: readonly string[];
  readonly limits: Limits;
  /** Called after each commit; what it throws ends the import. */
  readonly progress: (done: number, total: number) => void;
}

export interface CommitProblem extends Problem {
  /** The commit's name in the source. */
  readonly commit: string;
}

export interface HistoryImported {
  readonly commits: number;
  readonly merges: number;
  /** Records that are new to the database. */
  readonly records: number;
  readonly operations: number;
  /** The first ones; `problemCount` counts all. */
  readonly problems: readonly CommitProblem[];
  readonly problemCount: number;
  /** Those that were asked for. */
  readonly views: ReadonlyMap<CommitId, View>;
}

/** Problems that one commit's metadata lists; of more, only the number is told there. */
const LISTED_IN_COMMIT = 100;
/** Problems that are kept for the caller: a file may have thousands of them, in every commit. */
const LISTED_IN_ALL = 10_000;

/** Imports the commits that are not there yet. Frontiers stay where they are. */
export async function importHistory(database: Database, options: HistoryImport): Promise<HistoryImported> {
  const { known, limits } = options;
  const nodes = options.nodes.filter((node) => !known.places.has(node.name));
  const views = new Views();
  const needed = await placeNodes(database, options, nodes, views);
  await loadEarlierViews(database.pool, known, needed, views);

  const settlements = await loadSettlements(database.pool, known);
  const writer = new CommitWriter(database, options.type);
  const problems: CommitProblem[] = [];
  let problemCount = 0;
  let merges = 0;
  let operations = 0;
  let done = 0;
  try {
    for await (const commit of options.source.read(nodes)) {
      const place = placeOf(known, commit.node.name);
      const { view, contested } = views.merge(place.parents);
      const contents = await commit.contents(contested);
      const settles = operationsToSettle(known.graph, place.parents, view, contested, settlements);
      for (const settled of settles) settlements.add(place.id, settled);
      const changes = changesOf(view, contents, place, limits);
      views.keep(place.id, view);
      const mine = [...commit.problems, ...contents.problems];
      problemCount += mine.length;
      for (const problem of mine.slice(0, LISTED_IN_ALL - problems.length)) {
        problems.push({ commit: commit.node.name, ...problem });
      }
      for (const change of changes) operations += change.operations.length;
      if (commit.node.parents.length > 1) merges += 1;
      await writer.add({
        id: place.id,
        logicalTime: place.logicalTime,
        parents: place.parents,
        time: commit.node.time,
        author: commit.author,
        message: commit.message,
        metadata: metadataOf(commit.metadata(place.parents.length === commit.node.parents.length), mine),
        changes,
        settles,
        imported: { source: options.origin, name: commit.node.name },
      });
      options.progress(++done, nodes.length);
    }
    await writer.finish();
  } finally {
    await writer.abandon();
  }
  const tips = [...new Set(options.viewsOf)].map((name) => placeOf(known, name).id);
  return {
    commits: nodes.length,
    merges,
    records: writer.created,
    operations,
    problems,
    problemCount,
    views: new Map(tips.map((tip) => [tip, views.take(tip)])),
  };
}

/**
 * Gives each new commit its id, its place in the DAG, and announces which views will be needed.
 * @returns those of the views that belong to earlier commits
 */
async function placeNodes(
  database: Database,
  options: HistoryImport,
  nodes: readonly SourceNode[],
  views: Views,
): Promise<Set<CommitId>> {
  const { known } = options;
  const earlier = new Set(known.commits);
  const needed = new Set<CommitId>();
  const need = (commit: CommitId) => {
    views.announce(commit);
    if (earlier.has(commit)) needed.add(commit);
  };
  const ids = nodes.length === 0 ? [] : await reserveCommitIds(database.pool, nodes.length);
  for (const [index, node] of nodes.entries()) {
    const parents = parentsIn(known, node);
    const id = ids[index];
    if (!parents || id === undefined) throw new Error(`commit ${node.name} comes before one of its parents`);
    const logicalTime = parents.reduce((time, parent) => Math.max(time, known.graph.logicalTime(parent) + 1), 0);
    addPlace(known, node.name, { id, logicalTime, parents });
    for (const parent of parents) need(parent);
  }
  for (const name of new Set(options.viewsOf)) need(placeOf(known, name).id);
  return needed;
}

function placeOf(known: Known, name: string): Place {
  const place = known.places.get(name);
  if (!place) throw new Error(`commit ${name} is not part of the history`);
  return place;
}

function metadataOf(metadata: JsonObject, problems: readonly Problem[]): Json {
  if (problems.length === 0) return metadata;
  const listed: Json[] = problems.slice(0, LISTED_IN_COMMIT).map((problem) => ({ ...problem }));
  const more = problems.length - listed.length;
  if (more > 0) listed.push({ what: `${more} more` });
  return { ...metadata, problems: listed };
}
