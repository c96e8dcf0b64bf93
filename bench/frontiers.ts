/**
 * Frontiers that inherit: making them, reading them, and what they cost the frontier that they inherit from, beside plain
 * ways in the same run.
 *
 *     npm run bench:frontiers -- [--records <number>] [--heirs <number>]
 *
 * Everything goes through an embedded PostgreSQL in a temporary folder, without fsync, so that what is measured is the
 * work and not the disk. What is compared is run in turns.
 */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir, totalmem, type } from "node:os";
import path from "node:path";
import { startEmbeddedPostgres } from "../src/store/embeddedPostgres";
import { readMigrationFiles } from "../src/store/migrationFiles";
import { readRecordPages, type RecordSelection } from "../src/store/recordPages";
import { levelsOf, validAt, type RowsAt } from "../src/store/rowsAt";
import { change, inherit, openSubject, rowsAt, type Subject } from "./frontiers/setup";

const DEPTHS = [0, 1, 4, 8];
/** Records that are changed on each level of a chain, and on main while it grows. */
const CHANGED = 1_000;
const PAGES = 60;
const CREATIONS = 60;
const COMMITS = 400;

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? NaN;
const median = (values: readonly number[]): number => quantile(values, 0.5);

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function printRow(cells: readonly (string | number)[]): void {
  const text = cells.map((cell, index) => {
    const shown = typeof cell === "string" ? cell : cell.toFixed(cell < 10 ? 2 : 1);
    return index === 0 ? shown.padEnd(46) : shown.padStart(12);
  });
  console.log(text.join(""));
}

/** Numbers spread over all records, others for each round. */
const spread = (records: number, count: number, round: number): number[] =>
  Array.from({ length: count }, (_, index) => 1 + ((index * Math.floor(records / count) + round * 7) % records));

/** Making a frontier of main with many records, of one with few, and copying the rows of the many. */
async function measureCreation(many: Subject, few: Subject): Promise<void> {
  const times = { many: [] as number[], few: [] as number[], copy: [] as number[] };
  for (let run = 0; run < CREATIONS; run++) {
    times.many.push(await milliseconds(() => inherit(many, `made/${run}`, "main")));
    times.few.push(await milliseconds(() => inherit(few, `made/${run}`, "main")));
  }
  for (let run = 0; run < 3; run++) {
    await many.database.pool.query(`insert into omdb.frontiers (id) values ('copy') on conflict do nothing`);
    times.copy.push(
      await milliseconds(() =>
        many.database.pool.query(
          `insert into omdb."latest_item" (frontier, record, from_sequence, heads, state)
           select 'copy', record, 1, heads, state from omdb."latest_item" where frontier = 'main' and to_sequence is null`,
        ),
      ),
    );
    await many.database.pool.query(`delete from omdb."latest_item" where frontier = 'copy'`);
  }
  await many.database.pool.query(`vacuum analyze omdb."latest_item"`);
  console.log(`\nmaking a frontier of main`);
  printRow(["milliseconds, medians", "median", "p99", "ratio"]);
  const base = median(times.few);
  printRow([`${few.records} records`, base, quantile(times.few, 0.99), 1]);
  printRow([`${many.records} records`, median(times.many), quantile(times.many, 0.99), median(times.many) / base]);
  printRow([`copying ${many.records} rows instead`, median(times.copy), "", median(times.copy) / base]);
}

/** A chain of frontiers with changes on each, and on main between. */
async function growChain(subject: Subject): Promise<RowsAt[]> {
  let from = "main";
  const places: RowsAt[] = [];
  for (let depth = 1; depth <= Math.max(...DEPTHS); depth++) {
    const name = `chain/${depth}`;
    await inherit(subject, name, from);
    await change(subject, name, spread(subject.records, CHANGED, depth), depth * 10_000);
    await change(subject, "main", spread(subject.records, CHANGED, 50 + depth), depth * 20_000);
    from = name;
  }
  await subject.database.pool.query(`vacuum analyze`);
  for (const depth of DEPTHS) {
    const at = await rowsAt(subject, depth === 0 ? "main" : `chain/${depth}`);
    if (at.bases.length !== depth) throw new Error(`A frontier has ${at.bases.length} bases, not ${depth}.`);
    places.push(at);
  }
  return places;
}

/** What a reader without bounded branches does: the rows of all levels, the nearest of each record, then the order. */
async function readNaively(subject: Subject, at: RowsAt, order: string): Promise<void> {
  const branches = levelsOf(at).map(
    ({ frontier, sequence }, level) =>
      `select record, heads, state, ${level} as level from omdb."latest_item" l
       where frontier = '${frontier}' and ${validAt(String(sequence), "l")}`,
  );
  await subject.database.pool.query(
    `select * from (select distinct on (record) * from (${branches.join(" union all ")}) u order by record, level) r
     where state is not null order by ${order} limit 50`,
  );
}

