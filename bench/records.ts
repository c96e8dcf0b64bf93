/**
 * The state of one record at a random old commit, and what it takes to keep that cheap.
 *
 *     npm run bench:records -- [--million]
 *
 * Beside it, in turns and in the same run: all operations replayed; a snapshot every 100 operations and the rest
 * replayed (bench/records/snapshots.ts); Loro. The record's states are compared. Everything is the same every time. The
 * database is an embedded PostgreSQL in a temporary folder with its durable settings.
 */
import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir, totalmem, type } from "node:os";
import path from "node:path";
import { effectBytes } from "../src/core/cuts";
import { equalJson } from "../src/core/equality";
import type { Json, State } from "../src/core/json";
import { DEFAULT_LIMITS } from "../src/core/limits";
import { applyAll, type Effect } from "../src/core/operation";
import { commitOnFrontier } from "../src/store/commit";
import { readPathsFromHeads } from "../src/store/cuts/readPaths";
import { openDatabase, type Database } from "../src/store/database";
import { startEmbeddedPostgres } from "../src/store/embeddedPostgres";
import { migrate } from "../src/store/migrate";
import { readMigrationFiles } from "../src/store/migrationFiles";
import { readRecordVersions } from "../src/store/recordStates";
import { StateCache } from "../src/store/stateCache";
import { openStore, type Store } from "../src/store/store";
import type { Antichain } from "../src/core/antichain";
import { seeded } from "../test/support/seeded";
import { shape, type Shape, type ShapeName } from "../test/support/shapes";
import { storeShape, type ShapedRecord } from "../test/support/shapedRecords";
import { loroRecord } from "./records/loro";
import { readByReplay, readBySnapshots, writeSnapshots } from "./records/snapshots";
import { counters, fields, list, newFields, type Workload } from "./records/workloads";

const READS = 300;
const MOST_OF_SLOW_READS = 15;
const SHAPED_COMMITS = 10_000;
const COMMITS = 400;
const million = process.argv.includes("--million");

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? NaN;
const median = (values: readonly number[]): number => quantile(values, 0.5);

function printRow(cells: readonly (string | number)[], first = 34): void {
  const text = cells.map((cell, index) => {
    const shown = typeof cell === "string" ? cell : cell.toFixed(cell < 10 ? 2 : cell < 100 ? 1 : 0);
    return index === 0 ? shown.padEnd(first) : shown.padStart(11);
  });
  console.log(text.join(""));
}

async function timed<T>(work: () => Promise<T> | T): Promise<[T, number]> {
  const started = performance.now();
  const result = await work();
  return [result, performance.now() - started];
}

const lineOf = (size: number): Shape => shape("line", size, seeded(1));

async function write(database: Database, workload: Workload, made: Shape): Promise<[ShapedRecord, Effect[]]> {
  const random = seeded(2);
  const effects = made.map((_, place) => workload.effectAt(place, random));
  const shaped = await storeShape(database, made, (place) => [effects[place]!], { chunk: 2_000 });
  await database.pool.query(`vacuum analyze`);
  return [shaped, effects];
}

/** Reads a record at a commit with nothing cached but the commit graph. */
async function readOurs(store: Store, record: string, commit: number): Promise<State> {
  const cold = { ...store, states: new StateCache() };
  const [found] = await readRecordVersions(cold, [{ record, version: [commit] as unknown as Antichain }]);
  return found!.state;
}

function check(expected: unknown, found: unknown, what: string): void {
  if (!equalJson((expected ?? null) as Json, (found ?? null) as Json)) throw new Error(`${what} gave another state.`);
}

async function measureReading(database: Database, workload: Workload, size: number): Promise<number> {
  const [shaped, effects] = await write(database, workload, lineOf(size));
  const { record, commits } = shaped;
  await writeSnapshots(database, record, effects);
  const store = openStore(database, DEFAULT_LIMITS);
  await store.commits.ensure(commits);
  const loro = workload === fields && size <= 100_000 ? loroRecord(effects) : undefined;
  const random = seeded(3);
  const times = { ours: [] as number[], snapshots: [] as number[], replay: [] as number[], loro: [] as number[] };
  for (let round = -20; round < READS; round++) {
    const place = Math.floor(random() * size);
    const [expected, snapshots] = await timed(() => readBySnapshots(database, record, place));
    const [found, ours] = await timed(() => readOurs(store, record, commits[place]!));
    check(expected, found, "Reading by cuts");
    if (round < 0) continue;
    times.snapshots.push(snapshots);
    times.ours.push(ours);
    if (round >= MOST_OF_SLOW_READS) continue;
    times.replay.push((await timed(() => readByReplay(database, record, place)))[1]);
    if (!loro) continue;
    const [theirs, took] = await timed(() => loro.stateAt(place));
    check(expected, theirs, "Loro");
    times.loro.push(took);
  }
  const ours = median(times.ours);
  printRow([
    `${workload.name}, ${size}`,
    ours,
    median(times.snapshots),
    ours / median(times.snapshots),
    quantile(times.ours, 0.99) / ours,
    median(times.replay),
    ...(loro ? [median(times.loro), ours / median(times.loro)] : []),
  ]);
  return ours;
}

