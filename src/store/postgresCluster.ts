/** One PostgreSQL data folder: made, started, found running, stopped. */
import { randomBytes } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import {
  chown,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { totalmem } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EmbeddedPostgresError } from "./embeddedPostgresError";
import type { Runner } from "./postgresAccount";
import { hasOwnBuffers, sharedBuffers } from "./postgresMemory";
import type { PostgresBinaries } from "./postgresBinaries";

export interface Cluster {
  readonly binaries: PostgresBinaries;
  readonly runner: Runner;
  /** Absolute. */
  readonly folder: string;
  readonly logFile: string;
  /** Settings beyond PostgreSQL's own defaults. */
  readonly settings: Readonly<Record<string, string>>;
}

/** What is kept in the data folder beside PostgreSQL's own files. */
export interface Access {
  readonly port: number;
  readonly password: string;
}

const SUPERUSER = "omdb";
const MAJOR_VERSION = "18";
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 20;
/** Ctrl-C in a terminal reaches omdb alone, which lets its database finish what it is at. */
const OWN_SESSION = { detached: true };

/** Makes the cluster if there is none, by renaming a finished one into place: nobody ever sees half of one. */
export async function initialiseCluster(cluster: Cluster): Promise<void> {
  const version = await readVersion(cluster.folder);
  if (version !== undefined) {
    if (version.trim() === MAJOR_VERSION) return;
    throw new EmbeddedPostgresError(
      `${cluster.folder} holds data of PostgreSQL ${version.trim()}, and this is PostgreSQL ${MAJOR_VERSION}; ` +
        "export it with the version of omdb that wrote it",
    );
  }
  await removeForsakenDrafts(cluster.folder);
  const draft = `${cluster.folder}.new-${process.pid}-${randomBytes(4).toString("hex")}`;
  try {
    await mkdir(draft, { mode: 0o700 });
    await giveToOwner(cluster, draft);
    const password = randomBytes(24).toString("base64url");
    const passwordFile = `${draft}.password`;
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: "wx" });
    try {
      await giveToOwner(cluster, passwordFile);
      const { code, output } = await run(cluster, cluster.binaries.initdb, [
        `--pgdata=${draft}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${passwordFile}`,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        ...(cluster.settings["fsync"] === "off" ? ["--no-sync"] : []),
      ]);
      if (code !== 0)
        throw new EmbeddedPostgresError(`PostgreSQL could not make a database in ${cluster.folder}: ${output}`);
    } finally {
      await rm(passwordFile, { force: true });
    }
    await writeAccess(cluster, draft, { port: await freePort(), password });
    await rename(draft, cluster.folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    const { code, syscall, message } = error as NodeJS.ErrnoException;
    // Another process was faster: its cluster is as good.
    if (code === "ENOTEMPTY" || code === "EEXIST") return;
    if (syscall === undefined) throw error;
    throw new EmbeddedPostgresError(`the folder ${path.dirname(cluster.folder)} cannot hold the data: ${message}`, {
      cause: error,
    });
  }
}

/** What processes left that were killed while they made a cluster. */
async function removeForsakenDrafts(folder: string): Promise<void> {
  const parent = path.dirname(folder);
  for (const name of await readdir(parent)) {
    const [, pid] = /\.new-(\d+)-/.exec(name) ?? [];
    if (!name.startsWith(path.basename(folder)) || pid === undefined || isAlive(Number(pid))) continue;
    await rm(path.join(parent, name), { recursive: true, force: true });
  }
}

