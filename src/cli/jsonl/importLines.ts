/** Lines of JSON as commits on a frontier. */
import { v7 } from "uuid";
import { LimitExceeded, NotFound } from "../../core/errors";
import type { Limits } from "../../core/limits";
import { quoted } from "../../core/quote";
import { checkName, checkString } from "../../core/value";
import { inTransaction, type Database } from "../../store/database";
import { readFrontiers, refuseLocked } from "../../store/frontiers";
import { bringToStates, type BadLine, type StatesTarget, type WantedState } from "../../store/import/importStates";
import { recordIdOf } from "../../store/import/recordIds";
import { openStore } from "../../store/store";
import { ensureType } from "../../store/typeTables";
import { readLines } from "./lines";
import { readState } from "./states";

export interface LinesImport extends StatesTarget {
  /** The member that names a record; default: each line makes one. */
  readonly key?: string;
}

export interface LinesImported {
  /** Blank ones not counted. */
  readonly lines: number;
  /** Records by what happened to them, a record for each line that names it. */
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly commits: number;
  readonly operations: number;
  /** Lines that were not imported. */
  readonly badLines: number;
  /** The first of them, with the reasons. */
  readonly bad: readonly BadLine[];
}

/** Bad lines that are kept for the summary. */
const LISTED = 10_000;

/** A batch is committed when its lines have so many bytes. */
const BATCH_BYTES = 16 * 1024 * 1024;

/**
 * Imports lines. What is committed stays when a later line, or the stream, fails.
 * @param progress told how many bytes have been read; what it throws ends the import
 * @throws InvalidInput, LimitExceeded, NotFound, Locked
 */
export async function importLines(
  database: Database,
  limits: Limits,
  stream: AsyncIterable<Buffer>,
  options: LinesImport,
  progress: (bytes: number) => void,
): Promise<LinesImported> {
  await checkTarget(database, options, limits);
  const store = openStore(database, limits);
  const total = { lines: 0, created: 0, changed: 0, unchanged: 0, commits: 0, operations: 0, badLines: 0 };
  const bad: BadLine[] = [];
  const report = (lines: readonly BadLine[]): void => {
    total.badLines += lines.length;
    bad.push(...lines.slice(0, LISTED - bad.length));
  };
  const commit = async (batch: readonly WantedState[]): Promise<void> => {
    if (batch.length === 0) return;
    await inTransaction(database, (sql) => ensureType(sql, options.type));
    const brought = await bringToStates(store, options, batch);
    for (const name of COUNTS) total[name] += brought[name];
    report(brought.bad);
  };
  let batch: WantedState[] = [];
  let batchBytes = 0;
  // In the longest way of writing it, a character of one byte takes six.
  for await (const { number, bytes, end } of readLines(stream, 6 * limits.stateBytes)) {
    progress(end);
    const read = readState(bytes, options.key ?? null, limits);
    if (read === null) continue;
    total.lines += 1;
    if ("wrong" in read) {
      report([{ line: number, what: read.wrong }]);
      continue;
    }
    const record = read.key === null ? v7() : recordIdOf(options.type, read.key);
    batch.push({ line: number, record, state: read.state });
    batchBytes += bytes?.length ?? 0;
    if (batch.length < limits.operationsPerCommit && batchBytes < BATCH_BYTES) continue;
    await commit(batch);
    batch = [];
    batchBytes = 0;
  }
  await commit(batch);
  return { ...total, bad: bad.sort((a, b) => a.line - b.line) };
}

const COUNTS = ["created", "changed", "unchanged", "commits", "operations"] as const;

async function checkTarget(database: Database, target: LinesImport, limits: Limits): Promise<void> {
  const { author, message } = target;
  checkName(target.type, ["type"], limits);
  if (author !== null) checkName(author, ["author"], limits);
  if (message !== null && checkString(message, ["message"]).length > limits.messageLength) {
    const problem = `A message has at most ${limits.messageLength} characters.`;
    throw new LimitExceeded(problem, ["message"], "messageLength", limits.messageLength);
  }
  const frontier = (await readFrontiers(database.pool, [target.frontier])).get(target.frontier);
  if (!frontier || frontier.deleted) {
    throw new NotFound(`There is no frontier ${quoted(target.frontier)}.`, ["frontier"]);
  }
  refuseLocked(frontier);
}
