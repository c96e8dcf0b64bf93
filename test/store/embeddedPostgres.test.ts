import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { networkInterfaces, tmpdir, totalmem } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "../../src/store/embeddedPostgres";
import { EmbeddedPostgresError, FolderInUse } from "../../src/store/embeddedPostgresError";
import { linkLibraries } from "../../src/store/postgresBinaries";
import { isAlive } from "../../src/store/postgresCluster";
import { sharedBuffers } from "../../src/store/postgresMemory";
import { byPort } from "../support/databaseUrl";
import { errorOf } from "../support/errorOf";
import { compileProgram, type Program, type RunningProgram } from "../support/program";

let root: string;
let program: Program;
const running: EmbeddedPostgres[] = [];
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "omdb-embedded-"));
  await chmod(root, 0o711);
  program = await compileProgram();
});
afterEach(async () => {
  for (const postgres of running.splice(0)) await postgres.stop();
});
afterAll(async () => {
  await program.remove();
  await rm(root, { recursive: true });
});

const FAST = { fsync: "off" };

async function start(folder: string, options: { exclusive?: boolean; user?: string } = {}): Promise<EmbeddedPostgres> {
  const dataDirectory = path.join(root, folder);
  const postgres = await startEmbeddedPostgres({ dataDirectory, settings: FAST, ...options });
  running.push(postgres);
  return postgres;
}

async function query(url: string, text: string): Promise<pg.QueryResultRow[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  return (await client.query<pg.QueryResultRow>(text).finally(() => client.end())).rows;
}

