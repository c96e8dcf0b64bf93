/** Importing a git repository again: what is new comes in, what somebody else did stays. */
import { execFileSync } from "node:child_process";
import pg from "pg";
import { importRepository } from "../../src/cli/git/importRepository";
import { DEFAULT_LIMITS } from "../../src/core/limits";
import { inTransaction, type Database } from "../../src/store/database";
import { appendChange } from "../../src/store/frontierLog";
import { lockFrontierRow } from "../../src/store/frontiers";
import { withImportLock } from "../../src/store/import/lock";
import { recordIdOf } from "../../src/store/import/recordIds";
import { reserveCommitIds } from "../../src/store/bulkCommits";
import { writeCommit } from "../../src/store/writeCommit";
import { testDatabase } from "../support/database";
import { NaiveHistory } from "../support/naiveStates";
import { TestRepository } from "../support/gitRepository";
import {
  everything,
  frontierLog,
  frontiers,
  importedCommits,
  ImportedStates,
  importGit,
  TYPE,
} from "../support/imported";

const repositories: TestRepository[] = [];
afterAll(() => repositories.forEach((made) => made.delete()));

const list = (...records: unknown[]) => ({ "c.json": records });
const fr = { id: "FRA", area: 1 };
const de = { id: "DEU", area: 1 };
const it = { id: "ITA", area: 1 };

/** Three commits in a line on master. */
function line(): TestRepository {
  const repo = new TestRepository()
    .commit({ name: "a", files: list(fr) })
    .commit({ name: "b", parents: ["a"], files: list(fr, de) })
    .commit({ name: "c", parents: ["b"], files: list({ ...fr, area: 2 }, de) })
    .branch("master", "c");
  repositories.push(repo);
  return repo;
}

async function importedLine(): Promise<{
  repo: TestRepository;
  database: Database;
  run: () => ReturnType<typeof importGit>;
}> {
  const repo = line();
  const database = await testDatabase();
  const run = () => importGit(database, { repository: repo.path });
  await run();
  return { repo, database, run };
}

const members = async (database: Database, name: string) => (await frontiers(database)).get(name)?.members;

interface Row {
  readonly key: string;
  readonly from: number;
  readonly to: number | null;
  readonly state: { area: number } | null;
}
async function latestRows({ pool }: Database): Promise<Row[]> {
  const { rows } = await pool.query<Omit<Row, "key"> & { record: string }>(
    `select record, from_sequence as "from", to_sequence as "to", state from omdb.latest_country
     where frontier = 'main' order by from_sequence`,
  );
  const keys = new Map(["FRA", "DEU", "ITA"].map((key) => [recordIdOf(TYPE, key), key]));
  return rows
    .map(({ record, ...row }) => ({ key: keys.get(record) ?? record, ...row }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.from - b.from));
}

/** A commit on a frontier by somebody else. */
async function commitByHand(database: Database, frontier: string, metadata: object = {}): Promise<number> {
  return inTransaction(database, async (sql) => {
    const row = await lockFrontierRow(sql, frontier, []);
    const record = recordIdOf(TYPE, "FRA");
    const [commit = 0] = await reserveCommitIds(sql, 1);
    await writeCommit(sql, {
      id: commit,
      parents: row.members,
      author: "somebody",
      message: "by hand",
      metadata: JSON.parse(JSON.stringify(metadata)) as never,
      created: [],
      operations: [{ record, predicates: [], path: ["area"], operation: "put", parameters: { value: 99 } }],
      recordParents: new Map([[record, row.members]]),
    });
    await appendChange(sql, row, { cause: "COMMIT", members: [commit], author: null, message: null });
    return commit;
  });
}

async function moveByHand(database: Database, frontier: string, sha: string): Promise<void> {
  const commit = (await importedCommits(database)).get(sha)?.id ?? 0;
  await inTransaction(database, async (sql) => {
    const row = await lockFrontierRow(sql, frontier, []);
    await appendChange(sql, row, { cause: "MOVE", members: [commit], author: null, message: null });
  });
}

test("without anything new it changes nothing at all", async () => {
  const { repo, database, run } = await importedLine();
  repo.tag("v1", "b");
  await run();
  const before = await everything(database);
  expect(await run()).toMatchObject({
    commits: 0,
    known: 3,
    records: 0,
    operations: 0,
    frontiers: { made: 0, moved: 0, unchanged: 3 },
    problems: [],
    notes: [],
  });
  expect(await everything(database)).toEqual(before);
});

test("a new tag on what is there makes a frontier and nothing else", async () => {
  const { repo, database, run } = await importedLine();
  const before = await importedCommits(database);
  repo.tag("v1", "b");
  expect(await run()).toMatchObject({ commits: 0, frontiers: { made: 1, moved: 0, unchanged: 2 } });
  expect(await importedCommits(database)).toEqual(before);
  expect((await frontiers(database)).get("v1")).toMatchObject({ members: [repo.sha("b")], locked: true });
});

