/** `omdb migrate`: brings a database to this program's schema, and says what that took. */
import type { Command } from "commander";
import { readConfiguration } from "../server/configuration";
import { addDatabaseOptions, addOutputOptions, printResult, type DatabaseOptions, type OutputOptions } from "./command";
import { openProgress } from "./progress";
import { openConfiguredDatabase } from "./openDatabase";

export function registerMigrate(program: Command): void {
  const command = program
    .command("migrate")
    .summary("bring the database to this program's schema")
    .description(
      "Applies the migrations that the database lacks. Every command that opens a database does this by itself; " +
        "this one is for doing it at a time of your choice.",
    );
  addOutputOptions(addDatabaseOptions(command)).action(run);
}

async function run(options: DatabaseOptions & OutputOptions): Promise<void> {
  const { note } = openProgress(options);
  const opened = await openConfiguredDatabase(readConfiguration(options), { user: "omdb migrate", note });
  await opened.close();
  const count = opened.applied.length;
  const text = count === 0 ? "nothing to do" : `${count} migration${count === 1 ? "" : "s"} applied`;
  printResult(options, { applied: opened.applied }, text);
}
