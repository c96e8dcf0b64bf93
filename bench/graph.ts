/**
 * The commit graph, beside walks over plain arrays in the same run: questions, memory, loading.
 *
 *     npm run bench:graph -- [--repository <git repository>]... [--no-database] [--most <commits>] [--charts <folder>]
 *
 * The graphs are made up, the same every time, one as large as that of git itself and others of 10³ to 10⁶ commits, or at
 * most as many as --most says, so that something can be tried; a repository's own graph is measured as well when one is
 * given. The questions go to both in turns, the graph's answers are checked against the walks'. Loading goes through an
 * embedded PostgreSQL in a temporary folder.
 *
 * The tables and charts go into docs/benchmarks, or where --charts says; with --most or --no-database, only there.
 */
import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { commonAncestors } from "../src/core/antichain";
import { isAncestor, MemoryCommitGraph } from "../src/core/graph";
import type { Series } from "./charts";
import { Walks } from "./graph/baselines";
import { measureLoading } from "./graph/loading";
import { graphOf, mergesOf, parentsOf, sizeOf, type GraphRows } from "./graph/rows";
import { ladder, LIKE_GIT, line, synthetic } from "./graph/synthetic";
import { CHARTS, Report } from "./report";
import { seeded } from "../test/support/seeded";

const ANCESTRY_PAIRS = 20_000;
const MERGE_BASE_PAIRS = 2_000;
const LADDER_RUNGS = 10_000;
const LOADED_COMMITS = 1_000_000;

const { values: options } = parseArgs({
  options: {
    repository: { type: "string", multiple: true, default: [] },
    "no-database": { type: "boolean", default: false },
    most: { type: "string", default: String(LOADED_COMMITS) },
    charts: { type: "string" },
  },
});
const most = Number(options.most);
const whole = most >= LOADED_COMMITS && !options["no-database"];
const report = new Report("graph", options.charts ?? (whole ? CHARTS : undefined));

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? NaN;

/** The history of a repository, in the order in which its commits were made. */
function repositoryGraph(repository: string): GraphRows {
  const args = ["-C", repository, "rev-list", "--all", "--date-order", "--reverse", "--parents"];
  const lines = execFileSync("git", args, { maxBuffer: 2 ** 31 })
    .toString("latin1")
    .trim()
    .split("\n");
  const positions = new Map<string, number>();
  const rows = lines.map((text, position) => {
    const [name = "", ...parents] = text.split(" ");
    positions.set(name, position);
    return parents.flatMap((parent) => positions.get(parent) ?? []);
  });
  return graphOf(path.basename(path.resolve(repository)), rows);
}

/** Ids are positions + 1. */
function memoryGraph(rows: GraphRows): MemoryCommitGraph {
  const graph = new MemoryCommitGraph();
  for (let commit = 0; commit < sizeOf(rows); commit++) {
    graph.add(
      commit + 1,
      rows.generations[commit]!,
      Array.from(parentsOf(rows, commit), (parent) => parent + 1),
    );
  }
  return graph;
}

