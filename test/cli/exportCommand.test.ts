/** Importing and exporting as users do it: with the program. */
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { recordIdOf } from "../../src/store/import/recordIds";
import { testDatabaseUrl } from "../support/database";
import { TestRepository } from "../support/gitRepository";
import { compileProgram, type Ended, type Program } from "../support/program";

let program: Program;
let folder: string;
let repo: TestRepository;
let url: string;

const run = (...args: string[]): Promise<Ended> => program.run([...args, "--database-url", url]);
const list = (...records: unknown[]) => ({ "data/c.json": records });
const fr = { id: "FRA", area: 1 };
const de = { id: "DEU", area: 1 };

beforeAll(async () => {
  program = await compileProgram();
  folder = await mkdtemp(path.join(tmpdir(), "omdb-export-"));
  repo = new TestRepository()
    .commit({ name: "a", files: list(fr), time: Date.UTC(2020, 0, 1) / 1000 })
    .commit({ name: "b", parents: ["a"], files: list({ ...fr, area: 2 }, de), time: Date.UTC(2021, 0, 1) / 1000 })
    .commit({ name: "side", parents: ["a"], files: list(fr, { id: "ITA" }), time: Date.UTC(2020, 6, 1) / 1000 })
    .branch("master", "b")
    .branch("side", "side")
    .branch("7", "a");
  url = await testDatabaseUrl();
});
afterAll(async () => {
  await program.remove();
  await rm(folder, { recursive: true });
  repo.delete();
});

const parsed = (text: string): unknown[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
const sorted = (...records: { id: string }[]) =>
  [...records].sort((a, b) => (recordIdOf("country", a.id) < recordIdOf("country", b.id) ? -1 : 1));

test("import git says what it did, for people and for scripts", async () => {
  const options = ["--type", "country", "--file", "data/c.json", "--key", "id"];
  const first = await run("import", "git", repo.path, ...options, "--json");
  expect(first).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(first.stdout)).toEqual({
    commits: 3,
    merges: 0,
    known: 0,
    records: 3,
    operations: 4,
    frontiers: { made: 4, moved: 0, unchanged: 0 },
    problemCount: 0,
    problems: [],
    notes: [],
    milliseconds: expect.any(Number) as number,
  });
  const second = await run("import", "git", repo.path, ...options);
  expect(second).toMatchObject({ code: 0, stderr: "" });
  expect(second.stdout).toMatch(/^commits +0 \(0 merges; 3 were there already\)\nrecords +0 new\n/);
});

test("import git refuses what makes no sense", async () => {
  const git = (...args: string[]) => run("import", "git", repo.path, "--type", "t", ...args);
  expect(await git()).toMatchObject({ code: 2, stdout: "" });
  expect(await git("--file", "x", "--files", "y")).toMatchObject({ code: 2 });
  expect(await git("--files", "y", "--key", "z")).toMatchObject({ code: 2 });
  expect(await git("--file", "../x", "--key", "z")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("root") as string,
  });
  expect(await git("--file", "data/c.json")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--key") as string,
  });
  expect(await run("import", "git", folder, "--type", "t", "--file", "x")).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringMatching(/^omdb: .* is not a git repository: .*\n$/) as string,
  });
});

test("import git reads the repository that is named, whatever a hook's environment says", async () => {
  const env = { GIT_DIR: folder, GIT_OBJECT_DIRECTORY: folder, GIT_COMMON_DIR: folder, GIT_NAMESPACE: "x" };
  const args = ["import", "git", repo.path, "--type", "country", "--file", "data/c.json", "--key", "id"];
  const ended = await program.start([...args, "--database-url", url], { env }).ended;
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/3 were there already/) as string });
});

test("import git says so when there is no git", async () => {
  const args = ["import", "git", repo.path, "--type", "t", "--file", "x", "--database-url", url];
  const { code, stderr } = await program.start(args, { env: { PATH: folder } }).ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/the program git was not found/);
});

test.each<[string, string | null, { id: string }[]]>([
  ["main by default", null, [{ ...fr, area: 2 } as { id: string }, de]],
  ["a frontier", "side", [fr, { id: "ITA" }]],
  ["a frontier whose name looks like a number", "frontier:7", [fr]],
  ["a frontier at a sequence", "main@#1", [fr]],
  ["a frontier before its first change", "main@#0", []],
  ["a frontier at a day", "main@2020-06-01", [fr]],
  ["a frontier at a time", "main@2021-01-01T01:00:00+01:00", [{ ...fr, area: 2 } as { id: string }, de]],
])("export %s", async (_, at, expected) => {
  const { code, stdout, stderr } = await run("export", "--type", "country", ...(at === null ? [] : ["--at", at]));
  const progress = `records: ${expected.length} of ${expected.length}\n`;
  expect({ code, stderr, states: parsed(stdout) }).toEqual({ code: 0, stderr: progress, states: sorted(...expected) });
});