test("new commits build on those that are there", async () => {
  const { repo, database, run } = await importedLine();
  repo
    .commit({ name: "side", parents: ["b"], files: list(fr, { ...de, area: 7 }) })
    .commit({ name: "d", parents: ["c"], files: list({ ...fr, area: 3 }, de) })
    .commit({ name: "merge", parents: ["d", "side"], files: list({ ...fr, area: 3 }, { ...de, area: 7 }, it) })
    .branch("master", "merge")
    .branch("side", "side");
  expect(await run()).toMatchObject({ commits: 3, merges: 1, known: 3, records: 1, operations: 3, problems: [] });
  const commits = await importedCommits(database);
  expect(commits.get(repo.sha("merge"))).toMatchObject({
    logicalTime: 4,
    parents: [repo.sha("side"), repo.sha("d")].sort((a, b) => (commits.get(a)?.id ?? 0) - (commits.get(b)?.id ?? 0)),
    operations: ["create []"],
  });
  const states = await ImportedStates.read(database);
  expect(states.at(repo.sha("merge"), "FRA", "DEU", "ITA").get("DEU")).toEqual({ ...de, area: 7 });
  expect(await members(database, "side")).toEqual([repo.sha("side")]);
  const log = await frontierLog(database, "main");
  expect(log.map((row) => row.message)).toEqual(["commit a", "commit b", "commit c", "commit d", "commit merge"]);
  expect(log.slice(3).map((row) => row.left)).toEqual(log.slice(2, 4).map((row) => row.members));
  expect(await frontierLog(database, "master")).toHaveLength(2);
  expect(await latestRows(database)).toEqual([
    { key: "DEU", from: 3, to: 5, state: de },
    { key: "DEU", from: 5, to: null, state: { ...de, area: 7 } },
    { key: "FRA", from: 3, to: 5, state: { ...fr, area: 2 } },
    { key: "FRA", from: 5, to: null, state: { ...fr, area: 3 } },
    { key: "ITA", from: 5, to: null, state: it },
  ]);
});

test("a branch that was forced elsewhere takes its frontier along", async () => {
  const { repo, database, run } = await importedLine();
  repo
    .commit({ name: "x", parents: ["a"], files: list(fr, it) })
    .commit({ name: "y", parents: ["x"], files: list(it) });
  repo.branch("master", "y");
  const what = "the ref was moved in git to another line of history, and the frontier with it";
  expect(await run()).toMatchObject({
    commits: 2,
    problems: [],
    notes: ["main", "master"].map((frontier) => ({ ref: "refs/heads/master", frontier, what })),
  });
  const log = await frontierLog(database, "main");
  expect(log.map((row) => row.message)).toEqual(["commit a", "commit b", "commit c", "commit x", "commit y"]);
  expect(await members(database, "main")).toEqual([repo.sha("y")]);
  expect(await latestRows(database)).toEqual([
    // Not in the new history at all.
    { key: "DEU", from: 3, to: 5, state: de },
    { key: "FRA", from: 3, to: 5, state: { ...fr, area: 2 } },
    { key: "FRA", from: 5, to: null, state: null },
    { key: "ITA", from: 5, to: null, state: it },
  ]);
  // And back: what has been imported is found again.
  repo.branch("master", "b");
  expect(await run()).toMatchObject({ commits: 0, frontiers: { moved: 2 } });
  expect((await latestRows(database)).filter((row) => row.to === null)).toEqual([
    { key: "DEU", from: 6, to: null, state: de },
    { key: "FRA", from: 6, to: null, state: fr },
  ]);
});

test("main never lets go of what it holds while the default branch moves on", async () => {
  const { repo, database, run } = await importedLine();
  // The old tip is the second parent of the new one.
  repo
    .commit({ name: "x", parents: ["b"], files: list(fr, de) })
    .commit({ name: "y", parents: ["x", "c"], files: list({ ...fr, area: 2 }, de) })
    .commit({ name: "z", parents: ["y"], files: list({ ...fr, area: 5 }, de) })
    .branch("master", "z");
  await run();
  const log = await frontierLog(database, "main");
  expect(log.map((row) => row.message)).toEqual(["commit a", "commit b", "commit c", "commit y", "commit z"]);
});

