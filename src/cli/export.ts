/** `omdb export`: the records of a type at a version, one state a line. */
import { once } from "node:events";
import type { Writable } from "node:stream";
import type { Command } from "commander";
import { NotFound } from "../core/errors";
import type { Limits } from "../core/limits";
import { quoted } from "../core/quote";
import type { Database } from "../store/database";
import { readFrontiers } from "../store/frontiers";
import { countRecords, readRecordPages, type RecordKey, type RecordSelection } from "../store/recordPages";
import { scanRecordPages } from "../store/recordScan";
import type { RecordVersion } from "../store/recordStates";
import { openStore } from "../store/store";
import { readTypes } from "../store/typeTables";
import { resolveVersion, type VersionName } from "../store/versions";
import { addDatabaseOptions, withDatabase, type DatabaseOptions } from "./command";
import { openProgress } from "./progress";
import { parseVersionName, VERSION_SYNTAX } from "./versionName";

interface ExportOptions extends DatabaseOptions {
  readonly type: string;
  readonly at: string;
  readonly ids?: boolean;
  readonly quiet?: boolean;
}

export function registerExport(program: Command): void {
  const command = program
    .command("export")
    .summary("write the records of a type, one state a line")
    .description(
      "Writes the state of each record of a type at a version to stdout, one JSON object a line, by uuid. What it writes, " +
        "`omdb import jsonl --key` reads.",
    )
    .requiredOption("--type <name>", "type of the records")
    .option("--at <version>", VERSION_SYNTAX, "main")
    .option("--ids", 'write {"record": uuid, "state": …} for each record');
  addDatabaseOptions(command).option("--quiet", "print no progress").action(run);
}

async function run(options: ExportOptions): Promise<void> {
  const version = parseVersionName(options.at);
  // On a terminal that shows the states themselves a bar would stand among them.
  const progress = openProgress({ quiet: options.quiet === true || process.stdout.isTTY });
  try {
    await withDatabase({ ...options, user: "omdb export" }, async (database, limits, signal) => {
      const told = progress.phase("records");
      for await (const versions of readStates(database, limits, options.type, version, told)) {
        signal.throwIfAborted();
        let text = "";
        for (const { record, state } of versions) {
          text += `${JSON.stringify(options.ids ? { record, state } : state)}\n`;
          // All of a page may be more than a string can hold.
          if (text.length < CHUNK) continue;
          if (!(await write(process.stdout, text))) return;
          text = "";
        }
        if (!(await write(process.stdout, text))) return;
      }
    });
  } finally {
    progress.close();
  }
}

/** Writes, and waits until whoever reads has room for more. Resolves to false when nobody reads any more. */
async function write(stream: Writable, text: string): Promise<boolean> {
  if (stream.destroyed) return false;
  if (stream.write(text)) return true;
  return once(stream, "drain").then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") return false;
      throw error;
    },
  );
}

/** Characters that are written at a time, or one line. */
const CHUNK = 65_536;

/** Records that are read at a time. */
const PAGE = 500;

/**
 * The records of a type that exist at a version, by uuid, in pages. All belong to one state of the database.
 * @param told how many have been taken, and of how many where that is known: at a frontier, and in the end
 * @throws NotFound, InvalidInput, LimitExceeded
 */
export async function* readStates(
  database: Database,
  limits: Limits,
  typeName: string,
  name: VersionName,
  told: (done: number, total?: number) => void = () => undefined,
): AsyncGenerator<RecordVersion[]> {
  const store = openStore(database, limits);
  const sql = await database.pool.connect();
  try {
    await sql.query("begin isolation level repeatable read read only");
    const type = (await readTypes(sql, [typeName])).get(typeName);
    if (!type) throw new NotFound(`There is no record type ${quoted(typeName)}.`, ["type"]);
    const readFrontier = async (frontier: string) => (await readFrontiers(sql, [frontier])).get(frontier);
    const version = await resolveVersion(store, name, ["at"], readFrontier);
    const selection: RecordSelection = { type, where: null, orderBy: [] };
    const [total] = version.rows ? await countRecords(sql, selection, [version.rows]) : [];
    let done = 0;
    for (let after: RecordKey | undefined; ;) {
      const window = { limit: PAGE, backward: false, ...(after && { after }) };
      const [page = []] = version.rows
        ? await readRecordPages(sql, selection, window, [version.rows])
        : await scanRecordPages(store, selection, window, [version.commits]);
      if (page.length > 0) yield page;
      done += page.length;
      const last = page.at(-1);
      if (page.length < PAGE || !last) break;
      told(done, total);
      after = { values: [], record: last.record };
    }
    told(done, done);
    await sql.query("commit");
  } finally {
    // What reading began, an early end leaves open.
    await sql.query("rollback").catch(() => undefined);
    sql.release();
  }
}
