/** Loading a commit graph from PostgreSQL, beside the bare SELECT of its rows. */
import path from "node:path";
import { CommitGraphCache } from "../../src/store/commitGraphCache";
import { openDatabase, type Database } from "../../src/store/database";
import { startEmbeddedPostgres } from "../../src/store/embeddedPostgres";
import { migrate } from "../../src/store/migrate";
import { readMigrationFiles } from "../../src/store/migrationFiles";
import { parentsOf, sizeOf, type GraphRows } from "./rows";

const RUNS = 5;
const WRITTEN_AT_ONCE = 50_000;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

export async function measureLoading(
  folder: string,
  graph: GraphRows,
): Promise<{ select: number; load: number; bytes: number }> {
  const server = await startEmbeddedPostgres({
    dataDirectory: folder,
    user: "bench:graph",
    settings: { fsync: "off" },
  });
  try {
    await migrate(server.url, undefined, await readMigrationFiles(path.resolve("prisma/migrations")));
    const database = openDatabase({ url: server.url });
    try {
      await write(database, graph);
      const times = { select: [] as number[], load: [] as number[] };
      let bytes = 0;
      for (let run = 0; run < RUNS; run++) {
        times.select.push(await seconds(() => select(database)));
        const before = held();
        const cache = new CommitGraphCache(database);
        times.load.push(await seconds(() => cache.ensure([sizeOf(graph)])));
        if (cache.graph.size !== sizeOf(graph)) throw new Error(`The load gave ${cache.graph.size} commits.`);
        cache.graph.nodes.trunks();
        bytes = (held() - before) / sizeOf(graph);
      }
      return { select: median(times.select), load: median(times.load), bytes };
    } finally {
      await database.close();
    }
  } finally {
    await server.stop();
  }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

function held(): number {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** As rows come out of the driver, and nothing else done with them. */
async function select(database: Database): Promise<void> {
  await database.pool.query("select id, logical_time from omdb.commits");
  await database.pool.query("select child, parent from omdb.commit_to_commit");
}

async function write(database: Database, graph: GraphRows): Promise<void> {
  for (let start = 0; start < sizeOf(graph); start += WRITTEN_AT_ONCE) {
    const commits = Array.from(
      { length: Math.min(WRITTEN_AT_ONCE, sizeOf(graph) - start) },
      (_, index) => start + index,
    );
    const edges = commits.flatMap((commit) =>
      Array.from(parentsOf(graph, commit), (parent) => ({ parent: parent + 1, child: commit + 1 })),
    );
    await database.pool.query(
      `with made as (insert into omdb.commits (id, logical_time)
         select * from unnest($1::bigint[], $2::bigint[]) returning id)
       insert into omdb.commit_to_commit (parent, child) select * from unnest($3::bigint[], $4::bigint[])`,
      [
        commits.map((commit) => commit + 1),
        commits.map((commit) => graph.generations[commit]),
        edges.map((edge) => edge.parent),
        edges.map((edge) => edge.child),
      ],
    );
  }
  await database.pool.query("vacuum analyze omdb.commits, omdb.commit_to_commit");
}