async function measureStorage(database: Database, workload: Workload, name: ShapeName, size: number): Promise<void> {
  const [{ record, commits }] = await write(database, workload, shape(name, size, seeded(1)));
  const random = seeded(4);
  const requests = Array.from({ length: READS }, () => {
    return { record, heads: [commits[Math.floor(random() * commits.length)]!] };
  });
  const paths = await readPathsFromHeads(database.pool, "snapshots_shaped", requests);
  const rows = paths.map((way) => way.rows);
  const bytes = paths.map(({ state, effects, hasSnapshot }) => {
    const read = effects.reduce((sum, effect) => sum + effectBytes(effect), 0);
    const held = JSON.stringify(applyAll(state, effects) ?? null).length;
    return (read + (hasSnapshot ? JSON.stringify(state ?? null).length : 0)) / Math.max(1, held);
  });
  const stored = await database.pool.query<{ what: string; bytes: number }>(
    `select case when operation = 'coalesced' then 'coalesced' else 'operations' end as what, sum(pg_column_size(o.*))::bigint as bytes
     from omdb.operations o where record = $1 group by 1
     union all select 'snapshots', coalesce(sum(pg_column_size(s.*)), 0)::bigint from omdb.snapshots_shaped s where record = $1
     union all select 'cuts', coalesce(sum(pg_column_size(c.*)), 0)::bigint from omdb.record_cuts c where record = $1`,
    [record],
  );
  const of = (what: string): number => stored.rows.find((row) => row.what === what)?.bytes ?? 0;
  const share = (what: string): number => of(what) / of("operations");
  printRow([
    `${workload.name}, ${name}`,
    median(rows),
    quantile(rows, 0.99),
    4 * Math.log2(size),
    median(bytes),
    share("coalesced"),
    share("snapshots"),
    share("cuts"),
  ]);
}

/** Commits on main; the share of the time that the statements for cuts take. */
async function measureWriting(database: Database): Promise<void> {
  const kept = { cuts: 0 };
  const { transactions } = database;
  transactions.on("connect", (client) => {
    const query = client.query.bind(client) as (...all: unknown[]) => Promise<unknown>;
    client.query = (async (...all: unknown[]) => {
      const text = typeof all[0] === "string" ? all[0] : (all[0] as { text: string }).text;
      const started = performance.now();
      const result = await query(...all);
      if (
        /record_cuts|record_commits|snapshot|coalesced|nextval\(pg_get_serial_sequence\(\$1, 'id'\)\).*cuts/.test(text)
      )
        kept.cuts += performance.now() - started;
      return result;
    }) as typeof client.query;
  });
  const store = openStore(database, DEFAULT_LIMITS);
  const record = randomUUID();
  const random = seeded(5);
  const shares: number[] = [];
  const times: number[] = [];
  for (let place = 0; place < COMMITS; place++) {
    const { path: at, operation, parameters } = fields.effectAt(place, random);
    const type = place === 0 ? { type: "shaped" } : {};
    const proposal = { record, path: at, operation, parameters, predicates: [], at: ["operations", 0], ...type };
    kept.cuts = 0;
    const [, took] = await timed(() =>
      commitOnFrontier(store, {
        ...{ frontier: "main", author: null, message: null, metadata: undefined },
        proposals: [proposal as never],
      }),
    );
    if (place < 20) continue;
    times.push(took);
    shares.push(kept.cuts);
  }
  const total = times.reduce((sum, time) => sum + time, 0);
  const cuts = shares.reduce((sum, time) => sum + time, 0);
  console.log(
    `\nA commit on main, ${times.length} of them: median ${median(times).toFixed(2)} ms; with the statements for cuts ` +
      `${(total / (total - cuts)).toFixed(2)} times without them (limit 1.30).`,
  );
}

async function main(): Promise<void> {
  console.log(
    `${type()} ${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ` +
      `load ${loadavg()[0]?.toFixed(1)}\n`,
  );
  const folder = await mkdtemp(path.join(tmpdir(), "omdb-bench-"));
  await chmod(folder, 0o755);
  const server = await startEmbeddedPostgres({ dataDirectory: path.join(folder, "db"), user: "bench:records" });
  try {
    await migrate(server.url, undefined, await readMigrationFiles(path.resolve("prisma/migrations")));
    const database = openDatabase({ url: server.url });
    try {
      console.log("State at a random old commit of a line, medians in ms");
      printRow(["", "omdb", "snap/100", "ratio", "p99/med.", "replay", "Loro", "ratio"]);
      const flat = new Map<number, number>();
      for (const size of [100, 1_000, 10_000, 100_000, ...(million ? [1_000_000] : [])]) {
        flat.set(size, await measureReading(database, fields, size));
      }
      const largest = million ? 1_000_000 : 100_000;
      console.log(
        `flat: at ${largest} ${(flat.get(largest)! / flat.get(10_000)!).toFixed(2)} times that at 10000 (limit 1.50)`,
      );
      for (const workload of [counters, newFields, list]) await measureReading(database, workload, 10_000);

      console.log(`\nRows and bytes read (bytes as a share of the state), bytes stored as a share of the operations'`);
      printRow(["", "rows", "p99", "4·log₂ n", "bytes", "coalesced", "snapshots", "cuts"]);
      for (const name of ["line", "writers2", "writers8", "fan", "branches", "exchange", "ladder"] as const) {
        for (const workload of [fields, counters]) await measureStorage(database, workload, name, SHAPED_COMMITS);
      }
      for (const workload of [newFields, list]) await measureStorage(database, workload, "line", SHAPED_COMMITS);
      await measureWriting(database);
    } finally {
      await database.close();
    }
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

void main();