async function measurePages(subject: Subject): Promise<void> {
  const places = await growChain(subject);
  const lists: [string, Omit<RecordSelection, "type">, string][] = [
    ["by uuid", { where: null, orderBy: [] }, "record"],
    [
      "by a declared index",
      { where: null, orderBy: [{ path: ["rank"], descending: false }] },
      "state -> 'rank', record",
    ],
    ["where equals, by uuid", { where: { equals: { path: ["group"], value: 7 } }, orderBy: [] }, ""],
  ];
  const window = { limit: 51, backward: false };
  const { pool } = subject.database;
  for (const [name, selection, order] of lists) {
    const times = places.map(() => [] as number[]);
    for (let run = -5; run < PAGES; run++) {
      for (const [index, at] of places.entries()) {
        const taken = await milliseconds(() =>
          readRecordPages(pool, { ...selection, type: subject.type }, window, [at]),
        );
        if (run >= 0) times[index]!.push(taken);
      }
    }
    console.log(`\nfirst 50 of ${subject.records}, ${name}`);
    printRow(["milliseconds", "median", "p99", "ratio", "all rows"]);
    for (const [index, depth] of DEPTHS.entries()) {
      const own = times[index]!;
      const naive = order === "" ? "" : await milliseconds(() => readNaively(subject, places[index]!, order));
      printRow([`depth ${depth}`, median(own), quantile(own, 0.99), median(own) / median(times[0]!), naive]);
    }
  }
}

/** Commits on main, in turns on a database without heirs and on one with many. */
async function measureCommits(without: Subject, withHeirs: Subject, heirs: number): Promise<void> {
  const rounds = 100;
  const hot = 20;
  for (let round = 0; round < rounds; round++) {
    for (let index = 0; index < heirs / rounds; index++) await inherit(withHeirs, `heir/${round}/${index}`, "main");
    for (const subject of [without, withHeirs]) {
      await change(
        subject,
        "main",
        Array.from({ length: hot }, (_, index) => index + 1),
        round,
      );
    }
  }
  for (const { database } of [without, withHeirs]) {
    // Long ago, so that commits look for rows that nobody needs any more.
    await database.pool.query(`update omdb.frontier_log set written_at = written_at - interval '1 hour'`);
    await database.pool.query(`vacuum analyze`);
  }
  console.log(`\ncommits on main, in turns; ${heirs} heirs at ${rounds} sequences`);
  printRow(["milliseconds", "no heirs", `${heirs}`, "ratio"]);
  const cases: [string, (run: number) => number[]][] = [
    ["one record, any", (run) => [1 + ((run * 7919) % without.records)]],
    ["one record, with a row for each sequence", (run) => [1 + (run % hot)]],
    ["twenty records, with a row for each sequence", () => Array.from({ length: hot }, (_, index) => index + 1)],
  ];
  for (const [name, numbers] of cases) {
    const times = [without, withHeirs].map(() => [] as number[]);
    for (let run = -20; run < COMMITS; run++) {
      const order = [0, 1].map((place) => (place + run + 20) % 2);
      for (const place of order) {
        const subject = [without, withHeirs][place]!;
        const taken = await milliseconds(() => change(subject, "main", numbers(run + 20), run));
        if (run >= 0) times[place]!.push(taken);
      }
    }
    const [a, b] = times as [number[], number[]];
    printRow([`${name}, median`, median(a), median(b), median(b) / median(a)]);
    printRow([`${name}, p99`, quantile(a, 0.99), quantile(b, 0.99), quantile(b, 0.99) / quantile(a, 0.99)]);
  }
}

async function main(args: readonly string[]): Promise<void> {
  const option = (name: string, usual: number) => Number(args[args.indexOf(name) + 1 || -1] ?? usual);
  const records = option("--records", 300_000);
  const heirs = option("--heirs", 10_000);
  console.log(
    `machine   ${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()}, Node ${process.version}`,
  );
  console.log(`load      ${loadavg()[0]?.toFixed(1)} when it began`);
  const folder = await mkdtemp(path.join(tmpdir(), "omdb-bench-"));
  try {
    // PostgreSQL may run as another user.
    await chmod(folder, 0o711);
    const settings = { fsync: "off", shared_buffers: "256MB" };
    const server = await startEmbeddedPostgres({ dataDirectory: folder, user: "bench:frontiers", settings });
    const subjects: Subject[] = [];
    try {
      const migrations = await readMigrationFiles(path.resolve("prisma/migrations"));
      const open = async (name: string, size: number): Promise<Subject> => {
        const subject = await openSubject(server.url, name, size, migrations);
        subjects.push(subject);
        return subject;
      };
      const many = await open("many", records);
      await measureCreation(many, await open("few", 100));
      await measurePages(many);
      await measureCommits(await open("without", 10_000), await open("heirs", 10_000), heirs);
    } finally {
      for (const { database } of subjects) await database.close();
      await server.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

void main(process.argv.slice(2));
