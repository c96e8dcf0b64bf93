/**
 * What merging two real branches costs, beside reading the records that they changed.
 *
 *     npm run bench:merge -- [<bundle or repository> [file [key [branch...]]]]
 *
 * The whole history is imported into the embedded PostgreSQL with its durable settings, in a temporary folder. Then each
 * branch is merged into `main` as it was, settling what conflicts, by a server that has just started and by one that has
 * read the graph; `main` is put back after. Beside it, the same records are read: at the branch and at `main` before the
 * merge, and at `main` after it, as a client would that looked at what was merged. Both run in turns; medians are printed.
 * It exits with 1 where merging costs more than ten times the reading before.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir, totalmem, type } from "node:os";
import path from "node:path";
import { importRepository } from "../src/cli/git/importRepository";
import { exclusive } from "../src/core/graph";
import type { RecordId } from "../src/core/ids";
import { DEFAULT_LIMITS } from "../src/core/limits";
import { openDatabase, type Database } from "../src/store/database";
import { startEmbeddedPostgres } from "../src/store/embeddedPostgres";
import { readFrontiers } from "../src/store/frontiers";
import { mergeIntoFrontier } from "../src/store/merge";
import { migrate } from "../src/store/migrate";
import { readMigrationFiles } from "../src/store/migrationFiles";
import { moveFrontier } from "../src/store/moveFrontier";
import { recordsOfCommits } from "../src/store/recordsOfCommits";
import { openStore, type Store } from "../src/store/store";
import { readRecords } from "../src/store/versionHeads";
import { presentOf, type Version } from "../src/store/versions";

const RUNS = 15;
/** Merging to reading, at most. */
const LIMIT = 10;
const BUNDLE = path.resolve("../shared/data/countries.bundle");
const BRANCHES = ["build-refactoring", "update-geojson"];

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function present(store: Store, name: string): Promise<Version> {
  const frontier = (await readFrontiers(store.database.pool, [name])).get(name);
  if (!frontier) throw new Error(`There is no branch ${name}.`);
  return presentOf(store, frontier);
}

const silent = { author: null, message: null };

/** Merges a branch into `main`. */
async function merge(store: Store, from: Version): Promise<void> {
  const options = { createCommit: false, resolution: [], choices: [], strategy: "THEIRS" as const };
  await mergeIntoFrontier(store, {
    frontier: "main",
    from,
    ...silent,
    metadata: undefined,
    ...options,
  });
}

/** A server that has just started, or one that knows the commit graph. */
async function serverOn(database: Database, knows: boolean, versions: readonly Version[]): Promise<Store> {
  const store = openStore(database, DEFAULT_LIMITS);
  if (knows) await store.commits.ensure(versions.flatMap(({ commits }) => commits));
  return store;
}

interface Measured {
  readonly commits: number;
  readonly records: number;
  /** Milliseconds, in every run. */
  readonly before: number[];
  readonly after: number[];
  readonly merging: number[];
}

async function measure(database: Database, branch: string, knows: boolean): Promise<Measured> {
  const first = openStore(database, DEFAULT_LIMITS);
  const [into, from] = [await present(first, "main"), await present(first, branch)];
  const { graph } = first.commits;
  const unseen = exclusive(graph, from.commits, into.commits);
  const records: RecordId[] = await recordsOfCommits(database.pool, unseen);
  const times = { before: [] as number[], after: [] as number[], merging: [] as number[] };
  for (let run = -2; run < RUNS; run++) {
    const reader = await serverOn(database, knows, [into, from]);
    const before = await milliseconds(async () => {
      await readRecords(reader, database.pool, from, records);
      await readRecords(reader, database.pool, await present(reader, "main"), records);
    });
    const merger = await serverOn(database, knows, [into, from]);
    const merging = await milliseconds(() => merge(merger, from));
    const looker = await serverOn(database, knows, [into, from]);
    const after = await milliseconds(async () => {
      await readRecords(looker, database.pool, await present(looker, "main"), records);
    });
    await moveFrontier(merger, { commits: into.commits }, { name: "main", ...silent });
    // The first times around are for the compiler.
    if (run < 0) continue;
    times.before.push(before);
    times.merging.push(merging);
    times.after.push(after);
  }
  return { commits: unseen.length, records: records.length, ...times };
}

async function main([
  repository = BUNDLE,
  file = "countries.json",
  key = "cca3",
  ...branches
]: string[]): Promise<void> {
  if (!existsSync(repository)) {
    console.log(`skipped: there is no ${repository}`);
    return;
  }
  const folder = await mkdtemp(path.join(tmpdir(), "omdb-bench-"));
  // PostgreSQL may run as another user.
  await chmod(folder, 0o711);
  const clone = path.join(folder, "repository.git");
  execFileSync("git", ["clone", "--quiet", "--mirror", repository, clone]);
  const server = await startEmbeddedPostgres({ dataDirectory: folder, user: "bench:merge" });
  try {
    await migrate(server.url, undefined, await readMigrationFiles(path.resolve("prisma/migrations")));
    const database = openDatabase({ url: server.url });
    try {
      await importRepository(
        database,
        DEFAULT_LIMITS,
        { repository: clone, type: "record", content: { file, key }, refs: ["refs/*"] },
        { progress: () => undefined, note: () => undefined },
      );
      await database.pool.query("vacuum analyze");
      console.log(
        `machine   ${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()}, Node ${process.version}`,
      );
      console.log(`load      ${loadavg()[0]?.toFixed(1)} when it began`);
      console.log(
        `\nmedians of ${RUNS} runs, milliseconds; the ratio is that of merging to reading both sides before, limit ${LIMIT}`,
      );
      const titles = ["commits", "records", "read before", "read after", "merge", "ratio"];
      console.log("".padEnd(44) + titles.map((title) => title.padStart(12)).join(""));
      for (const branch of branches.length > 0 ? branches : BRANCHES) {
        for (const knows of [false, true]) {
          const { commits, records, before, after, merging } = await measure(database, branch, knows);
          const ratio = median(merging) / median(before);
          if (ratio > LIMIT) process.exitCode = 1;
          const cells = [median(before), median(after), median(merging), ratio];
          console.log(
            `${branch}, ${knows ? "the graph is known" : "just started"}`.padEnd(44) +
              [String(commits), String(records), ...cells.map((cell) => cell.toFixed(1))]
                .map((cell) => cell.padStart(12))
                .join(""),
          );
        }
      }
    } finally {
      await database.close();
    }
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

void main(process.argv.slice(2));
