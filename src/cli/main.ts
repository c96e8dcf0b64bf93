#!/usr/bin/env node
/** The program `omdb`: one command a file. */
import { Command } from "commander";
import { version } from "../../package.json";
import { endingOf, EXIT, Interrupted } from "./exit";
import { registerExport } from "./export";
import { registerImportGit } from "./importGit";
import { registerImportJsonl } from "./importJsonl";
import { registerMigrate } from "./migrate";
import { registerServe } from "./serve";
import { registerVerify } from "./verify";

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
  registerVerify(program);
  return program;
}

async function main(): Promise<void> {
  const output = endWhenOutputFails();
  try {
    await buildProgram().parseAsync();
  } catch (error) {
    const { code, message } = endingOf(error);
    process.exitCode = code;
    if (output.error === undefined) tell(message);
    else tellOutputFailure(output.error);
    // Work that was cut off may hold the process a while longer.
    if (error instanceof Interrupted) process.exit();
    return;
  }
  if (output.error !== undefined) tellOutputFailure(output.error);
}

/** Output that cannot be written ends the command in the order of a Ctrl-C. */
function endWhenOutputFails(): { readonly error?: NodeJS.ErrnoException } {
  const output: { error?: NodeJS.ErrnoException } = {};
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (output.error !== undefined) return;
    output.error = error;
    if (process.emit("SIGINT")) return;
    tellOutputFailure(error);
    process.exit();
  });
  return output;
}

/** Whoever reads our output may stop early, as `head` does: no word of that. */
function tellOutputFailure(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") return;
  process.exitCode = EXIT.failure;
  tell(`the output cannot be written: ${error.message}`);
}

function tell(message: string | undefined): void {
  if (message !== undefined) process.stderr.write(`omdb: ${message}\n`);
}

void main();
