/** The history of JSON files in a git repository, turned into records, commits and frontiers. */
import { posix } from "node:path";
import { canonicalJson } from "../../core/canonical";
import { InvalidInput } from "../../core/errors";
import type { CommitId } from "../../core/ids";
import type { Limits } from "../../core/limits";
import { quoted } from "../../core/quote";
import { checkName } from "../../core/value";
import type { Database } from "../../store/database";
import { onFrontier } from "../../store/frontierQueue";
import type { FrontierGoal } from "../../store/import/frontierMoves";
import { importHistory, type HistoryImported } from "../../store/import/importHistory";
import { readKnown, type Known } from "../../store/import/known";
import { withImportLock } from "../../store/import/lock";
import { openStore } from "../../store/store";
import {
  goalsWithViews,
  importedFrontiers,
  moveFrontiers,
  type FrontierOutcome,
} from "../../store/import/moveFrontiers";
import { recordIds } from "../../store/import/recordIds";
import { CommandFailed } from "../exit";
import { CatFile } from "./catFile";
import type { ContentReader } from "./contentReader";
import { refuseMissingFiles, refuseNamelessRecords } from "./firstLook";
import { nameFrontiers, type NamedFrontier, type RefProblem } from "./frontierNames";
import { GitSource } from "./gitSource";
import { readHistory, type HistoryNode } from "./history";
import { ManyFilesReader } from "./manyFiles";
import { DEFAULT_REFS, readRefs, refMatcher, type Ref, type Refs } from "./refs";
import { openRepository, type Repository } from "./repository";
import { SingleFileReader } from "./singleFile";
import { summarise, type ImportSummary } from "./summary";

export interface GitImport {
  readonly repository: string;
  readonly type: string;
  /** The path of a file with many records, or a glob of files with one record each. */
  readonly content: { readonly file: string; readonly key: string | null } | { readonly files: string };
  /** Patterns as in `refMatcher`; default: branches and tags. */
  readonly refs?: readonly string[];
  /** Stands before the names of all frontiers; default: nothing. */
  readonly prefix?: string;
}

export interface ImportReport {
  /** So many of the new commits are imported. */
  progress(done: number, total: number): void;
  note(message: string): void;
  /** Aborted: stop. */
  readonly signal?: AbortSignal;
}

/**
 * Imports what is new in a repository.
 * @throws GitError, InvalidInput, UsageError, the signal's reason; frontiers have not moved then
 */
export async function importRepository(
  database: Database,
  limits: Limits,
  options: GitImport,
  report: ImportReport,
): Promise<ImportSummary> {
  checkName(options.type, ["type"], limits);
  const repository = await openRepository(options.repository);
  const catFile = new CatFile(repository);
  try {
    const refs = await readRefs(repository, catFile);
    const chosen = refs.refs.filter(isChosen(options));
    const tips = chosen.flatMap((ref) => ref.commit ?? []);
    const nodes = await readHistory(repository, tips);
    return await withImportLock(
      database,
      () => report.note("another import is running on this database; waiting for its end"),
      (held) =>
        new RepositoryImport(database, limits, options, report, repository, catFile, refs, chosen, nodes).run(held),
    );
  } finally {
    await catFile.close();
  }
}

const isChosen = (options: GitImport): ((ref: Ref) => boolean) => {
  const matches = refMatcher(options.refs ?? DEFAULT_REFS);
  return (ref) => matches(ref.name);
};

class RepositoryImport {
  private readonly history: ReadonlyMap<string, HistoryNode>;
  /** What is imported: the same options find the same commits again. */
  private readonly origin: string;

  constructor(
    private readonly database: Database,
    private readonly limits: Limits,
    private readonly options: GitImport,
    private readonly report: ImportReport,
    private readonly repository: Repository,
    private readonly catFile: CatFile,
    private readonly refs: Refs,
    private readonly chosen: readonly Ref[],
    private readonly nodes: readonly HistoryNode[],
  ) {
    this.history = new Map(nodes.map((node) => [node.sha, node]));
    const { content, type } = options;
    const place =
      "file" in content
        ? { file: filePath(content.file), key: content.key, files: null }
        : { file: null, key: null, files: content.files };
    this.origin = canonicalJson({ git: { type, ...place } });
  }

  async run(held: () => boolean): Promise<ImportSummary> {
    const started = process.hrtime.bigint();
    const { pool } = this.database;
    const nodes = this.nodes.map(({ sha, parents, time }) => ({ name: sha, parents, time }));
    const known = await readKnown(pool, this.origin, nodes);
    const named = this.nameFrontiers(this.chosen);
    const withViews = await goalsWithViews(
      pool,
      named.frontiers.map((frontier) => ({ ...frontier, tip: known.places.get(frontier.commit)?.id ?? null })),
    );
    const reader = this.reader();
    // What an earlier import took over, a later one goes on with, whatever has become of it.
    if (known.commits.size === 0 && nodes.length > 0) await this.refuseUnfit(reader);
    const imported = await importHistory(this.database, {
      type: this.options.type,
      source: this.source(reader),
      nodes,
      known,
      origin: this.origin,
      viewsOf: withViews.map((frontier) => frontier.commit),
      limits: this.limits,
      progress: (done, total) => {
        this.report.signal?.throwIfAborted();
        refuseUnheld(held);
        this.report.progress(done, total);
      },
    });
    refuseUnheld(held);
    const outcomes = await this.moveFrontiers(known, named.frontiers, imported);
    return summarise({
      imported,
      total: nodes.length,
      outcomes,
      refs: [...named.problems, ...this.refProblems()],
      stale: await this.staleFrontiers(known),
      shallow: this.repository.shallow,
      milliseconds: Number((process.hrtime.bigint() - started) / 1_000_000n),
    });
  }