/** Undefined when there is no cluster. */
async function readVersion(folder: string): Promise<string | undefined> {
  try {
    return await readFile(path.join(folder, "PG_VERSION"), "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code !== "EACCES") throw notOurs(folder, error);
    throw new EmbeddedPostgresError(`the data in ${folder} belongs to another user: ${message}`, { cause: error });
  }
}

/** Rejects with EmbeddedPostgresError for a folder that omdb did not make. */
async function readAccess(folder: string): Promise<Access> {
  try {
    const { port, password } = JSON.parse(await readFile(accessFile(folder), "utf8")) as Partial<Access>;
    if (typeof port !== "number" || typeof password !== "string") throw new Error("it names no port and password");
    return { port, password };
  } catch (error) {
    throw notOurs(folder, error);
  }
}

function notOurs(folder: string, error: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `${folder} is not a database that omdb made: ${(error as Error).message}; choose another folder with --data-dir`,
    { cause: error },
  );
}

async function writeAccess(cluster: Cluster, folder: string, access: Access): Promise<void> {
  const draft = `${accessFile(folder)}.${process.pid}`;
  await writeFile(draft, JSON.stringify(access), { mode: 0o600 });
  await giveToOwner(cluster, draft);
  await rename(draft, accessFile(folder));
}

const accessFile = (folder: string): string => path.join(folder, "omdb.json");

/** Starts the cluster on its port, or on another if that one is taken. Resolves with false when it did not start because it runs already. */
export async function startCluster(cluster: Cluster): Promise<boolean> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  let memory = await memorySettings(cluster);
  for (;;) {
    const access = await readAccess(cluster.folder);
    const failure = await attemptStart(cluster, { port: access.port, ...memory }, deadline);
    if (failure === undefined) return true;
    if (failure.includes("could not map") && memory.shared_buffers !== undefined) {
      // The system gives less than it seems to have.
      memory = {};
      continue;
    }
    if (failure.includes("Address already in use")) {
      await writeAccess(cluster, cluster.folder, { ...access, port: await freePort() });
    } else if (failure.includes('lock file "postmaster.pid" already exists')) {
      return false;
    } else if (!failure.includes("shared memory block") || Date.now() > deadline) {
      // A shared memory block is still in use while the last sessions of a killed server end.
      throw new EmbeddedPostgresError(`the embedded PostgreSQL did not start: ${failure} (log: ${cluster.logFile})`);
    }
    await sleep(POLL_MS);
  }
}

/** How much of the memory it takes, unless its owner has said so. */
async function memorySettings({ folder }: Cluster): Promise<{ readonly shared_buffers?: string }> {
  const files = ["postgresql.conf", "postgresql.auto.conf"].map((name) => path.join(folder, name));
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")));
  return hasOwnBuffers(texts) ? {} : { shared_buffers: sharedBuffers(totalmem(), process.constrainedMemory()) };
}

