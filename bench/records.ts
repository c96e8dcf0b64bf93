/**
 * The state of one record at a random old commit, and what it takes to keep that cheap.
 *
 *     npm run bench:records -- [--million] [--line] [--writing] [--most <operations>] [--charts <folder>]
 *
 * Beside it, in turns and in the same run: all operations replayed; a snapshot every 100 operations and the rest replayed
 * (bench/records/snapshots.ts); git, Loro, Yjs and Automerge. The states are compared. Histories have up to 10⁵ operations,
 * with --million 10⁶, and at most as many as --most says, so that something can be tried; with --line there are only
 * overwritten fields on a line, with --writing only commits are measured. Everything is the same every time. The database
 * is an embedded PostgreSQL in a temporary folder with its durable settings.
 *
 * The tables and charts go into docs/benchmarks, or where --charts says; with --most, --line or --writing, only there.
 */
import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import type { ProposedOperation } from "../src/core/admission";
import { effectBytes } from "../src/core/cuts";
import { equalJson } from "../src/core/equality";
import type { Json, State } from "../src/core/json";
import { DEFAULT_LIMITS } from "../src/core/limits";
import { applyAll, type Effect } from "../src/core/operation";
import { commitOnFrontier } from "../src/store/commit";
import { CutMemory } from "../src/store/cuts/cutMemory";
import { readPathsFromHeads } from "../src/store/cuts/readPaths";
import { inTransaction, openDatabase, type Database } from "../src/store/database";
import { startEmbeddedPostgres } from "../src/store/embeddedPostgres";
import { migrate } from "../src/store/migrate";
import { readMigrationFiles } from "../src/store/migrationFiles";
import { readRecordVersions } from "../src/store/recordStates";
import { StateCache } from "../src/store/stateCache";
import { openStore, type Store } from "../src/store/store";
import { ensureType } from "../src/store/typeTables";
import type { Antichain } from "../src/core/antichain";
import { seeded } from "../test/support/seeded";
import { shape, type ShapeName } from "../test/support/shapes";
import { naiveState, storeShape, type ShapedRecord } from "../test/support/shapedRecords";
import type { Series } from "./charts";
import { CHARTS, Report } from "./report";
import { automergeRecord } from "./records/automerge";
import { gitRecord } from "./records/git";
import { loroRecord } from "./records/loro";
import type { OldStates } from "./records/oldStates";
import { readByReplay, readBySnapshots, writeSnapshots } from "./records/snapshots";
import { counters, fields, list, newFields, type Workload } from "./records/workloads";
import { yjsRecord } from "./records/yjs";

/** The first reads are for the compiler and the connection. */
const WARMING = 20;
const READS = 1_000;
/** Of each commit, for how far their own times are apart. */
const READS_OF_ONE = 5;
/** Of states of thousands of members, which take as many times as long. */
const READS_OF_WIDE = 200;
/** Of what takes long, and of the reads of which the state is compared with all operations replayed. */
const MOST_OF_SLOW_READS = 15;
/** Lengths up to which everything but overwritten fields and counters on a line is measured. */
const SHAPED_COMMITS = 10_000;
/** The same of ever new fields and lists, whose states grow, where they are not on a line. */
const WIDE_SHAPED_COMMITS = 1_000;
const COMMITS = 1_000;

const { values: options } = parseArgs({
  options: {
    million: { type: "boolean" },
    line: { type: "boolean" },
    writing: { type: "boolean" },
    most: { type: "string" },
    charts: { type: "string" },
  },
});
const most = Number(options.most ?? (options.million ? 1_000_000 : 100_000));
const isWhole = options.most === undefined && !options.line && !options.writing;
const report = new Report("records", options.charts ?? (isWhole ? CHARTS : undefined));

const lengths = (longest: number): number[] =>
  [100, 1_000, 10_000, 100_000, 1_000_000].filter((length) => length <= Math.min(longest, most));

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? NaN;
const median = (values: readonly number[]): number => quantile(values, 0.5);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

async function timed<T>(work: () => Promise<T> | T): Promise<[T, number]> {
  const started = performance.now();
  const result = await work();
  return [result, performance.now() - started];
}

function check(expected: unknown, found: unknown, what: string): void {
  if (!equalJson((expected ?? null) as Json, (found ?? null) as Json)) throw new Error(`${what} gave another state.`);
}

