/** Several servers on one database, writers on each, and a client that is cut off: it sees every commit once, in order. */
import { testDatabase, testDatabaseUrl, type TestDatabase } from "../support/database";
import { compileProgram } from "../support/program";
import { openDatabase, type Database } from "../../src/store/database";
import { readChanges } from "../../src/store/frontierLog";
import { commitNote, defineNotes, startOmdb } from "./omdbServer";
import { followThroughCuts } from "./resumingClient";

/** The commits that the log of main brought in, in its order. */
async function commitsInLog(database: Database): Promise<string[]> {
  const changes = await readChanges(database.pool, "main", 0, 1_000_000);
  return changes.flatMap((change) => change.joined.map(String));
}

/** Writers on every server, several on each, all at once. */
const writeOn = (urls: readonly string[], writers: number, commits: number): Promise<unknown> =>
  Promise.all(
    urls.flatMap((url) =>
      Array.from({ length: writers }, async (_, writer) => {
        for (let round = 0; round < commits; round += 1) await commitNote(url, `${url} ${writer} ${round}`);
      }),
    ),
  );

const started: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
});

test("two servers in one process, their listeners cut too", async () => {
  const database: TestDatabase = await testDatabase();
  const other = openDatabase({ url: database.url });
  const servers = await Promise.all([startOmdb(database), startOmdb(other)]);
  started.push(...servers, { stop: () => other.close() });
  const urls = servers.map((server) => server.url);
  await defineNotes(urls[0]!);

  const endListeners = () =>
    database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'omdb listener' and datname = current_database()`,
    );
  const following = followThroughCuts(urls, 120, [1, 5, 6, 30, 60, 61, 100], (seen) => {
    if (seen % 40 === 20) void endListeners();
  });
  const steady = urls.map((url) => followThroughCuts([url], 120, []));
  await writeOn(urls, 3, 20);
  const expected = await commitsInLog(database);
  expect(expected).toHaveLength(120);
  for (const seen of await Promise.all([following, ...steady])) {
    expect(seen.map((commit) => commit.number)).toEqual(expected);
  }
  const unexpected = servers.flatMap(({ logged }) => logged).filter((text) => !/the listening connection/.test(text));
  expect(unexpected).toEqual([]);
});

test("two server processes commit while a client is cut off and resumes at the other one", async () => {
  const [program, url] = await Promise.all([compileProgram(), testDatabaseUrl()]);
  started.push({ stop: () => program.remove() });
  const start = async (): Promise<string> => {
    const running = program.start(["serve", "--port", "0", "--database-url", url]);
    started.unshift({
      stop: async () => {
        running.process.kill("SIGINT");
        await running.ended;
      },
    });
    const [, address = ""] = await running.output(/^GraphQL: (http:\S+)$/m);
    return address;
  };
  const urls = await Promise.all([start(), start()]);
  await defineNotes(urls[0]);
  const cuts = [1, 2, 7, 30, 59, 60, 90, 119];
  const count = 120 + cuts.length * urls.length;
  // However early the writers are done, each cut makes the client miss commits of both processes.
  const following = followThroughCuts(urls, count, cuts, undefined, () => writeOn(urls, 1, 1));
  await writeOn(urls, 3, 20);
  const seen = await following;
  const database = openDatabase({ url });
  started.push({ stop: () => database.close() });
  const expected = await commitsInLog(database);
  expect(expected).toHaveLength(count);
  expect(seen.map((commit) => commit.number)).toEqual(expected);
});