/** Resolves with undefined once it accepts connections, else with what it wrote to its log. */
async function attemptStart(
  cluster: Cluster,
  own: Readonly<Record<string, string | number>>,
  deadline: number,
): Promise<string | undefined> {
  const settings = {
    ...own,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: socketFolder(cluster) ?? "",
    ...QUIET,
    ...cluster.settings,
  };
  const log = openSync(cluster.logFile, "a", 0o600);
  await giveToOwner(cluster, cluster.logFile);
  const logged = (await stat(cluster.logFile)).size;
  const child = cluster.runner.spawn(
    cluster.binaries.postgres,
    ["-D", cluster.folder, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
    { stdio: ["ignore", log, log], cwd: path.dirname(cluster.folder), ...OWN_SESSION },
  );
  closeSync(log);
  child.unref();
  let ended: string | undefined;
  child.once("error", (error) => (ended = error.message));
  child.once("exit", (code, signal) => (ended ??= `it ended with ${signal ?? `code ${code}`}`));
  for (;;) {
    if (ended !== undefined) return `${(await readFrom(cluster.logFile, logged)).trim() || ended}`;
    const state = await readPostmasterFile(cluster.folder);
    if (state?.pid === child.pid && state?.ready) return undefined;
    if (Date.now() > deadline)
      throw new EmbeddedPostgresError(`the embedded PostgreSQL did not get ready (log: ${cluster.logFile})`);
    await sleep(POLL_MS);
  }
}

/** Bytes of a socket's path, on the system that takes the fewest. */
const SOCKET_PATH_BYTES = 103;

/** Where the cluster has its socket: in its own folder, which nobody else may look into. Undefined where it can have none. */
function socketFolder({ folder }: Cluster): string | undefined {
  // PostgreSQL takes a list of folders here.
  const isOne = !/[,"']/.test(folder);
  const fits = Buffer.byteLength(`${folder}/.s.PGSQL.65535.lock`) <= SOCKET_PATH_BYTES;
  return process.platform !== "win32" && isOne && fits ? folder : undefined;
}

/** Where the running cluster is reached: by its socket, if it has one, which takes two thirds of the time; and its port. */
export async function addressOf(cluster: Cluster, database: string): Promise<string> {
  const { port, password } = await readAccess(cluster.folder);
  const url = new URL(`postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`);
  const folder = socketFolder(cluster);
  const hasSocket = folder !== undefined && (await isThere(`${folder}/.s.PGSQL.${port}`));
  if (hasSocket) url.searchParams.set("host", folder);
  return url.href;
}

const isThere = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

/** Statements that fail are the business of whoever sent them; the log holds starts, stops and crashes. */
const QUIET = {
  log_min_messages: "log",
  log_checkpoints: "off",
  logging_collector: "off",
  log_timezone: "UTC",
  timezone: "UTC",
};

/** Stops the cluster: sessions are ended, everything acknowledged is on disk. */
export async function stopCluster(cluster: Cluster): Promise<void> {
  for (const mode of ["fast", "immediate"]) {
    if (!(await isRunning(cluster))) return;
    await run(cluster, cluster.binaries.pgCtl, [
      "stop",
      `--pgdata=${cluster.folder}`,
      `--mode=${mode}`,
      "--wait",
      "--timeout=60",
    ]);
  }
  if (await isRunning(cluster))
    throw new EmbeddedPostgresError(`the embedded PostgreSQL in ${cluster.folder} does not stop`);
}

/** Whether a PostgreSQL server owns the folder now. What a killed one left behind, where another process got its number, is cleared. */
export async function isRunning(cluster: Cluster): Promise<boolean> {
  const state = await readPostmasterFile(cluster.folder);
  if (state === undefined) return false;
  if (!isAlive(state.pid)) return false;
  // A server works in its data folder; where the system tells (Linux), another process is told apart by that.
  const workingFolder = await readlink(`/proc/${state.pid}/cwd`).catch(() => undefined);
  if (workingFolder === undefined || workingFolder === (await realpath(cluster.folder))) return true;
  await rm(path.join(cluster.folder, "postmaster.pid"), { force: true });
  return false;
}

/** Whether there is a process of this number, anybody's. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

interface PostmasterState {
  readonly pid: number;
  readonly ready: boolean;
}

/** PostgreSQL's own lock file: the process on the first line, on the eighth how far it is. */
async function readPostmasterFile(folder: string): Promise<PostmasterState | undefined> {
  const text = await readFile(path.join(folder, "postmaster.pid"), "utf8").catch(() => undefined);
  const lines = text?.split("\n") ?? [];
  const pid = Number(lines[0]);
  return Number.isInteger(pid) && pid > 0 ? { pid, ready: lines[7]?.trim() === "ready" } : undefined;
}

async function run(
  cluster: Cluster,
  program: string,
  args: readonly string[],
): Promise<{ code: number | null; output: string }> {
  const cwd = path.dirname(cluster.folder);
  const child = cluster.runner.spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], cwd, ...OWN_SESSION });
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ code: null, output: error.message }));
    child.once("close", (code) => resolve({ code, output: output.trim() }));
  });
}

async function giveToOwner({ runner: { owner } }: Cluster, file: string): Promise<void> {
  if (owner !== undefined) await chown(file, owner.uid, owner.gid);
}

async function readFrom(file: string, start: number): Promise<string> {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    const { buffer } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
    return buffer.toString();
  } finally {
    await handle.close();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
