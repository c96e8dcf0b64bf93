/**
 * The database that omdb brings with it, in a folder. Whoever uses it holds a lock inside the database itself, which
 * ends with its process: the first to come starts PostgreSQL, the last to go stops it, and what a killed process left
 * running is simply used by the next.
 */
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { makeDataFolder } from "./dataFolder";
import { EmbeddedPostgresError, FolderInUse } from "./embeddedPostgresError";
import { findPostgresBinaries } from "./postgresBinaries";
import { findRunner } from "./postgresAccount";
import {
  addressOf,
  initialiseCluster,
  isAlive,
  isRunning,
  startCluster,
  stopCluster,
  type Cluster,
} from "./postgresCluster";

export interface EmbeddedPostgresOptions {
  /** Made if absent; the data lies in `postgres` below it. */
  readonly dataDirectory: string;
  /** Who uses it, for the message that another process gets, e.g. `omdb serve`. */
  readonly user?: string;
  /** A server wants to be the only server on its folder. Others share. */
  readonly exclusive?: boolean;
  /** Settings beyond PostgreSQL's own durable defaults. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  /** The database `omdb`, as its owner, on 127.0.0.1; where it has a socket, its folder is the parameter `host`. */
  readonly url: string;
  /** Lets go of the database, and stops it unless another process uses it. */
  stop(): Promise<void>;
}

const DATABASE = "omdb";
/** Advisory locks, in the maintenance database: shared by all users of the folder; held by the one server. */
const USERS_LOCK = 1;
const SERVER_LOCK = 2;
const PATIENCE_MS = 60_000;
const RETRY_MS = 50;
const REJOIN_MS = 1_000;

/** Starts PostgreSQL on the folder, or joins what runs there. Rejects with FolderInUse when `exclusive` and another server is there. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const cluster = await openCluster(options);
  let stopped = false;
  let rejoining: Promise<void> | undefined;
  let keeper = await join(cluster, options, onLost);

  // PostgreSQL ended or restarted under us: hold the lock again, and bring the database back if nobody else does.
  function onLost(): void {
    if (!stopped) rejoining = rejoin();
  }
  async function rejoin(): Promise<void> {
    while (!stopped) {
      try {
        keeper = await join(cluster, options, onLost);
        return;
      } catch {
        await sleep(REJOIN_MS);
      }
    }
  }

  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    await rejoining;
    await leave(cluster, keeper);
  };
  try {
    await makeDatabase(keeper);
    return { url: await addressOf(cluster, DATABASE), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function openCluster(options: EmbeddedPostgresOptions): Promise<Cluster> {
  const directory = await makeDataFolder(options.dataDirectory);
  const folder = path.join(directory, "postgres");
  const binaries = await findPostgresBinaries();
  const runner = await findRunner(folder, [directory, path.join(binaries.directory, "bin")]);
  const logFile = path.join(directory, "postgres.log");
  return { binaries, runner, folder, logFile, settings: options.settings ?? {} };
}

/** Resolves with the connection that holds this process's locks. */
async function join(cluster: Cluster, options: EmbeddedPostgresOptions, onLost: () => void): Promise<pg.Client> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    await initialiseCluster(cluster);
    if (!(await isRunning(cluster))) await startCluster(cluster);
    const client = await connect(cluster, options);
    if (client !== undefined) {
      try {
        const joined = await tryLock(client, "pg_try_advisory_lock_shared", USERS_LOCK);
        if (joined && (options.exclusive !== true || (await becomeServer(client, options)))) {
          client.once("end", onLost);
          return client;
        }
      } catch (error) {
        await end(client);
        if (error instanceof FolderInUse) throw error;
      }
      // The last user is stopping it, or the killed one's connection is ending: wait a moment.
      await end(client);
    }
    if (Date.now() > deadline)
      throw new EmbeddedPostgresError(`no connection to the embedded PostgreSQL (log: ${cluster.logFile})`);
    await sleep(RETRY_MS);
  }
}

async function connect(cluster: Cluster, options: EmbeddedPostgresOptions): Promise<pg.Client | undefined> {
  const client = new pg.Client({
    connectionString: await addressOf(cluster, "postgres"),
    application_name: `${options.user ?? "omdb"}, process ${process.pid}`,
    keepAlive: true,
  });
  // The event `end` follows.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await end(client);
    // Starting up, shutting down, not listening yet, or (no code) cut off; anything else does not pass by waiting.
    const { code } = error as { code?: string };
    if (code === undefined || ["57P03", "57P01", "ECONNREFUSED", "ECONNRESET", "EPIPE", "ENOENT"].includes(code))
      return undefined;
    throw error;
  }
}

/** Resolves with false while the lock of a process that was killed is not gone yet. */
async function becomeServer(client: pg.Client, options: EmbeddedPostgresOptions): Promise<boolean> {
  if (await tryLock(client, "pg_try_advisory_lock", SERVER_LOCK)) return true;
  const { rows } = await client.query<{ holder: string }>(
    `select a.application_name as holder from pg_locks l join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.classid = 0 and l.objid = $1 and l.granted`,
    [SERVER_LOCK],
  );
  const holder = rows[0]?.holder;
  if (holder === undefined || !isAlive(Number(/\d+$/.exec(holder)?.[0]))) return false;
  throw new FolderInUse(
    `the folder ${options.dataDirectory} is in use by ${holder}; stop that one, or choose another folder with --data-dir`,
  );
}

async function tryLock(client: pg.Client, call: string, key: number): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>(`select ${call}($1) as held`, [key]);
  return rows[0]?.held === true;
}

async function leave(cluster: Cluster, keeper: pg.Client): Promise<void> {
  let last: boolean;
  try {
    await keeper.query("select pg_advisory_unlock_all()");
    // While this is held nobody joins.
    last = await tryLock(keeper, "pg_try_advisory_lock", USERS_LOCK);
  } catch {
    last = true;
  }
  if (last) await stopCluster(cluster);
  await end(keeper);
}

async function makeDatabase(keeper: pg.Client): Promise<void> {
  const { rowCount } = await keeper.query("select from pg_database where datname = $1", [DATABASE]);
  if (rowCount !== 0) return;
  await keeper.query(`create database ${pg.escapeIdentifier(DATABASE)}`).catch((error: { code?: string }) => {
    // Two that came at once.
    if (error.code !== "42P04" && error.code !== "23505") throw error;
  });
}

const end = (client: pg.Client): Promise<void> => client.end().catch(() => undefined);
