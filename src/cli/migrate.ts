/** `omdb migrate`: brings a database to this program's schema, and says what that took. */
import type { Command } from "commander";
import {
  addDatabaseOptions,
  addOutputOptions,
  printResult,
  withDatabase,
  type DatabaseOptions,
  type OutputOptions,
} from "./command";

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
  const applied = await withDatabase({ ...options, user: "omdb migrate" }, (_database, _limits, _signal, names) =>
    Promise.resolve(names),
  );
  const count = applied.length;
  const text = count === 0 ? "nothing to do" : `${count} migration${count === 1 ? "" : "s"} applied`;
  printResult(options, { applied }, text);
}
