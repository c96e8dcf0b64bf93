import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { graphql } from "../gql";
import { startPooler } from "../live/pooler";
import { ask } from "../support/ask";
import { testDatabaseUrl } from "../support/database";
import { compileProgram, type Program, type RunningProgram } from "../support/program";

let program: Program;
let folder: string;
const started: RunningProgram[] = [];
beforeAll(async () => {
  program = await compileProgram();
  folder = await mkdtemp(path.join(tmpdir(), "omdb-serve-"));
  await chmod(folder, 0o711);
});
afterEach(async () => {
  for (const { process, ended } of started.splice(0)) {
    process.kill("SIGINT");
    await ended;
  }
});
afterAll(async () => {
  await program.remove();
  await rm(folder, { recursive: true });
});

const serve = (...args: string[]) => serveWith({}, ...args);

async function serveWith(
  env: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<RunningProgram & { url: string }> {
  const running = program.start(["serve", "--port", "0", ...args], { cwd: folder, env });
  started.push(running);
  const [, url = ""] = await running.output(/^GraphQL: (http:\S+)$/m);
  return { ...running, url };
}

async function postmaster(): Promise<number | undefined> {
  const file = path.join(folder, ".omdb", "postgres", "postmaster.pid");
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? undefined : Number(text.split("\n")[0]);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const DEFINE = graphql(`
  mutation DefineKept {
    defineRecordType(input: { name: "kept" }) {
      __typename
    }
  }
`);
const READ = graphql(`
  query ReadKept {
    recordType(name: "kept") {
      name
    }
  }
`);
const MAIN = graphql(`
  query ReadMain {
    frontier {
      name
      sequence
    }
  }
`);

test("from a first start to Ctrl-C, and what happens beside it", async () => {
  const server = await serve();
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/graphql$/);
  expect(await ask(server.url, DEFINE)).toEqual({
    data: { defineRecordType: { __typename: "DefineRecordTypePayload" } },
  });

  const second = await program.run(["serve", "--port", "0"], { cwd: folder });
  expect(second).toMatchObject({ code: 1, stdout: "" });
  expect(second.stderr).toMatch(
    new RegExp(`^omdb: the folder \\.omdb is in use by omdb serve, process ${server.pid};.*\\n$`),
  );

  expect(await program.run(["migrate", "--json"], { cwd: folder })).toMatchObject({
    code: 0,
    stdout: `{"applied":[]}\n`,
  });
  expect(await ask(server.url, READ)).toEqual({ data: { recordType: { name: "kept" } } });

  const pid = await postmaster();
  server.process.kill("SIGINT");
  expect(await server.ended).toMatchObject({ code: 0, signal: null });
  expect(await postmaster()).toBeUndefined();
  expect(isAlive(pid ?? 0)).toBe(false);
});

test("after SIGKILL the next start has everything", async () => {
  const killed = await serve();
  await ask(killed.url, DEFINE);
  killed.process.kill("SIGKILL");
  await killed.ended;
  const next = await serve();
  expect(await ask(next.url, READ)).toEqual({ data: { recordType: { name: "kept" } } });
  next.process.kill("SIGTERM");
  expect(await next.ended).toMatchObject({ code: 0, signal: null });
  expect(await postmaster()).toBeUndefined();
});

test("a database that answers nothing any more does not keep the program", async () => {
  const pooler = await startPooler(await testDatabaseUrl());
  const server = await serve("--database-url", pooler.url);
  pooler.hang();
  // What this has asked the database stays unanswered.
  expect((await fetch(new URL("/ready", server.url))).status).toBe(503);
  server.process.kill("SIGTERM");
  expect(await server.ended).toMatchObject({ code: 0, signal: null });
  await pooler.stop();
});

test("a port that is in use: exit code 1, and nothing is left running", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const { code, stdout, stderr } = await program.run(["serve", "--port", String(port)], { cwd: folder });
  other.close();
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(
    new RegExp(`^omdb: port ${port} of 127\\.0\\.0\\.1 is in use; choose another one with --port$`, "m"),
  );
  expect(await postmaster()).toBeUndefined();
});

test("DATABASE_URL takes the place of the embedded PostgreSQL", async () => {
  const times = { OMDB_GRACE_TIME_MS: "600000", OMDB_NOTICE_TIME_MS: "600000" };
  const server = await serveWith(times, "--database-url", await testDatabaseUrl({ empty: true }));
  expect(await ask(server.url, MAIN)).toEqual({
    data: { frontier: { name: "main", sequence: "0" } },
  });
  // Whoever sits before it need not wait for a notice.
  server.process.kill("SIGINT");
  expect(await server.ended).toMatchObject({ code: 0, signal: null });
});

test("SIGTERM ends streams so that clients come back, finishes the rest, and the program", async () => {
  const server = await serveWith({ OMDB_GRACE_TIME_MS: "200" }, "--database-url", await testDatabaseUrl());
  const client = createClient({ url: server.url.replace(/^http/, "ws"), webSocketImpl: WebSocket, retryAttempts: 0 });
  const connected = new Promise((resolve) => client.on("connected", resolve));
  const socket = client
    .iterate({ query: "subscription { frontierChanges { cursor } }" })
    .next()
    .catch((error: unknown) => error);
  await connected;
  const stream = await fetch(server.url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ query: 'subscription { frontierChanges(after: "0") { cursor } }' }),
  });
  // Sockets that do not answer must not keep it for longer than the grace time, nor a request that never ends.
  const silent = new WebSocket(server.url.replace(/^http/, "ws"), "graphql-transport-ws");
  await once(silent, "open");
  silent.pause();
  const endless = connect(Number(new URL(server.url).port), "127.0.0.1");
  endless.on("error", () => undefined).write("POST /graphql HTTP/1.1\r\nhost: omdb\r\ncontent-length: 10\r\n\r\n");
  server.process.kill("SIGTERM");
  expect(await server.ended).toMatchObject({ code: 0, signal: null });
  expect(await socket).toMatchObject({ code: 1001 });
  expect(await stream.text()).not.toContain("complete");
  silent.terminate();
  endless.destroy();
});

test("SIGTERM gives notice for as long as it is told to; a second signal ends it at once", async () => {
  const times = { OMDB_GRACE_TIME_MS: "600000", OMDB_NOTICE_TIME_MS: "600000" };
  const server = await serveWith(times, "--database-url", await testDatabaseUrl());
  const ready = () => fetch(new URL("/ready", server.url));
  expect((await ready()).status).toBe(200);
  server.process.kill("SIGTERM");
  await server.output(/stopping/);
  expect((await ready()).status).toBe(503);
  expect(await ask(server.url, MAIN)).toMatchObject({ data: { frontier: { name: "main" } } });
  // Signals that come right after the first are taken for the same.
  for (; server.process.exitCode === null; await ready().catch(() => undefined)) server.process.kill("SIGTERM");
  expect(await server.ended).toMatchObject({ code: 130 });
});

test("Ctrl-C while a folder is made and migrated leaves nothing running", async () => {
  const directory = path.join(folder, "interrupted");
  const migrating = program.start(["migrate", "--data-dir", directory]);
  await migrating.output(/applying the migration/);
  const text = await readFile(path.join(directory, "postgres", "postmaster.pid"), "utf8");
  migrating.process.kill("SIGINT");
  expect(await migrating.ended).toMatchObject({ code: 130, signal: null, stdout: "" });
  expect(isAlive(Number(text.split("\n")[0]))).toBe(false);
  expect(await program.run(["migrate", "--data-dir", directory])).toMatchObject({ code: 0, stdout: "nothing to do\n" });
});