/** What was measured of one history. */
interface Measured {
  readonly workload: Workload;
  readonly shape: ShapeName;
  readonly length: number;
  /** Milliseconds of the median read. */
  readonly state: number;
  readonly p99: number;
  readonly rows: number;
  readonly rowsP99: number;
  /** Bytes read, as a multiple of the state's. */
  readonly bytes: number;
  /** Bytes stored, as a share of the operations'. */
  readonly coalesced: number;
  readonly snapshots: number;
  readonly cuts: number;
}

/** Overwritten fields on a line, by the length of the history. */
const lines = new Map<number, { readonly store: Store } & Pick<ShapedRecord, "record" | "commits">>();

/** What takes long is compared with these reads of omdb's: the machine is not as quick at all times. */
const IN_TURNS = "in turns";

/** Medians in milliseconds, by the length of the history. */
const baselines = new Map<string, Map<number, number>>();

function keepBaseline(name: string, length: number, times: readonly number[]): void {
  if (!baselines.has(name)) baselines.set(name, new Map());
  baselines.get(name)!.set(length, median(times));
}

async function write(
  database: Database,
  workload: Workload,
  name: ShapeName,
  length: number,
): Promise<[ShapedRecord, Effect[]]> {
  const random = seeded(2);
  const made = shape(name, length, seeded(1));
  const effects = made.map((_, place) => workload.effectAt(place, random));
  const shaped = await storeShape(database, made, (place) => [effects[place]!], { chunk: 2_000 });
  return [shaped, effects];
}

/** Ends what PostgreSQL would do about what was written while it is read. */
async function settle(database: Database): Promise<void> {
  await database.pool.query(`vacuum analyze`);
  await database.pool.query(`checkpoint`);
}

/** Reads a record at a commit with nothing cached but the commit graph. */
async function readOurs(store: Store, record: string, commit: number): Promise<State> {
  const cold = { ...store, states: new StateCache() };
  const [found] = await readRecordVersions(cold, [{ record, version: [commit] as unknown as Antichain }]);
  return found!.state;
}

/** The milliseconds that it takes. */
async function timeOurs(store: Store, record: string, commit: number): Promise<number> {
  const [, took] = await timed(() => readOurs(store, record, commit));
  return took;
}

/** On a line, beside the baselines. */
async function measureLine(database: Database, workload: Workload, length: number): Promise<Measured> {
  const [shaped, effects] = await write(database, workload, "line", length);
  const { record, commits } = shaped;
  await writeSnapshots(database, record, effects);
  await settle(database);
  const store = openStore(database, DEFAULT_LIMITS);
  await store.commits.ensure(commits);
  const random = seeded(3);
  const count = workload === newFields || workload === list ? READS_OF_WIDE : READS;
  const places = Array.from({ length: WARMING + count }, () => Math.floor(random() * length));
  const slow = places.slice(WARMING, WARMING + MOST_OF_SLOW_READS);
  const ours: number[] = [];
  const snapshots: number[] = [];
  for (const [round, place] of places.entries()) {
    const [expected, theirs] = await timed(() => readBySnapshots(database, record, place));
    const [found, took] = await timed(() => readOurs(store, record, commits[place]!));
    check(expected, found, "Reading by cuts");
    if (round < WARMING) continue;
    snapshots.push(theirs);
    ours.push(took);
  }
  // Each commit's own time, without what else the machine does in one of the reads.
  const again = places.slice(WARMING).map((place, index) => ({ commit: commits[place]!, reads: [ours[index]!] }));
  for (let round = 1; round < READS_OF_ONE; round++) {
    for (const { commit, reads } of again) reads.push(await timeOurs(store, record, commit));
  }
  const byCommit = again.map(({ reads }) => median(reads));
  // Apart from the others: what takes long leaves caches cold and much to be collected.
  const others = new Map<string, OldStates>([
    ["replay", { stateAt: (place) => readByReplay(database, record, place) }],
  ]);
  if (workload === fields && length <= 100_000) {
    others.set("git cat-file", await gitRecord(effects));
    others.set("Loro", loroRecord(effects));
    others.set("Yjs", yjsRecord(effects, new Set(slow)));
    others.set("Automerge", automergeRecord(effects));
  }
  const times = new Map<string, number[]>([IN_TURNS, ...others.keys()].map((name) => [name, []]));
  for (const place of slow) {
    for (const [index, other] of places.slice(0, 2 * WARMING).entries()) {
      const took = await timeOurs(store, record, commits[other]!);
      // The first ones find caches as the others have left them.
      if (index >= WARMING) times.get(IN_TURNS)!.push(took);
    }
    const expected = await readOurs(store, record, commits[place]!);
    for (const [name, { stateAt }] of others) {
      const [theirs, took] = await timed(() => stateAt(place));
      check(expected, theirs, name);
      times.get(name)!.push(took);
    }
  }
  for (const { close } of others.values()) await close?.();
  const all = [["omdb", ours], ["snapshots", snapshots], ...times] as const;
  if (workload === fields) {
    for (const [name, took] of all) keepBaseline(name, length, took);
    lines.set(length, { store, record, commits });
  }
  const tail = (of: readonly number[]): number => quantile(of, 0.99) / median(of);
  report.row([
    ...[`${workload.name}, ${length}`, median(ours), median(snapshots), median(ours) / median(snapshots)],
    ...[tail(ours), tail(byCommit), tail(snapshots), median(times.get("replay")!)],
  ]);
  const measured = await measureStorage(database, workload, "line", shaped);
  return { ...measured, state: median(ours), p99: quantile(ours, 0.99) };
}