test("another default branch becomes main", async () => {
  const { repo, database, run } = await importedLine();
  repo.commit({ name: "d", parents: ["c"], files: list(de) }).branch("trunk", "d");
  repo.git("update-ref", "-d", "refs/heads/master");
  repo.git("symbolic-ref", "HEAD", "refs/heads/trunk");
  expect(await run()).toMatchObject({
    commits: 1,
    frontiers: { made: 1, moved: 1, unchanged: 0 },
    problems: [],
    notes: [{ frontier: "master", what: "its ref is gone from git; the frontier stays" }],
  });
  expect(await members(database, "main")).toEqual([repo.sha("d")]);
  expect(await members(database, "trunk")).toEqual([repo.sha("d")]);
  expect(await members(database, "master")).toEqual([repo.sha("c")]);
});

test("a tag that was moved takes its locked frontier along", async () => {
  const { repo, database, run } = await importedLine();
  repo.tag("latest", "b");
  await run();
  repo.tag("latest", "c");
  expect((await run()).notes).toEqual([
    { ref: "refs/tags/latest", frontier: "latest", what: "the tag was moved in git, and the frontier with it" },
  ]);
  expect((await frontiers(database)).get("latest")).toMatchObject({
    members: [repo.sha("c")],
    locked: true,
    sequence: 2,
  });
});

describe("a frontier that somebody else has changed", () => {
  const refusal = (what: string) => ({
    ref: "refs/heads/master",
    frontier: "main",
    what: `the frontier was not moved: ${what}`,
  });
  const further = (repo: TestRepository) =>
    repo.commit({ name: "d", parents: ["c"], files: list(de) }).branch("master", "d");

  test("by a commit stays", async () => {
    const { repo, database, run } = await importedLine();
    await commitByHand(database, "main");
    expect((await run()).problems).toEqual([refusal("it holds commits that are not in the imported history")]);
    further(repo);
    const summary = await run();
    expect(summary).toMatchObject({ commits: 1, frontiers: { made: 0, moved: 1, unchanged: 1 } });
    expect(summary.problems).toEqual([refusal("it holds commits that are not in the imported history")]);
    expect(await members(database, "master")).toEqual([repo.sha("d")]);
    expect((await frontierLog(database, "main")).at(-1)?.cause).toBe("COMMIT");
  });

  test("by a commit that was given the name of another is not mistaken for it", async () => {
    const { repo, database, run } = await importedLine();
    further(repo)
      .commit({ name: "e", parents: ["d"], files: list(it) })
      .branch("master", "e");
    const [template] = [...(await importedCommits(database)).values()];
    await commitByHand(database, "main", { ...template?.metadata, git: { sha: repo.sha("d") } });
    await commitByHand(database, "main", { ...template?.metadata, git: { sha: repo.sha("e") } });
    const summary = await run();
    expect(summary).toMatchObject({
      commits: 2,
      problems: [refusal("it holds commits that are not in the imported history")],
    });
    const [master] = (
      await database.pool.query<{ commit: number }>(
        `select "commit" from omdb.frontier_commits where frontier = 'master'`,
      )
    ).rows;
    const naive = await NaiveHistory.read(database.pool);
    expect(naive.states([master?.commit ?? 0])).toEqual(new Map([[recordIdOf(TYPE, "ITA"), it]]));
  });

  test("by a move elsewhere stays, and goes on where git is ahead of it", async () => {
    const { repo, database, run } = await importedLine();
    repo.commit({ name: "side", parents: ["a"], files: list(it) }).branch("side", "side");
    await run();
    await moveByHand(database, "main", repo.sha("side"));
    expect((await run()).problems).toEqual([refusal("somebody else moved it to where it is")]);
    await moveByHand(database, "main", repo.sha("b"));
    expect(await run()).toMatchObject({ problems: [], frontiers: { moved: 1 } });
    expect(await members(database, "main")).toEqual([repo.sha("c")]);
  });

  test("by locking it stays", async () => {
    const { repo, database, run } = await importedLine();
    await database.pool.query(`update omdb.frontiers set locked = true where id = 'main'`);
    further(repo);
    expect((await run()).problems).toEqual([refusal("it is locked")]);
  });

  test("by deleting it is made again, and goes on counting", async () => {
    const { repo, database, run } = await importedLine();
    repo.tag("v1", "a");
    await run();
    await inTransaction(database, async (sql) => {
      const row = await lockFrontierRow(sql, "v1", []);
      await appendChange(sql, row, { cause: "DELETE", members: [], author: null, message: null });
    });
    expect((await frontiers(database)).has("v1")).toBe(false);
    expect(await run()).toMatchObject({ frontiers: { made: 1 } });
    expect((await frontiers(database)).get("v1")).toMatchObject({ sequence: 3, incarnation: 3, locked: true });
    expect((await frontierLog(database, "v1")).map((row) => [row.cause, row.joined.length, row.left.length])).toEqual([
      ["IMPORT", 1, 0],
      ["DELETE", 0, 1],
      ["IMPORT", 1, 0],
    ]);
  });
});

