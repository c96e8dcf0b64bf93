/** PostgreSQL is stopped immediately, as by a loss of power, and started again, while writers and followers go on. */
import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { openDatabase } from "../../src/store/database";
import { startEmbeddedPostgres } from "../../src/store/embeddedPostgres";
import { migrate } from "../../src/store/migrate";
import { findRunner } from "../../src/store/postgresAccount";
import { findPostgresBinaries } from "../../src/store/postgresBinaries";
import { defineNotes, startOmdb } from "../server/omdbServer";
import { dice } from "./dice";
import { expectNothingLost, startFollower } from "./followers";
import { inTheEnd } from "./inTheEnd";
import { bytesHeld, expectNothingKept, warmUp } from "./memory";
import { startWriters } from "./writers";

const chance = dice();
const TIMES = 4;

/** A PostgreSQL of the test's own, which its user starts again whenever it is gone. */
async function ownPostgres(): Promise<{ url: string; stopImmediately(): Promise<void> }> {
  const dataDirectory = await mkdtemp(path.join(tmpdir(), "omdb-faults-"));
  inTheEnd({ stop: () => rm(dataDirectory, { recursive: true }) });
  // PostgreSQL may run as another user than the tests.
  await chmod(dataDirectory, 0o711);
  // What was given to the system survives the end of PostgreSQL; only that of the machine would need fsync.
  const postgres = inTheEnd(await startEmbeddedPostgres({ dataDirectory, settings: { fsync: "off" } }));
  await migrate(postgres.url);
  const folder = path.join(dataDirectory, "postgres");
  const binaries = await findPostgresBinaries();
  const { owner } = await findRunner(folder, []);
  return {
    url: postgres.url,
    stopImmediately: async () => {
      const [pid] = (await readFile(path.join(folder, "postmaster.pid"), "utf8")).split("\n");
      // Waiting is not pg_ctl's: it would take the next server, which may be there at once, for this one.
      const stop = ["stop", `--pgdata=${folder}`, "--mode=immediate", "--no-wait"];
      await promisify(execFile)(binaries.pgCtl, stop, { cwd: dataDirectory, ...owner });
      while (isRunning(Number(pid))) await pause(10);
    },
  };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

test(`PostgreSQL is stopped immediately ${TIMES} times under writers (seed ${chance.seed})`, async () => {
  const postgres = await ownPostgres();
  const databases = [openDatabase({ url: postgres.url }), openDatabase({ url: postgres.url })] as const;
  for (const database of databases) inTheEnd({ stop: () => database.close() });
  const servers = await Promise.all(databases.map((database) => startOmdb(database)));
  servers.forEach(inTheEnd);
  await defineNotes(servers[0]!.url);
  const urls = () => servers.map(({ url }) => url);
  const followers = [startFollower(urls), startFollower(urls, "SSE", 1)].map(inTheEnd);
  const writers = inTheEnd(startWriters(urls, 4));
  await writers.until(20);
  await warmUp(urls());
  const outage = async () => {
    await writers.until(writers.acknowledged.length + chance.between(10, 40));
    await postgres.stopImmediately();
  };
  // The first one loads and compiles what is needed for any.
  await outage();
  await writers.until(writers.acknowledged.length + 20);
  const before = await bytesHeld();
  for (let time = 1; time < TIMES; time += 1) await outage();
  await writers.until(writers.acknowledged.length + 20);
  await expectNothingLost(databases[0], writers, followers);
  await expectNothingKept(servers, before);
  // Streams wait until the database is back: nobody had to come again.
  expect(followers.map(({ subscribed }) => subscribed)).toEqual([1, 1]);
});