/** Bytes that the process holds, after what nobody needs is gone. */
async function bytesHeld(): Promise<number> {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (!collect) throw new Error("Memory is measured with node --expose-gc.");
  // Typed arrays that are gone are given back a moment later.
  for (let round = 0; round < 3; round++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

type Question = (a: number, b: number) => unknown;

/** Asks both each pair, in turns; microseconds. */
function compare(pairs: readonly (readonly [number, number])[], walk: Question, ours: Question) {
  const times = { walk: [] as number[], ours: [] as number[] };
  const timed = (question: Question, [a, b]: readonly [number, number]): [unknown, number] => {
    const started = performance.now();
    const answer = question(a, b);
    return [answer, (performance.now() - started) * 1000];
  };
  // The first time around is for the compiler.
  for (const measured of [false, true]) {
    for (const pair of measured ? pairs : pairs.slice(0, 500)) {
      const [expected, walkTime] = timed(walk, pair);
      const [answer, ourTime] = timed(ours, pair);
      if (String(expected) !== String(answer))
        throw new Error(`The pair ${String(pair)} has ${String(expected)}, not ${String(answer)}.`);
      if (!measured) continue;
      times.walk.push(walkTime);
      times.ours.push(ourTime);
    }
  }
  return times;
}

interface Compared {
  readonly size: number;
  readonly walk: number[];
  readonly ours: number[];
}

const STATISTICS = {
  mean,
  median: (values: readonly number[]) => quantile(values, 0.5),
  p99: (values: readonly number[]) => quantile(values, 0.99),
};

function printComparison(name: string, { walk, ours }: Compared): void {
  for (const [of, statistic] of Object.entries(STATISTICS)) {
    report.row([`${name}, ${of}`, statistic(walk), statistic(ours), statistic(ours) / statistic(walk)]);
  }
}

function chartComparisons(name: string, compared: readonly Compared[]): void {
  const series = (shown: string, whose: "walk" | "ours", of: "mean" | "p99"): Series => ({
    name: `${shown}, ${of}`,
    points: compared.map((one) => [one.size, STATISTICS[of](one[whose])]),
    dashed: of === "p99",
  });
  report.chart(name, {
    ...{ title: `${name} of random pairs, made-up graphs`, x: "commits", y: "microseconds" },
    series: [
      ...[series("graph", "ours", "mean"), series("graph", "ours", "p99")],
      ...[series("walk in memory", "walk", "mean"), series("walk in memory", "walk", "p99")],
    ],
  });
}

async function measureQuestions(rows: GraphRows): Promise<{ isAncestor: Compared; mergeBases: Compared }> {
  const size = sizeOf(rows);
  const before = await bytesHeld();
  const graph = memoryGraph(rows);
  isAncestor(graph, 1, size);
  const bytes = ((await bytesHeld()) - before) / size;
  report.print(`\n${rows.name}: ${size} commits, ${mergesOf(rows)} merges, ${bytes.toFixed(1)} bytes a commit`);
  const walks = new Walks(rows);
  const random = seeded(1);
  const pairs = Array.from({ length: ANCESTRY_PAIRS }, () => {
    return [Math.floor(random() * size), Math.floor(random() * size)] as const;
  });
  report.row(["microseconds", "walk", "graph", "ratio"]);
  const compared = {
    isAncestor: {
      size,
      ...compare(
        pairs,
        (a, b) => walks.isAncestor(a, b),
        (a, b) => isAncestor(graph, a + 1, b + 1),
      ),
    },
    mergeBases: {
      size,
      ...compare(
        pairs.slice(0, MERGE_BASE_PAIRS),
        (a, b) => walks.mergeBases(a, b),
        (a, b) => commonAncestors(graph, [[a + 1], [b + 1]]).map((commit) => commit - 1),
      ),
    },
  };
  printComparison("isAncestor", compared.isAncestor);
  printComparison("mergeBases", compared.mergeBases);
  return compared;
}

/** A ladder of criss-crosses beside a line of as many commits. */
function measureLadder(): void {
  const shapes = [line(2 * LADDER_RUNGS), ladder(LADDER_RUNGS)].map((rows) => {
    const graph = memoryGraph(rows);
    const random = seeded(2);
    const size = sizeOf(rows);
    const ids = Array.from({ length: 5_000 }, () => [1 + Math.floor(random() * size), 1 + Math.floor(random() * size)]);
    const per = (question: (a: number, b: number) => unknown): number => {
      for (const [a, b] of ids) question(a!, b!);
      const started = performance.now();
      for (const [a, b] of ids) question(a!, b!);
      return ((performance.now() - started) * 1000) / ids.length;
    };
    return {
      isAncestor: per((a, b) => isAncestor(graph, a, b)),
      mergeBases: per((a, b) => commonAncestors(graph, [[a], [b]])),
    };
  });
  report.print(`\n${LADDER_RUNGS} criss-cross merges, one above the other`);
  report.row(["microseconds", "line", "ladder", "ratio"]);
  for (const question of ["isAncestor", "mergeBases"] as const) {
    const [straight, crossed] = [shapes[0]![question], shapes[1]![question]];
    report.row([`${question}, mean`, straight, crossed, crossed / straight]);
  }
}

async function measureDatabase(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "omdb-bench-"));
  try {
    // PostgreSQL may run as another user.
    await chmod(folder, 0o711);
    const rows = synthetic({ commits: LOADED_COMMITS, merges: 277_000, topics: 24, seed: 5 });
    const { select, load, bytes } = await measureLoading(folder, rows);
    report.print(`\nloading ${LOADED_COMMITS} commits from PostgreSQL, medians; ${bytes.toFixed(1)} bytes a commit`);
    report.row(["seconds", "SELECT", "load", "ratio"]);
    report.row(["commits and edges", select, load, load / select]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Made-up graphs of several sizes, with as many merges for their size as that of git, which comes first. */
async function measureSizes(): Promise<void> {
  const compared = [];
  for (const commits of [LIKE_GIT.commits, 1_000, 10_000, 100_000, 1_000_000]) {
    if (commits > most) continue;
    const merges = Math.round((commits * LIKE_GIT.merges) / LIKE_GIT.commits);
    compared.push(await measureQuestions(synthetic({ ...LIKE_GIT, commits, merges })));
  }
  compared.sort((a, b) => a.isAncestor.size - b.isAncestor.size);
  chartComparisons(
    "isAncestor",
    compared.map(({ isAncestor }) => isAncestor),
  );
  chartComparisons(
    "mergeBases",
    compared.map(({ mergeBases }) => mergeBases),
  );
}

async function main(): Promise<void> {
  await measureSizes();
  for (const repository of options.repository) await measureQuestions(repositoryGraph(repository));
  measureLadder();
  if (!options["no-database"]) await measureDatabase();
  await report.write();
}

void main();
