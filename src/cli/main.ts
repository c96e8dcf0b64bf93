#!/usr/bin/env node
/** The program `omdb`: one command a file. */
import { Command } from "commander";
import { version } from "../../package.json";
import { endingOf, Interrupted } from "./exit";
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
  return program;
}

async function main(): Promise<void> {
  // Whoever reads our output may stop early, as `head` does.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
  try {
    await buildProgram().parseAsync();
  } catch (error) {
    const { code, message } = endingOf(error);
    if (message !== undefined) process.stderr.write(`omdb: ${message}\n`);
    process.exitCode = code;
    // Work that was cut off may hold the process a while longer.
    if (error instanceof Interrupted) process.exit();
  }
}

void main();