/** How much longer it takes to read of the longest history than of one of 10⁴, each by itself and in turns. */
async function measureFlat(): Promise<void> {
  const [middle, last] = [lines.get(10_000), lines.get(most)];
  if (!middle || !last || middle === last) return;
  const random = seeded(6);
  const times: [number[], number[]] = [[], []];
  for (let round = -WARMING; round < READS; round++) {
    for (const [which, { store, record, commits }] of [middle, last].entries()) {
      const commit = commits[Math.floor(random() * commits.length)]!;
      const took = await timeOurs(store, record, commit);
      if (round >= 0) times[which]!.push(took);
    }
  }
  const apart = baselines.get("omdb")!.get(most)! / baselines.get("omdb")!.get(10_000)!;
  const inTurns = median(times[1]) / median(times[0]);
  report.print(`flat: at ${most} ${apart.toFixed(2)} times that at 10000, in turns ${inTurns.toFixed(2)} (limit 1.50)`);
}

/** Of any shape. */
async function measureShape(
  database: Database,
  workload: Workload,
  name: ShapeName,
  length: number,
): Promise<Measured> {
  const [shaped] = await write(database, workload, name, length);
  const { record, commits } = shaped;
  await settle(database);
  const store = openStore(database, DEFAULT_LIMITS);
  await store.commits.ensure(commits);
  const random = seeded(3);
  const times: number[] = [];
  for (let round = -WARMING; round < READS; round++) {
    const commit = commits[Math.floor(random() * commits.length)]!;
    const [found, took] = await timed(() => readOurs(store, record, commit));
    if (round < MOST_OF_SLOW_READS - WARMING) check(naiveState(shaped, [commit]), found, "Reading by cuts");
    if (round >= 0) times.push(took);
  }
  const read = { state: median(times), p99: quantile(times, 0.99) };
  return { ...(await measureStorage(database, workload, name, shaped)), ...read };
}

