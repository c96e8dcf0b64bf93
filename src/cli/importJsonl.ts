/** `omdb import jsonl`: one state a line, as commits on a frontier. */
import { open } from "node:fs/promises";
import { basename } from "node:path";
import type { Command } from "commander";
import {
  addDatabaseOptions,
  addOutputOptions,
  printResult,
  withDatabase,
  type DatabaseOptions,
  type OutputOptions,
} from "./command";
import { CommandFailed } from "./exit";
import { importLines, type LinesImported } from "./jsonl/importLines";
import { openProgress } from "./progress";

interface ImportJsonlOptions extends DatabaseOptions, OutputOptions {
  readonly type: string;
  readonly key?: string;
  readonly frontier: string;
  readonly author?: string;
  readonly message?: string;
}

/** @param parent the command `import` */
export function registerImportJsonl(parent: Command): void {
  const command = parent
    .command("jsonl")
    .argument("<file>", "a file with one JSON object a line; - for standard input")
    .summary("import states, one a line")
    .description(
      "Creates a record for each line or, with --key, brings the record that the key names to the state in the line. Lines " +
        "that cannot be taken are reported, the others imported; then the command ends with code 1.",
    )
    .requiredOption("--type <name>", "type of the records; made if there is none of the name")
    .option("--key <member>", "the member that names a record")
    .option("--frontier <name>", "where to commit", "main")
    .option("--author <text>", "author of the commits")
    .option("--message <text>", "message of the commits (default: the name of the file)");
  addOutputOptions(addDatabaseOptions(command)).action(run);
}

async function run(file: string, options: ImportJsonlOptions): Promise<void> {
  const input = await openInput(file);
  const message = options.message ?? `import of ${input.name}`;
  const progress = openProgress(options);
  try {
    const phase = progress.phase("bytes");
    const summary = await withDatabase({ ...options, user: "omdb import jsonl" }, (database, limits, signal) =>
      importLines(database, limits, input.read(), { ...options, author: options.author ?? null, message }, (bytes) => {
        signal.throwIfAborted();
        phase(bytes, input.size ?? undefined);
      }),
    );
    progress.close();
    printResult(options, summary, summaryLines(summary).join("\n"));
    const { badLines, lines } = summary;
    if (badLines > 0) throw new CommandFailed(`${badLines} of ${lines} lines could not be imported`);
  } finally {
    progress.close();
    await input.close();
  }
}

interface Input {
  readonly name: string;
  /** In bytes; null where nobody knows. */
  readonly size: number | null;
  read(): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

/** Opens a file before anything else is done; what is no file at all ends the command here. */
async function openInput(file: string): Promise<Input> {
  if (file === "-") {
    return { name: "standard input", size: null, read: () => process.stdin, close: () => Promise.resolve() };
  }
  const handle = await open(file);
  const stats = await handle.stat();
  return {
    name: basename(file),
    size: stats.isFile() ? stats.size : null,
    read: () => handle.createReadStream({ autoClose: false }),
    close: () => handle.close(),
  };
}

/** Bad lines that are written out for people; scripts get more of them. */
const SHOWN = 100;

function summaryLines(summary: LinesImported): string[] {
  const { lines, created, changed, unchanged, commits, operations, badLines, bad } = summary;
  const shown = bad.slice(0, SHOWN);
  return [
    `lines       ${lines}`,
    `records     ${created} created, ${changed} changed, ${unchanged} unchanged`,
    `commits     ${commits}, with ${operations} operations`,
    ...(badLines > 0 ? [`bad lines   ${badLines}`] : []),
    ...shown.map(({ line, what }) => `  ${line}: ${what}`),
    ...(badLines > shown.length ? [`  … and ${badLines - shown.length} more (--json lists them)`] : []),
  ];
}