/** The process that PostgreSQL's own lock file names; undefined when there is none. */
async function postmaster(folder: string): Promise<number | undefined> {
  const text = await readFile(path.join(root, folder, "postgres", "postmaster.pid"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : Number(text.split("\n")[0]);
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await sleep(10);
}

/** Another process that uses the folder and waits to be killed. */
async function startElsewhere(folder: string, exclusive: boolean): Promise<RunningProgram & { url: string }> {
  const options = { dataDirectory: path.join(root, folder), settings: FAST, exclusive, user: "the other" };
  const script = `require(${JSON.stringify(program.modulePath("store/embeddedPostgres"))})
    .startEmbeddedPostgres(${JSON.stringify(options)}).then(({ url }) => console.log(url));`;
  const child = program.start([], { script });
  const [url] = await child.output(/postgres:\S+/);
  return { ...child, url };
}

test("data, port and password are kept from run to run", async () => {
  const first = await start("main");
  await query(first.url, "create table kept (value text); insert into kept values ('still here')");
  const pid = await postmaster("main");
  await first.stop();
  await until(() => !isAlive(pid ?? 0));
  expect(await postmaster("main")).toBeUndefined();
  const second = await start("main");
  expect(second.url).toBe(first.url);
  expect(await query(second.url, "select value from kept")).toEqual([{ value: "still here" }]);
});

test("it is durable, in UTF-8 with locale C, and closed to others", async () => {
  const dataDirectory = path.join(root, "plain");
  const postgres = await startEmbeddedPostgres({ dataDirectory });
  running.push(postgres);
  const settings = await query(
    postgres.url,
    `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as synchronous_commit,
       current_setting('full_page_writes') as full_page_writes, current_setting('server_encoding') as encoding,
       pg_size_bytes(current_setting('shared_buffers'))::float8 as buffers,
       current_setting('listen_addresses') as listen, current_setting('unix_socket_directories') as sockets,
       (select datcollate from pg_database where datname = current_database()) as collation`,
  );
  expect(settings).toEqual([
    {
      fsync: "on",
      synchronous_commit: "on",
      full_page_writes: "on",
      encoding: "UTF8",
      buffers: Number.parseInt(sharedBuffers(totalmem(), process.constrainedMemory())) * 1024 * 1024,
      listen: "127.0.0.1",
      sockets: path.join(dataDirectory, "postgres"),
      collation: "C",
    },
  ]);

  const wrong = new URL(postgres.url);
  wrong.password = "guess";
  await expect(query(wrong.href, "select 1")).rejects.toMatchObject({ code: "28P01" });
  expect((await stat(path.join(dataDirectory, "postgres", "omdb.json"))).mode & 0o777).toBe(0o600);
  // Where its socket is.
  expect((await stat(path.join(dataDirectory, "postgres"))).mode & 0o777).toBe(0o700);

  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  for (const { address } of addresses.filter(({ family, internal }) => family === "IPv4" && !internal)) {
    const outside = byPort(postgres.url);
    outside.hostname = address;
    await expect(query(outside.href, "select 1")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  }
});

test("it keeps to what its owner has set", async () => {
  const first = await start("set");
  await query(first.url, "alter system set shared_buffers = '32MB'");
  await first.stop();
  const second = await start("set");
  expect(await query(second.url, "show shared_buffers")).toEqual([{ shared_buffers: "32MB" }]);
});

test("it is reached by its socket, and by its port where the folder's name has no place in a socket's", async () => {
  const through = async ({ url }: EmbeddedPostgres) => {
    expect(await query(byPort(url).href, "select inet_server_addr()::text as address")).toEqual([
      { address: "127.0.0.1/32" },
    ]);
    return (await query(url, "select inet_server_addr()::text as address"))[0]?.["address"] as unknown;
  };
  expect(await through(await start("main"))).toBeNull();
  expect(await through(await start("a, b"))).toBe("127.0.0.1/32");
  expect(await through(await start("long".repeat(30)))).toBe("127.0.0.1/32");
});

test("a second server on the folder is told which process has it", async () => {
  const other = await startElsewhere("main", true);
  const attempt = start("main", { exclusive: true });
  await expect(attempt).rejects.toThrow(FolderInUse);
  await expect(attempt).rejects.toThrow(
    `the folder ${path.join(root, "main")} is in use by the other, process ${other.pid};`,
  );
  // Others share what the server uses.
  const guest = await start("main");
  expect(guest.url).toBe(other.url);
  other.process.kill("SIGKILL");
  await other.ended;
});

test("the last user stops it", async () => {
  const server = await start("main", { exclusive: true });
  const guest = await start("main");
  const pid = await postmaster("main");
  await server.stop();
  expect(await query(guest.url, "select 1 as one")).toEqual([{ one: 1 }]);
  const next = await start("main", { exclusive: true });
  await guest.stop();
  expect(await query(next.url, "select 1 as one")).toEqual([{ one: 1 }]);
  await next.stop();
  await until(() => !isAlive(pid ?? 0));
});

test("several that come at once make one database", async () => {
  const all = await Promise.all([start("crowd"), start("crowd"), start("crowd")]);
  expect(new Set(all.map(({ url }) => url)).size).toBe(1);
  await query(all[0].url, "create table one (id int)");
  expect(await query(all[2].url, "select count(*)::int as rows from one")).toEqual([{ rows: 0 }]);
});

describe("after a process was killed", () => {
  test("the next takes over what it left running, and stops it in the end", async () => {
    const killed = await startElsewhere("main", true);
    await query(killed.url, "create table orphan (value text); insert into orphan values ('still here')");
    const pid = await postmaster("main");
    killed.process.kill("SIGKILL");
    await killed.ended;
    expect(isAlive(pid ?? 0)).toBe(true);
    const next = await start("main", { exclusive: true });
    expect(await postmaster("main")).toBe(pid);
    expect(await query(next.url, "select value from orphan")).toEqual([{ value: "still here" }]);
    await next.stop();
    await until(() => !isAlive(pid ?? 0));
  });

  test("the next recovers what was on disk when PostgreSQL was killed too", async () => {
    const killed = await startElsewhere("main", true);
    await query(killed.url, "create table crashed (value text); insert into crashed values ('still here')");
    const pid = await postmaster("main");
    killed.process.kill("SIGKILL");
    process.kill(pid ?? 0, "SIGKILL");
    await killed.ended;
    const next = await start("main", { exclusive: true });
    expect(await postmaster("main")).not.toBe(pid);
    expect(await query(next.url, "select value from crashed")).toEqual([{ value: "still here" }]);
  });

  test("a database that it did not finish making is cleared away", async () => {
    const gone = program.start([], { script: "" });
    await gone.ended;
    const [draft, other] = [`postgres.new-${gone.pid}-0a1b`, `postgres.new-${process.pid}-0a1b`];
    for (const name of [draft, other]) await mkdir(path.join(root, "drafts", name), { recursive: true });
    await start("drafts");
    expect((await readdir(path.join(root, "drafts"))).sort()).toEqual(["postgres", "postgres.log", other]);
  });

  (process.platform === "linux" ? test : test.skip)(
    "a lock file that names some other process is no obstacle",
    async () => {
      const first = await start("main");
      await first.stop();
      await writeFile(path.join(root, "main", "postgres", "postmaster.pid"), `${process.pid}\n/elsewhere\n`);
      const next = await start("main");
      expect(await query(next.url, "select 1 as one")).toEqual([{ one: 1 }]);
    },
  );
});

test("PostgreSQL is brought back when it dies under its user", async () => {
  const postgres = await start("main");
  const pid = await postmaster("main");
  process.kill(pid ?? 0, "SIGKILL");
  await until(async () => {
    const answer = await query(postgres.url, "select 1 as one").catch(() => undefined);
    return answer !== undefined && (await postmaster("main")) !== pid;
  });
});

test("a port that another program took in the meantime is given up", async () => {
  const first = await start("main");
  await first.stop();
  const thief = createServer().listen(Number(new URL(first.url).port), "127.0.0.1");
  await once(thief, "listening");
  const second = await start("main");
  expect(second.url).not.toBe(first.url);
  expect(await query(second.url, "select 1 as one")).toEqual([{ one: 1 }]);
  thief.close();
});

test("data of another major version is left alone", async () => {
  await mkdir(path.join(root, "old", "postgres"), { recursive: true });
  await writeFile(path.join(root, "old", "postgres", "PG_VERSION"), "9\n");
  await expect(start("old")).rejects.toThrow(/holds data of PostgreSQL 9, and this is PostgreSQL 18/);
});

describe("a folder that cannot hold the data is refused at once", () => {
  const refusal = async (dataDirectory: string): Promise<string> => {
    const outcome = await startEmbeddedPostgres({ dataDirectory, settings: FAST }).catch((error: unknown) => error);
    return errorOf(EmbeddedPostgresError, () => {
      throw outcome;
    }).message;
  };

  // There, Node's own way of making folders never ends.
  (process.platform === "linux" ? test : test.skip)("below /proc", async () => {
    expect(await refusal("/proc/omdb/data")).toBe(
      "the data folder /proc/omdb/data cannot be made: the file system takes no folder there; " +
        "choose another one with --data-dir",
    );
    expect(await refusal("/proc")).toMatch(/^the folder \/proc cannot hold the data: ENOENT: /);
  });

  test("a file, or below one", async () => {
    const file = path.join(root, "file");
    await writeFile(file, "");
    expect(await refusal(file)).toMatch(/ cannot be made: there is a file of that name; /);
    expect(await refusal(path.join(file, "a", "b"))).toMatch(/ cannot be made: a part of its path is a file; /);
  });

  (process.getuid?.() === 0 ? test.skip : test)("where this user may not write", async () => {
    const closed = path.join(root, "closed");
    await mkdir(closed, { mode: 0o500 });
    expect(await refusal(path.join(closed, "data"))).toMatch(/ cannot be made: this user may not write there; /);
    expect(await refusal(closed)).toMatch(/^the folder .*closed cannot hold the data: EACCES: /);
  });

  test.each([
    ["a database that omdb did not make", { PG_VERSION: "18\n" }, /: ENOENT: .*omdb\.json/],
    ["one whose address is lost", { PG_VERSION: "18\n", "omdb.json": "{" }, /JSON/],
    ["one whose address is incomplete", { PG_VERSION: "18\n", "omdb.json": "{}" }, /: it names no port and password;/],
    ["other files", { notes: "" }, /: ENOENT: .*omdb\.json/],
  ])("%s", async (name, files, reason) => {
    const folder = path.join(root, name);
    await mkdir(path.join(folder, "postgres"), { recursive: true });
    for (const [file, text] of Object.entries(files)) await writeFile(path.join(folder, "postgres", file), text);
    const message = await refusal(folder);
    expect(message).toMatch(/postgres is not a database that omdb made: .*; choose another folder with --data-dir$/);
    expect(message).toMatch(reason);
  });
});

test("folders above the data are made, by several at once too", async () => {
  const nested = path.join("above", "the", "data");
  const all = await Promise.all([start(nested), start(nested)]);
  expect(all[0].url).toBe(all[1].url);
});

test("library links that an install script did not make are made", async () => {
  const native = path.join(root, "package", "native");
  await mkdir(path.join(native, "lib"), { recursive: true });
  await writeFile(path.join(native, "lib", "libx.so.1.2"), "library");
  await writeFile(
    path.join(native, "pg-symlinks.json"),
    JSON.stringify([{ source: "native/lib/libx.so.1.2", target: "native/lib/libx.so.1" }]),
  );
  await linkLibraries(native);
  await linkLibraries(native);
  expect(await readFile(path.join(native, "lib", "libx.so.1"), "utf8")).toBe("library");
  expect(await readlink(path.join(native, "lib", "libx.so.1"))).toBe("libx.so.1.2");
});
