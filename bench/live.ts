/**
 * Streams, beside what a program without omdb would do in the same run: how soon a subscriber hears of a commit, how many
 * events reach many subscribers, what each of them costs, and how fast the past is read.
 *
 *     npm run bench:live -- [--quick] [latency] [fan-out] [catch-up]
 *
 * The server is one process, its subscribers are another; an embedded PostgreSQL in a temporary folder, the writer and the
 * raw baselines belong to a third.
 */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir, totalmem, type } from "node:os";
import path from "node:path";
import { createClient } from "graphql-ws";
import pg from "pg";
import { WebSocket } from "ws";
import { openDatabase } from "../src/store/database";
import { startEmbeddedPostgres } from "../src/store/embeddedPostgres";
import { migrate } from "../src/store/migrate";
import { readMigrationFiles } from "../src/store/migrationFiles";
import { Child } from "./live/child";
import { SELECTION } from "./live/event";

const quick = process.argv.includes("--quick");
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const wants = (part: string): boolean => wanted.length === 0 || wanted.includes(part);

const COMMIT_EVERY = 20;
const LATENCY_ROUNDS = quick ? 100 : 500;
const SUBSCRIBERS = [100, 1_000, 5_000];
const ROUNDS = quick ? 1 : 3;
const WINDOW = quick ? 3_000 : 6_000;
const PAST = quick ? 20_000 : 100_000;

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? NaN;
const median = (values: readonly number[]): number => quantile(values, 0.5);
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function printRow(cells: readonly (string | number)[]): void {
  const text = cells.map((cell, index) => {
    const shown = typeof cell === "string" ? cell : cell >= 1_000 ? cell.toFixed(0) : cell.toFixed(2);
    return index === 0 ? shown.padEnd(40) : shown.padStart(14);
  });
  console.log(text.join(""));
}

let notes = 0;

async function mutate(url: string, query: string, variables: Record<string, unknown> = {}): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { errors } = (await response.json()) as { errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
}

const commitNote = (url: string): Promise<void> =>
  mutate(url, `mutation ($input: CommitInput!) { commit(input: $input) { __typename } }`, {
    input: {
      operations: [{ create: { type: "note", value: { text: `note ${(notes += 1)}` } } }],
      message: `note ${notes}`,
    },
  });

/**
 * Milliseconds from a notification, or a commit's acknowledgement, to who listens.
 * @param http where commits are made: by the process that the subscriber is connected to, or by another one
 */
async function measureLatency(databaseUrl: string, url: string, http: string, by: string): Promise<void> {
  const [teller, listener] = [new pg.Client(databaseUrl), new pg.Client(databaseUrl)];
  await Promise.all([teller.connect(), listener.connect()]);
  await listener.query("listen bench");
  const client = createClient({ url, webSocketImpl: WebSocket });
  let heard = () => undefined as void;
  client.subscribe(
    { query: `subscription { newCommits { ${SELECTION} } }` },
    { next: () => heard(), error: (error) => console.error(error), complete: () => undefined },
  );
  listener.on("notification", () => heard());
  await sleep(500);
  const times = { raw: [] as number[], event: [] as number[], whole: [] as number[] };
  for (let round = 0; round < LATENCY_ROUNDS + 20; round += 1) {
    const until = () => new Promise<number>((resolve) => (heard = () => resolve(performance.now())));
    const told = until();
    const started = performance.now();
    await teller.query("select pg_notify('bench', 'x')");
    const raw = (await told) - started;
    const seen = until();
    const sent = performance.now();
    await commitNote(http);
    const acknowledged = performance.now();
    const arrived = await seen;
    // The first ones are for the compiler.
    if (round < 20) continue;
    times.raw.push(raw);
    times.event.push(Math.max(0, arrived - acknowledged));
    times.whole.push(arrived - sent);
  }
  await client.dispose();
  await Promise.all([teller.end(), listener.end()]);
  console.log(`\none subscriber, ${LATENCY_ROUNDS} commits one by one by ${by}, in turns with pg_notify`);
  printRow(["milliseconds", "pg_notify", "event", "ratio"]);
  for (const [name, share] of [
    ["acknowledged → event, median", 0.5],
    ["acknowledged → event, p99", 0.99],
  ] as const) {
    const [raw, event] = [quantile(times.raw, share), quantile(times.event, share)];
    printRow([name, raw, event, event / raw]);
  }
  printRow(["sent → event, median", median(times.raw), median(times.whole), median(times.whole) / median(times.raw)]);
}

interface FanOut {
  readonly rate: number;
  /** For each connection. */
  readonly kibibytes: number;
  /** Statements for each commit, while they were made. */
  readonly statements: number;
}