async function measureStorage(
  database: Database,
  workload: Workload,
  name: ShapeName,
  { record, commits }: ShapedRecord,
): Promise<Omit<Measured, "state" | "p99">> {
  const random = seeded(4);
  const requests = Array.from({ length: READS }, () => {
    return { record, heads: [commits[Math.floor(random() * commits.length)]!] };
  });
  const paths = await readPathsFromHeads(database.pool, "snapshots_shaped", requests);
  const rows = paths.map((way) => way.rows);
  const bytes = paths.map(({ state, effects, hasSnapshot }) => {
    const read = sum(effects.map((effect) => effectBytes(effect)));
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
  return {
    ...{ workload, shape: name, length: commits.length },
    ...{ rows: median(rows), rowsP99: quantile(rows, 0.99), bytes: median(bytes) },
    ...{ coalesced: share("coalesced"), snapshots: share("snapshots"), cuts: share("cuts") },
  };
}

/** A database of its own on the server, whose commits keep cuts or do not. */
async function openWriter(url: string, name: string, keepsCuts: boolean): Promise<Store> {
  const own = new URL(url);
  own.pathname = `/${name}`;
  const server = openDatabase({ url });
  await server.pool.query(`create database ${name} template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'`);
  await server.close();
  await migrate(own.href, undefined, await readMigrationFiles(path.resolve("prisma/migrations")));
  const database = openDatabase({ url: own.href });
  await inTransaction(database, (sql) => ensureType(sql, "shaped"));
  return openStore(database, DEFAULT_LIMITS, { keepsCuts });
}

/**
 * Commits on main, one after the other, to one record: the same ones to three databases in turns. One keeps the cuts of
 * records, with coalesced operations and snapshots, one none; the third keeps them, too, and remembers nothing of them from
 * commit to commit, as if each were another process's.
 */
async function measureWriting(url: string): Promise<void> {
  const writers = [
    { store: await openWriter(url, "with_cuts", true), times: [] as number[] },
    { store: await openWriter(url, "without_cuts", false), times: [] as number[] },
    { store: await openWriter(url, "forgetful", true), times: [] as number[] },
  ] as const;
  const record = randomUUID();
  const random = seeded(5);
  for (let place = 0; place < Math.min(COMMITS, most); place++) {
    const { path: at, operation, parameters } = fields.effectAt(place, random);
    const proposal: ProposedOperation = {
      ...{ kind: "operation", record, path: at, operation, parameters, predicates: [], at: ["operations", 0] },
      ...(place === 0 ? { type: "shaped" } : {}),
    };
    const commit = { frontier: "main", author: null, message: null, metadata: undefined, proposals: [proposal] };
    // Neither is always the first.
    for (const writer of place % 2 === 0 ? writers : [...writers].reverse()) {
      const { store, times } = writer;
      // As is done by and by in a database that has lived for a minute; plans of statements are made anew.
      if (place === 100) await store.database.pool.query(`vacuum analyze`);
      const [, took] = await timed(() =>
        commitOnFrontier(writer === writers[2] ? { ...store, cuts: new CutMemory() } : store, commit),
      );
      times.push(took);
    }
  }
  for (const { store } of writers) await store.database.close();
  const [kept, none, forgetful] = writers.map(({ times }) => times);
  // Windows that grow with the record's history, as work that comes with every second, fourth, … commit does.
  report.print("\nA commit on main to a record of so many operations, with cuts and without, in ms");
  report.row(["", "median", "without", "ratio", "mean", "without", "ratio"]);
  const mean = (times: readonly number[]): number => sum(times) / times.length;
  const points: (readonly [number, number, number])[] = [];
  const compare = (name: string, ...window: [number, number]): [number, number] => {
    const [all, without] = [kept!.slice(...window), none!.slice(...window)];
    const [medians, means] = [[median(all), median(without)] as const, [mean(all), mean(without)] as const];
    report.row([name, ...medians, medians[0] / medians[1], ...means, means[0] / means[1]]);
    return [...means];
  };
  for (let end = 100; end <= kept!.length; end *= 10) {
    // The first ones are for the compiler and the connection.
    const start = Math.max(20, end / 10);
    points.push([end, ...compare(`${start} to ${end}`, start, end)]);
  }
  const [withCuts, without] = compare("all", 20, kept!.length);
  report.print(`A commit that keeps cuts takes ${(withCuts / without).toFixed(2)} times as long (mean; limit 1.30),`);
  const times = mean(forgetful!.slice(20)) / without;
  report.print(`by a process that knows nothing of the record ${times.toFixed(2)} times.`);
  report.chart("writing", {
    ...{ title: "A commit on main", x: "operations of the record before it", y: "milliseconds (mean)" },
    series: [
      { name: "omdb", points: points.map(([end, all]) => [end, all]) },
      { name: "without keeping cuts", dashed: true, points: points.map(([end, , none]) => [end, none]) },
    ],
  });
}

function printBaselines(): void {
  const names = [...baselines.keys()];
  const all = [...baselines.get("omdb")!.keys()];
  report.print("\nBaselines: state at a random old commit of a line, overwritten fields, medians in ms");
  report.row(["", ...names]);
  for (const length of all) report.row([String(length), ...names.map((name) => baselines.get(name)!.get(length))]);
  report.print("omdb's to theirs; to those that take long, as read in turns with them");
  for (const length of all) {
    const of = (name: string): number | undefined => baselines.get(name)!.get(length);
    const ratio = (name: string): number | undefined => {
      const [ours, theirs] = [of(name === "omdb" || name === "snapshots" ? "omdb" : IN_TURNS), of(name)];
      return ours && theirs && ours / theirs;
    };
    report.row([String(length), ...names.map(ratio)]);
  }
  report.chart("baselines", {
    title: "State at a random old commit: overwritten fields, on a line",
    ...{ x: "operations", y: "milliseconds (median)" },
    series: names
      .filter((name) => name !== IN_TURNS)
      .map((name) => ({
        name: name === "snapshots" ? "a snapshot every 100 operations and replay" : name,
        points: [...baselines.get(name)!],
      })),
  });
}

const SHAPES = {
  line: "line",
  writers2: "2 overlapping writers",
  writers8: "8 overlapping writers",
  fan: "fan off a trunk",
  branches: "8 long branches",
  exchange: "2 branches, merging",
  ladder: "criss-crosses",
} satisfies Partial<Record<ShapeName, string>>;

function chartHistories(measured: readonly Measured[]): void {
  const workloads = [fields, counters, newFields, list];
  const lines = (of: keyof Measured): Series[] =>
    workloads.map((workload) => ({
      name: workload.name,
      points: measured
        .filter((one) => one.workload === workload && one.shape === "line")
        .map((one) => [one.length, one[of] as number]),
    }));
  const shapes = (of: keyof Measured, workload: Workload): Series[] =>
    Object.entries(SHAPES).map(([name, shown]) => ({
      name: shown,
      points: measured
        .filter((one) => one.workload === workload && one.shape === name)
        .map((one) => [one.length, one[of] as number]),
    }));
  const x = "operations";
  const limit = (name: string, of: (length: number) => number): Series => ({
    ...{ name, dashed: true },
    points: [...new Set(measured.map(({ shape, length }) => (shape === "line" ? length : 100)))]
      .sort((a, b) => a - b)
      .map((length) => [length, of(length)]),
  });
  const time = "milliseconds (median)";
  const title = "State at a random old commit";
  report.chart("workloads", { title: `${title}, on a line`, x, y: time, series: lines("state") });
  report.chart("shapes", { title: `${title}: overwritten fields`, x, y: time, series: shapes("state", fields) });
  report.chart("rows", {
    ...{ title: "Rows read for a state: overwritten fields", x, y: "rows (median)" },
    series: [...shapes("rows", fields), limit("4·log₂ n, the limit", (length) => 4 * Math.log2(length))],
  });
  report.chart("bytes", {
    ...{ title: "Bytes read for a state, on a line", x, y: "bytes read / bytes of the state (median)" },
    series: lines("bytes"),
  });
  const stored = (of: "coalesced" | "snapshots", what: string): void =>
    report.chart(of, {
      ...{ title: `Bytes of ${what}`, x, y: "share of the bytes of the operations", scale: "linear" },
      series: [
        ...shapes(of, fields).map((series) => ({ ...series, name: `${fields.name}, ${series.name}` })),
        ...lines(of).slice(1),
        limit("limit", () => 1),
      ],
    });
  stored("coalesced", "coalesced operations");
  stored("snapshots", "snapshots");
}

async function measure(database: Database, url: string): Promise<void> {
  report.print("\nState at a random old commit of a line, medians in ms");
  report.row(["", "omdb", "snap/100", "ratio", "p99/med.", "by commit", "snap/100's", "replay"]);
  const measured: Measured[] = [];
  const others = [
    [counters, 100_000],
    [newFields, SHAPED_COMMITS],
    [list, SHAPED_COMMITS],
  ] as const;
  for (const [workload, longest] of [[fields, most] as const, ...(options.line ? [] : others)]) {
    for (const length of lengths(longest)) measured.push(await measureLine(database, workload, length));
  }
  await measureFlat();
  printBaselines();
  for (const name of Object.keys(SHAPES) as (keyof typeof SHAPES)[]) {
    if (name === "line" || options.line) continue;
    const workloads = [
      [fields, SHAPED_COMMITS],
      [counters, SHAPED_COMMITS],
      [newFields, WIDE_SHAPED_COMMITS],
      [list, WIDE_SHAPED_COMMITS],
    ] as const;
    for (const [workload, longest] of workloads) {
      for (const length of lengths(longest)) measured.push(await measureShape(database, workload, name, length));
    }
  }
  report.print(
    "\nRows and bytes read (bytes as a multiple of the state's), bytes stored as a share of the operations', and ms of a read",
  );
  report.row(["", "rows", "p99", "4·log₂ n", "bytes", "coalesced", "snapshots", "cuts", "state", "p99/med."]);
  for (const one of measured) {
    report.row([
      ...[`${one.workload.name}, ${one.shape}, ${one.length}`, one.rows, one.rowsP99, 4 * Math.log2(one.length)],
      ...[one.bytes, one.coalesced, one.snapshots, one.cuts, one.state, one.p99 / one.state],
    ]);
  }
  chartHistories(measured);
  if (!options.line) await measureWriting(url);
}

async function main(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "omdb-bench-"));
  await chmod(folder, 0o755);
  const server = await startEmbeddedPostgres({ dataDirectory: path.join(folder, "db"), user: "bench:records" });
  try {
    await migrate(server.url, undefined, await readMigrationFiles(path.resolve("prisma/migrations")));
    const database = openDatabase({ url: server.url });
    try {
      await (options.writing ? measureWriting(server.url) : measure(database, server.url));
      await report.write();
    } finally {
      await database.close();
    }
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

void main();