  private refProblems(): RefProblem[] {
    const names = this.refs.refs.map((ref) => ref.name);
    const idle = (this.options.refs ?? []).filter((pattern) => !names.some(refMatcher([pattern])));
    return [
      ...idle.map((ref) => ({ ref, what: "there is no ref of this name" })),
      ...this.refs.unreadable.map((ref) => ({ ref, what: "its name is not valid UTF-8" })),
    ];
  }

  private nameFrontiers(refs: readonly Ref[]): ReturnType<typeof nameFrontiers> {
    const { nameLength } = this.limits;
    return nameFrontiers(refs, this.refs.defaultBranch, { prefix: this.options.prefix ?? "", nameLength });
  }

  private async refuseUnfit(reader: ContentReader): Promise<void> {
    const { content } = this.options;
    const refs = [...this.chosen].sort((a, b) => Number(this.isDefault(b)) - Number(this.isDefault(a)));
    const tips = [...new Set(refs.flatMap((ref) => ref.commit ?? []))].map((sha) => this.node(sha));
    await refuseMissingFiles(this.repository, reader, this.nodes, tips);
    if ("file" in content && content.key === null) {
      await refuseNamelessRecords(this.repository, this.catFile, reader, tips);
    }
  }

  private isDefault(ref: Ref): boolean {
    return ref.name === this.refs.defaultBranch;
  }

  private reader(): ContentReader {
    const { content, type } = this.options;
    const identify = recordIds(type);
    return "file" in content
      ? new SingleFileReader(this.repository, this.catFile, filePath(content.file), content.key, identify)
      : new ManyFilesReader(this.repository, this.catFile, content.files, (sha) => this.node(sha).tree, identify);
  }

  private source(reader: ContentReader): GitSource {
    const refsAt = new Map<string, string[]>();
    for (const { name, commit } of this.refs.refs) {
      if (commit !== null) refsAt.set(commit, [...(refsAt.get(commit) ?? []), name]);
    }
    return new GitSource(this.catFile, this.history, reader, refsAt, this.limits);
  }

  private async moveFrontiers(
    known: Known,
    frontiers: readonly NamedFrontier[],
    imported: HistoryImported,
  ): Promise<FrontierOutcome[]> {
    const idOf = (sha: string): CommitId => {
      const place = known.places.get(sha);
      if (!place) throw new Error(`commit ${sha} was not imported`);
      return place.id;
    };
    const goals = frontiers.map<FrontierGoal>((frontier) => ({
      name: frontier.name,
      ref: frontier.ref,
      tip: idOf(frontier.commit),
      fixed: frontier.tag,
      line: frontier.main ? this.firstParents(frontier.commit).map(idOf) : null,
    }));
    if (goals.length === 0) return [];
    const names = goals.map((goal) => goal.name);
    return onFrontier(this.database, names, (sql) =>
      moveFrontiers(openStore(this.database, this.limits), sql, goals, imported.views, known, this.options.type),
    );
  }

  /** The default branch's line: oldest first, the tip last. */
  private firstParents(tip: string): string[] {
    const line: string[] = [];
    for (let sha: string | undefined = tip; sha !== undefined; sha = this.node(sha).parents[0]) line.push(sha);
    return line.reverse();
  }

  /** Frontiers of this import that stand for no ref any more, whether the ref is chosen or not. */
  private async staleFrontiers(known: Known): Promise<string[]> {
    const names = new Set(this.nameFrontiers(this.refs.refs).frontiers.map((frontier) => frontier.name));
    return (await importedFrontiers(this.database.pool, known)).filter((name) => !names.has(name));
  }

  private node(sha: string): HistoryNode {
    const node = this.history.get(sha);
    if (!node) throw new Error(`commit ${sha} is not in the history that was read`);
    return node;
  }
}

function refuseUnheld(held: () => boolean): void {
  if (!held()) throw new CommandFailed("the database connection that kept other imports away was lost: import again");
}

/**
 * The path of a file as git writes it.
 * @throws InvalidInput for a path that leads out of the repository
 */
function filePath(named: string): string {
  const path = posix.normalize(named);
  if (path === "." || path.endsWith("/") || path.startsWith("/") || path.split("/")[0] === "..") {
    throw new InvalidInput(`There is no file ${quoted(named)} below the repository's root.`, ["file"]);
  }
  return path;
}