/** One server at a time, with so many subscribers. */
async function fanOut(server: Child, url: string, http: string | undefined, bare: boolean, count: number) {
  const { child: clients } = await Child.start("clients", []);
  const before = (await server.ask({}))["bytes"] as number;
  await clients.ask({ url, bare, connect: count });
  await sleep(1_500);
  const { bytes, statements } = (await server.ask({})) as { bytes: number; statements: number };
  let over = false;
  let made = 0;
  const writer = async () => {
    const pending = new Set<Promise<void>>();
    for (let next = performance.now(); !over && http !== undefined; next += COMMIT_EVERY) {
      // Commits are queued up to a point, as by writers that wait for their answers.
      while (pending.size >= 16) await Promise.race(pending);
      const commit: Promise<void> = commitNote(http).finally(() => pending.delete(commit));
      pending.add(commit);
      made += 1;
      await sleep(Math.max(0, next - performance.now()));
      next = Math.max(next, performance.now() - COMMIT_EVERY);
    }
    await Promise.all(pending);
  };
  if (http === undefined) await server.ask({ publish: true });
  const writing = writer();
  await sleep(2_000);
  const { rate } = await clients.ask({ count: WINDOW });
  over = true;
  if (http === undefined) await server.ask({ publish: false });
  await writing;
  const after = (await server.ask({})) as { statements: number };
  await clients.ask({});
  await clients.stop();
  await sleep(1_000);
  return {
    rate: rate as number,
    kibibytes: (bytes - before) / count / 1024,
    statements: (after.statements - statements) / made,
  };
}

async function measureFanOut(url: string, http: string, omdb: Child): Promise<void> {
  for (const count of SUBSCRIBERS) {
    const results: Record<string, FanOut[]> = { "graphql-ws": [], ws: [], omdb: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const kind of ["graphql-ws", "ws"]) {
        const { child, said } = await Child.start("bare", [kind]);
        results[kind]!.push(await fanOut(child, said["url"] as string, undefined, kind === "ws", count));
        await child.stop();
      }
      results["omdb"]!.push(await fanOut(omdb, url, http, false, count));
    }
    const [graphqlWs, ws, ours] = ["graphql-ws", "ws", "omdb"].map((kind) => {
      const of = (name: keyof FanOut) => median(results[kind]!.map((result) => result[name]));
      return { rate: of("rate"), kibibytes: of("kibibytes"), statements: of("statements") };
    }) as [FanOut, FanOut, FanOut];
    console.log(`\n${count} subscribers, ${1000 / COMMIT_EVERY} commits a second offered, medians of ${ROUNDS}`);
    printRow(["", "graphql-ws", "ws", "omdb", "÷ graphql-ws", "÷ ws"]);
    printRow(["events/s", graphqlWs.rate, ws.rate, ours.rate, ours.rate / graphqlWs.rate, ours.rate / ws.rate]);
    const memory = ours.kibibytes / graphqlWs.kibibytes;
    printRow(["KiB a connection", graphqlWs.kibibytes, ws.kibibytes, ours.kibibytes, memory]);
    printRow(["statements of the pool a commit", "", "", ours.statements]);
  }
}

/** A line of commits behind main, with an operation each, without states: what streams read. */
async function writePast(database: pg.Pool, count: number): Promise<void> {
  const { rows } = await database.query<{ commit: string; sequence: string; time: string }>(
    `select coalesce(max(id), 0) as "commit", (select sequence from omdb.frontiers where id = 'main') as sequence,
       coalesce(max(logical_time), -1) as time from omdb.commits`,
  );
  const [commit, sequence, time] = [rows[0]!.commit, rows[0]!.sequence, rows[0]!.time].map(Number) as [
    number,
    number,
    number,
  ];
  const client = await database.connect();
  try {
    await client.query("begin");
    await client.query(
      `insert into omdb.commits (id, logical_time, message) overriding system value
       select $1::bigint + n, $2::bigint + n, 'past ' || n from generate_series(1, $3::int) n`,
      [commit, time, count],
    );
    await client.query(
      `insert into omdb.commit_to_commit (parent, child)
       select $1::bigint + n - 1, $1::bigint + n from generate_series(1, $2::int) n where $1::bigint + n - 1 > 0`,
      [commit, count],
    );
    const record = `('0190dddd-0000-7000-8000-' || lpad((n % 1000)::text, 12, '0'))::uuid`;
    await client.query(
      `insert into omdb.records (id, type) select ${record}, 'note' from generate_series(0, 999) n on conflict do nothing`,
    );
    await client.query(
      `with made as (
         insert into omdb.operations (predicates, record, path, operation, parameters)
         select '[]', ${record}, '["text"]', 'put', jsonb_build_object('value', n) from generate_series(1, $2::int) n
         returning id, (parameters ->> 'value')::int as n
       )
       insert into omdb.operation_to_commit (operation, "commit") select id, $1::bigint + n from made`,
      [commit, count],
    );
    await client.query(
      `insert into omdb.frontier_log (frontier, sequence, cause, "time", members, joined, "left")
       select 'main', $1::bigint + n, 'COMMIT', now(), array[$2::bigint + n], array[$2::bigint + n],
         case when $2::bigint + n = 1 then '{}' else array[$2::bigint + n - 1] end
       from generate_series(1, $3::int) n`,
      [sequence, commit, count],
    );
    await client.query(`delete from omdb.frontier_commits where frontier = 'main'`);
    await client.query(`insert into omdb.frontier_commits (frontier, "commit") values ('main', $1)`, [commit + count]);
    await client.query(`update omdb.frontiers set sequence = $1 where id = 'main'`, [sequence + count]);
    await client.query(`select setval(pg_get_serial_sequence('omdb.commits', 'id'), $1)`, [commit + count]);
    await client.query("commit");
  } finally {
    client.release();
  }
  await database.query("vacuum analyze");
}

