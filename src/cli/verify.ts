/** `omdb verify`: whether every derived table is what operations and commits give, and its repair. */
import type { Command } from "commander";
import type { Difference } from "../store/verify/differences";
import { verifyDatabase, type Verified } from "../store/verify/verify";
import {
  addDatabaseOptions,
  addOutputOptions,
  printResult,
  withDatabase,
  type DatabaseOptions,
  type OutputOptions,
} from "./command";
import { CommandFailed } from "./exit";
import { openProgress } from "./progress";

interface VerifyCommandOptions extends DatabaseOptions, OutputOptions {
  readonly repair?: boolean;
}

export function registerVerify(program: Command): void {
  const command = program
    .command("verify")
    .summary("check every derived table, and mend it")
    .description(
      "Recomputes each table that follows from operations, commits and the logs of frontiers, and tells every row that " +
        "differs, by table and key. Others may write meanwhile. Ends with code 1 where differences are left.",
    )
    .option("--repair", "mend what is found");
  addOutputOptions(addDatabaseOptions(command)).action(run);
}

async function run(options: VerifyCommandOptions): Promise<void> {
  const progress = openProgress(options);
  try {
    const verified = await withDatabase({ ...options, user: "omdb verify" }, (database, _limits, signal) =>
      verifyDatabase(database, {
        signal,
        repair: options.repair === true,
        phase: (label) => progress.phase(label),
        waiting: () => progress.note("waiting for an import to end"),
      }),
    );
    progress.close();
    printResult(options, resultOf(verified), linesOf(verified).join("\n"));
    const { left } = verified;
    if (left.total > 0) throw new CommandFailed(`${differences(left.total)} left`);
  } finally {
    progress.close();
  }
}

function resultOf({ commits, records, found, left }: Verified): unknown {
  return {
    ...{ commits, records, found: found.total, left: left.total },
    tables: Object.fromEntries(found.counts),
    differences: found.first,
  };
}

/** Differences that are written out for people; scripts get more of them. */
const SHOWN = 100;

const differences = (count: number) => `${count} difference${count === 1 ? "" : "s"}`;

function linesOf({ commits, records, found, left }: Verified): string[] {
  const shown = found.first.slice(0, SHOWN);
  const mended = found.total - left.total;
  return [
    ...shown.map(lineOf),
    ...(found.total > shown.length ? [`… and ${found.total - shown.length} more (--json lists more of them)`] : []),
    ...[...found.counts].map(([table, count]) => `${table}: ${differences(count)}`),
    `${commits} commits, ${records} records: ${found.total === 0 ? "no differences" : differences(found.total)}` +
      (mended > 0 ? `, ${mended} mended` : ""),
  ];
}

function lineOf({ table, key, stored, expected }: Difference): string {
  return `${table} ${key}: ${stored ?? "not there"}, should be ${expected ?? "not there"}`;
}
