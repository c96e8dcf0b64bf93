#!/usr/bin/env node
/** The program `omdb`: one command a file. */
import { Command } from "commander";
import { version } from "../../package.json";
import { endingOf, Interrupted } from "./exit";
import { registerExport } from "./export";
import { registerImportGit } from "./importGit";
import { registerImportJsonl } from "./importJsonl";
import { registerMigrate } from "./migrate";
import { registerServe } from "./serve";

function buildProgram(): Command {
  const program = new Command("omdb")
    .description("Git for an application's records, on PostgreSQL, through GraphQL.")
    .version(version)
    .showHelpAfterError("(see --help)")
    .exitOverride();
  registerServe(program);
  registerMigrate(program);
  const importing = program
    .command("import")
    .summary("bring in records from elsewhere")
    .description("Brings in records from elsewhere, with their history where it has one.");
  registerImportGit(importing);
  registerImportJsonl(importing);
  registerExport(program);
  return program;
}

async function main(): Promise<void> {
  const unheard = endWhenNobodyListens();
  try {
    await buildProgram().parseAsync();
  } catch (error) {
    const { code, message } = endingOf(error);
    if (message !== undefined && !unheard.aborted) process.stderr.write(`omdb: ${message}\n`);
    process.exitCode = code;
    // Work that was cut off may hold the process a while longer.
    if (error instanceof Interrupted) process.exit();
  }
}

/** Whoever reads our output may stop early, as `head` does: that ends the command in the order of a Ctrl-C, without a word. */
function endWhenNobodyListens(): AbortSignal {
  const controller = new AbortController();
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    if (controller.signal.aborted) return;
    controller.abort();
    if (!process.emit("SIGINT")) process.exit();
  });
  return controller.signal;
}

void main();