async function measureCatchUp(databaseUrl: string, url: string, omdb: Child): Promise<void> {
  const database = openDatabase({ url: databaseUrl });
  await writePast(database.pool, PAST);
  const commits = `select l.*, c.message from omdb.frontier_log l join omdb.commits c on c.id = l.members[1]`;
  const streams = [
    {
      name: "newCommits",
      query: `subscription { newCommits(after: "0") { cursor commit { number message } } }`,
      select: commits,
    },
    {
      name: "frontierChanges",
      query: `subscription { frontierChanges(after: "0") { cursor sequence cause } }`,
      select: commits,
    },
    {
      name: "with ids and operations",
      query: `subscription { newCommits(after: "0") { cursor commit { id number message operations { nodes {
        id operation path parameters record { id uuid } } } } } }`,
      select: `select l.*, c.message, o.id as number, o.operation, o.path, o.parameters, o.record
        from omdb.frontier_log l join omdb.commits c on c.id = l.members[1]
        join omdb.operation_to_commit p on p."commit" = c.id join omdb.operations o on o.id = p.operation`,
    },
  ].map((stream) => ({ ...stream, selected: [] as number[], told: [] as number[] }));
  const bytes: number[] = [];
  const follow = (query: string) =>
    new Promise<number>((resolve, reject) => {
      const client = createClient({ url, webSocketImpl: WebSocket });
      const started = performance.now();
      let seen = 0;
      const next = () => {
        seen += 1;
        if (seen < PAST) return;
        resolve((PAST * 1000) / (performance.now() - started));
        void client.dispose();
      };
      client.subscribe({ query }, { next, error: reject, complete: () => undefined });
    });
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { query, select, selected, told } of streams) {
      const started = performance.now();
      await database.pool.query(`${select} where l.frontier = 'main' order by l.sequence limit $1`, [PAST]);
      selected.push((PAST * 1000) / (performance.now() - started));
      told.push(await follow(query));
      bytes.push((await omdb.ask({}))["bytes"] as number);
    }
  }
  await database.close();
  console.log(`\ncatching up on ${PAST} commits, medians of ${ROUNDS}`);
  printRow(["", "SELECT", "stream", "ratio"]);
  for (const { name, selected, told } of streams) {
    printRow([`${name}/s`, median(selected), median(told), median(told) / median(selected)]);
  }
  printRow(["MiB held after each", ...bytes.map((held) => held / 2 ** 20)]);
}

async function main(): Promise<void> {
  console.log(
    `machine   ${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()}, Node ${process.version}`,
  );
  console.log(`load      ${loadavg()[0]?.toFixed(1)} when it began`);
  const folder = await mkdtemp(path.join(tmpdir(), "omdb-bench-"));
  // PostgreSQL may run as another user.
  await chmod(folder, 0o711);
  const postgres = await startEmbeddedPostgres({ dataDirectory: folder });
  try {
    await migrate(postgres.url, undefined, await readMigrationFiles(path.resolve("prisma/migrations")));
    const { child: omdb, said } = await Child.start("omdb", [postgres.url]);
    const { url, http } = said as { url: string; http: string };
    await mutate(http, `mutation { defineRecordType(input: { name: "note" }) { __typename } }`);
    if (wants("latency")) {
      await measureLatency(postgres.url, url, http, "the same process");
      const other = await Child.start("omdb", [postgres.url]);
      await measureLatency(postgres.url, url, other.said["http"] as string, "another process");
      await other.child.stop();
    }
    if (wants("fan-out")) await measureFanOut(url, http, omdb);
    if (wants("catch-up")) await measureCatchUp(postgres.url, url, omdb);
    await omdb.stop();
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

void main();