test("export commits, alone and together", async () => {
  const ids = await run("export", "--type", "country", "--at", "side", "--ids");
  expect(parsed(ids.stdout)).toContainEqual({ record: recordIdOf("country", "ITA"), state: { id: "ITA" } });
  // The order of git among commits of one logical time is its own business: both orders of b and side are the same set.
  const quiet = await run("export", "--type", "country", "--at", "1", "--quiet");
  const one = parsed(quiet.stdout);
  expect(quiet.stderr).toBe("");
  const both = parsed((await run("export", "--type", "country", "--at", "2+3+1")).stdout);
  expect(one).toEqual([fr]);
  expect(both).toEqual(sorted({ ...fr, area: 2 } as { id: string }, de, { id: "ITA" }));
});

test.each<[string, number, string]>([
  ["nowhere", 1, 'There is no frontier "nowhere".'],
  ["99", 1, "There is no commit 99."],
  ["main@#99", 1, "sequences 0 to 2"],
  ["main@2020-02-30", 2, "names a time that does not exist"],
  ["99999999999999999999", 2, "too large"],
  ["", 2, "empty"],
])("export --at %j is refused", async (at, code, message) => {
  const ended = await run("export", "--type", "country", "--at", at);
  expect(ended).toMatchObject({ code, stdout: "", stderr: expect.stringContaining(message) as string });
});

test("export of an unknown type is refused", async () => {
  const ended = await run("export", "--type", "nothing");
  expect(ended).toMatchObject({ code: 1, stdout: "", stderr: 'omdb: There is no record type "nothing".\n' });
});

test("import jsonl imports what it can, and says what it cannot", async () => {
  const file = path.join(folder, "things.jsonl");
  await writeFile(file, '{"id":1}\nnonsense\n{"id":2}\n');
  const ended = await run("import", "jsonl", file, "--type", "thing", "--key", "id", "--frontier", "side", "--json");
  expect(ended).toMatchObject({ code: 1, stderr: "omdb: 1 of 3 lines could not be imported\n" });
  expect(JSON.parse(ended.stdout)).toEqual({
    lines: 3,
    created: 2,
    changed: 0,
    unchanged: 0,
    commits: 1,
    operations: 2,
    badLines: 1,
    bad: [{ line: 2, what: "the line is not valid JSON" }],
  });
  expect(parsed((await run("export", "--type", "thing", "--at", "side")).stdout)).toHaveLength(2);
  expect(parsed((await run("export", "--type", "thing")).stdout)).toHaveLength(0);
});

test("import jsonl takes a pipe, and refuses a file that is not there", async () => {
  const script = `
    const { spawn } = require("node:child_process");
    const child = spawn(process.execPath, ${JSON.stringify([program.modulePath("cli/main"), "import", "jsonl", "-", "--type", "piped", "--database-url", url])}, { stdio: ["pipe", "inherit", "inherit"] });
    child.stdin.end('{"a":1}\\n{"a":2}');
    child.on("close", (code) => (process.exitCode = code));`;
  const ended = await program.start([], { script }).ended;
  expect(ended).toMatchObject({
    code: 0,
    stderr: "",
    stdout: expect.stringMatching(/^lines +2\nrecords +2 created/) as string,
  });
  const missing = await run("import", "jsonl", path.join(folder, "missing"), "--type", "piped");
  expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining("ENOENT") as string });
  const directory = await run("import", "jsonl", folder, "--type", "piped");
  expect(directory).toMatchObject({ code: 1, stderr: expect.stringContaining("EISDIR") as string });
});

test("a reader of an export who stops early gets what it asked for, and no complaint", async () => {
  const file = path.join(folder, "large.jsonl");
  await writeFile(
    file,
    Array.from({ length: 5_000 }, (_, n) => JSON.stringify({ n, text: "x".repeat(100) })).join("\n"),
  );
  expect(await run("import", "jsonl", file, "--type", "large", "--quiet")).toMatchObject({ code: 0 });
  const script = `
    const { spawn } = require("node:child_process");
    const child = spawn(process.execPath, ${JSON.stringify([program.modulePath("cli/main"), "export", "--type", "large", "--database-url", url])}, { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.once("data", (chunk) => { console.log(JSON.parse(chunk.toString().split("\\n")[0]).text.length); child.stdout.destroy(); });`;
  expect(await program.start([], { script }).ended).toEqual({ code: 0, signal: null, stdout: "100\n", stderr: "" });
});

// A device of Linux that is always full.
(existsSync("/dev/full") ? test : test.skip)("output that cannot be written ends a command in order", async () => {
  const to = (...args: string[]) => {
    const script = `
      const { openSync } = require("node:fs");
      const { spawn } = require("node:child_process");
      const child = spawn(process.execPath, ${JSON.stringify([program.modulePath("cli/main"), ...args, "--database-url", url])}, { stdio: ["ignore", openSync("/dev/full", "w"), "inherit"] });
      child.on("close", (code) => (process.exitCode = code));`;
    return program.start([], { script }).ended;
  };
  const stderr = expect.stringMatching(/^omdb: the output cannot be written: ENOSPC.*\n$/) as string;
  expect(await to("export", "--type", "country")).toMatchObject({ code: 1, stderr });
  expect(await to("migrate", "--quiet")).toMatchObject({ code: 1, stderr });
  expect(await to("serve", "--port", "0")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/stopping.*\nomdb: the output cannot be written: ENOSPC.*\n$/) as string,
  });
});
