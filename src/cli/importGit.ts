/** `omdb import git`: the history of JSON files in a git repository as records, commits and frontiers. */
import type { Command } from "commander";
import {
  addDatabaseOptions,
  addOutputOptions,
  printResult,
  withDatabase,
  type DatabaseOptions,
  type OutputOptions,
} from "./command";
import { UsageError } from "./exit";
import { importRepository, type GitImport } from "./git/importRepository";
import { summaryLines } from "./git/summary";
import { openProgress } from "./progress";

interface ImportGitOptions extends DatabaseOptions, OutputOptions {
  readonly type: string;
  readonly file?: string;
  readonly key?: string;
  readonly files?: string;
  readonly refs?: readonly string[];
  readonly prefix?: string;
}

/** @param parent the command `import` */
export function registerImportGit(parent: Command): void {
  const command = parent
    .command("git")
    .argument("<repository>", "a clone or a bare repository on this machine")
    .summary("import the git history of JSON files")
    .description(
      "Makes one commit for each git commit, a frontier for each branch and a locked one for each tag; the default " +
        "branch is also main. Run again, it imports what is new. What cannot be taken over is reported and left as it was.",
    )
    .requiredOption("--type <name>", "type of the records")
    .option("--file <path>", "a file that holds many records: a list of objects, or an object of objects")
    .option("--key <member>", "with --file: the member that names a record (default: its name in the object)")
    .option("--files <glob>", "files that hold one record each, named by its path, e.g. 'data/**/*.json'")
    .option("--refs <pattern>", "refs to import, e.g. 'refs/*'; may be repeated (default: branches and tags)", collect)
    .option("--prefix <text>", "put this before the names of all frontiers, and leave main alone");
  addOutputOptions(addDatabaseOptions(command)).action(run);
}

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

async function run(repository: string, options: ImportGitOptions): Promise<void> {
  const content = contentOf(options);
  const { type, refs, prefix } = options;
  const progress = openProgress(options);
  try {
    const summary = await withDatabase({ ...options, user: "omdb import git" }, (database, limits, signal) =>
      importRepository(
        database,
        limits,
        { repository, type, content, refs, prefix },
        { progress: progress.phase("commits"), note: (message) => progress.note(message), signal },
      ),
    );
    progress.close();
    printResult(options, summary, summaryLines(summary).join("\n"));
  } finally {
    progress.close();
  }
}

function contentOf({ file, files, key }: ImportGitOptions): GitImport["content"] {
  if (file !== undefined && files !== undefined) throw new UsageError("--file and --files exclude each other");
  if (file !== undefined) return { file, key: key ?? null };
  if (files === undefined) throw new UsageError("either --file or --files must say where the records are");
  if (key !== undefined)
    throw new UsageError("--key goes with --file: with --files the path of a file names its record");
  return { files };
}
