/** `omdb verify` as users run it. */
import pg from "pg";
import { testDatabaseUrl } from "../support/database";
import { TestRepository } from "../support/gitRepository";
import { compileProgram, type Ended, type Program } from "../support/program";

let program: Program;
let repo: TestRepository;
let url: string;

const run = (...args: string[]): Promise<Ended> => program.run([...args, "--database-url", url]);
const list = (...records: unknown[]) => ({ "c.json": records });
const fr = (area: number) => ({ id: "FRA", area, names: "x".repeat(50) });

beforeAll(async () => {
  program = await compileProgram();
  repo = new TestRepository().commit({ name: "0", files: list(fr(0)), time: 1_600_000_000 });
  for (let n = 1; n < 30; n += 1) {
    repo.commit({ name: String(n), parents: [String(n - 1)], files: list(fr(n)), time: 1_600_000_000 + n });
  }
  repo
    .commit({ name: "side", parents: ["20"], files: list(fr(20), { id: "ITA" }), time: 1_600_000_100 })
    .commit({ name: "merge", parents: ["29", "side"], files: list(fr(29), { id: "ITA" }), time: 1_600_000_200 })
    .branch("master", "merge")
    .branch("side", "side")
    .branch("old", "3")
    .branch("again", "3");
  url = await testDatabaseUrl();
  await run("import", "git", repo.path, "--type", "country", "--file", "c.json", "--key", "id");
});
afterAll(async () => {
  await program.remove();
  repo.delete();
});

async function damage(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

test("an imported database is clean, and says so with code 0", async () => {
  const ended = await run("verify", "--quiet");
  expect(ended).toMatchObject({ code: 0, stdout: "32 commits, 2 records: no differences\n", stderr: "" });
  const { stdout } = await run("verify", "--json");
  expect(JSON.parse(stdout)).toEqual({ commits: 32, records: 2, found: 0, left: 0, tables: {}, differences: [] });
});

test("what differs is told with code 1, and mended when that is asked for", async () => {
  await damage(`update omdb.record_commits set loose = 77 where cut is not null`);
  const told = await run("verify");
  expect(told.code).toBe(1);
  expect(told.stdout).toMatch(/^record_commits [0-9a-f-]{36} \d+: \{.*"loose":77\}, should be \{.*"loose":\d+\}\n/);
  expect(told.stdout).toMatch(/\nrecord_commits: (\d+) differences\n32 commits, 2 records: \1 differences\n$/);
  expect(told.stderr).toMatch(/records of country: 2 of 2\nomdb: \d+ differences left\n$/);

  const mended = await run("verify", "--repair", "--quiet");
  expect(mended).toMatchObject({ code: 0, stderr: "" });
  expect(mended.stdout).toMatch(/: (\d+) differences, \1 mended\n$/);
  expect(await run("verify", "--quiet")).toMatchObject({ code: 0 });
});

test("of many differences some are told, and the rest is counted", async () => {
  await damage(`insert into omdb.snapshots_country (record, heads, state)
    select id, array[n], '{}' from omdb.records, generate_series(1000, 1100) n`);
  const told = await run("verify", "--quiet");
  const lines = told.stdout.split("\n");
  expect(lines.filter((line) => line.endsWith("should be not there"))).toHaveLength(100);
  expect(lines.slice(100)).toEqual([
    "… and 102 more (--json lists more of them)",
    "snapshots_country: 202 differences",
    "32 commits, 2 records: 202 differences",
    "",
  ]);
  const scripted = await run("verify", "--repair", "--json");
  expect(scripted.code).toBe(0);
  expect(JSON.parse(scripted.stdout)).toMatchObject({ found: 202, left: 0, tables: { snapshots_country: 202 } });
});