test("another file of the same repository has its own commits", async () => {
  const { repo, database } = await importedLine();
  repo.commit({ name: "with", parents: ["c"], files: { "other.json": [fr] } }).branch("with", "with");
  const content = { file: "other.json", key: "id" };
  const other = await importGit(database, { repository: repo.path, content, prefix: "other/" });
  expect(other).toMatchObject({ commits: 4, operations: 1, problems: [], frontiers: { made: 2 } });
  expect((await everything(database))["omdb.commits"]).toMatch(/^7 /);
});

test("an import that is interrupted leaves whole commits, and goes on", async () => {
  const many = Array.from({ length: 6_000 }, (_, index) => ({ id: index }));
  const repo = new TestRepository()
    .commit({ name: "a", files: list(...many) })
    .commit({ name: "b", parents: ["a"], files: list(...many.slice(1)) })
    .commit({ name: "c", parents: ["b"], files: list(...many.slice(2)) })
    .branch("master", "c");
  repositories.push(repo);
  const database = await testDatabase();
  const options = { repository: repo.path, type: TYPE, content: { file: "c.json", key: "id" } };
  const controller = new AbortController();
  const progress = (done: number) => (done === 2 ? controller.abort(new Error("enough")) : undefined);
  const report = { progress, note: () => undefined, signal: controller.signal };
  await expect(importRepository(database, DEFAULT_LIMITS, options, report)).rejects.toThrow("enough");
  const commits = await importedCommits(database);
  expect([...commits.keys()]).toEqual([repo.sha("a")]);
  expect(commits.get(repo.sha("a"))?.operations).toHaveLength(6_000);
  expect(await members(database, "main")).toEqual([]);
  expect(await importGit(database, { repository: repo.path })).toMatchObject({ commits: 2, known: 1, operations: 2 });
  expect(await members(database, "main")).toEqual([repo.sha("c")]);
});

test("two imports at once come one after the other", async () => {
  const repo = line();
  const database = await testDatabase();
  const summaries = await Promise.all([1, 2].map(() => importGit(database, { repository: repo.path })));
  expect(summaries.map((summary) => summary.commits).sort()).toEqual([0, 3]);
  expect((await importedCommits(database)).size).toBe(3);
});

/** Ends the connections that hold advisory locks, before anything else can happen in this process. */
function endLockHolders(database: Database): void {
  const script = `
    const pg = require("pg");
    const client = new pg.Client({ connectionString: ${JSON.stringify(database.url)} });
    client.connect()
      .then(() => client.query(
        "select pg_terminate_backend(l.pid, 10000) from pg_locks l join pg_database d on d.oid = l.database " +
          "where l.locktype = 'advisory' and l.granted and d.datname = current_database()"))
      .finally(() => client.end());`;
  execFileSync(process.execPath, ["-e", script], { stdio: "pipe" });
}

test("an import that has lost its lock moves nothing", async () => {
  const repo = line();
  const database = await testDatabase();
  const options = { repository: repo.path, type: TYPE, content: { file: "c.json", key: "id" } };
  const progress = (done: number) => (done === 3 ? endLockHolders(database) : undefined);
  await expect(
    importRepository(database, DEFAULT_LIMITS, options, { progress, note: () => undefined }),
  ).rejects.toThrow(/the database connection that kept other imports away was lost/);
  expect(await members(database, "main")).toEqual([]);
  expect(await importGit(database, { repository: repo.path })).toMatchObject({ frontiers: { made: 2 } });
});

test("a lock is waited for, and lost with its connection", async () => {
  const database = await testDatabase();
  const events: string[] = [];
  await withImportLock(
    database,
    () => undefined,
    async (held) => {
      let second = Promise.resolve(0);
      await new Promise<void>((waiting) => {
        second = withImportLock(database, waiting, () => Promise.resolve(events.push("second")));
      });
      expect(held()).toBe(true);
      expect(events).toEqual([]);
      endLockHolders(database);
      await second;
      while (held()) await new Promise((resolve) => setImmediate(resolve));
    },
  );
  expect(events).toEqual(["second"]);
});

test("each changed frontier is told once", async () => {
  const repo = line().tag("v1", "a");
  const database = await testDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query("listen omdb");
    const told: unknown[] = [];
    const done = new Promise<void>((resolve) =>
      client.on("notification", ({ payload = "" }) => {
        if (payload === "done") resolve();
        else told.push(JSON.parse(payload));
      }),
    );
    await importGit(database, { repository: repo.path });
    await database.pool.query("notify omdb, 'done'");
    await done;
    expect(told).toEqual([
      { frontier: "main", sequence: 3 },
      { frontier: "master", sequence: 1 },
      { frontier: "v1", sequence: 1 },
    ]);
  } finally {
    await client.end();
  }
});
