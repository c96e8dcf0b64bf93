import { readFile } from "node:fs/promises";
import path from "node:path";
import { version } from "../../package.json";
import { readMigrationFiles } from "../../src/store/migrationFiles";
import { testDatabase, testDatabaseUrl } from "../support/database";
import { compileProgram, type Ended, type Program } from "../support/program";

let program: Program;
beforeAll(async () => {
  program = await compileProgram();
});
afterAll(() => program.remove());

/** What every command and subcommand says to --help. */
async function allHelp(parent: string[] = []): Promise<{ command: string[]; answer: Ended }[]> {
  const answer = await program.run([...parent, "--help"]);
  const [, list = ""] = answer.stdout.split("\nCommands:\n");
  const names = [...list.matchAll(/^ {2}([a-z]+)\b/gm)]
    .map((match) => match[1] ?? "")
    .filter((name) => name !== "help");
  const children = await Promise.all(names.map((name) => allHelp([...parent, name])));
  return [{ command: parent, answer }, ...children.flat()];
}

test("every command explains itself", async () => {
  const all = await allHelp();
  expect(all.map(({ command }) => command.join(" "))).toEqual(
    expect.arrayContaining(["serve", "migrate", "import", "import git"]),
  );
  for (const { command, answer } of all) {
    expect({ command, ...answer }).toMatchObject({ command, code: 0, stderr: "" });
    expect(answer.stdout).toMatch(new RegExp(`^Usage: ${["omdb", ...command].join(" ")}\\b`));
    // A sentence of its own, not only a list of options.
    expect(answer.stdout).toMatch(/^Usage: .*\n\n[A-Z][^]*\n\n(Arguments|Options|Commands):/);
  }
});

test("docs/commands.md names every command", async () => {
  const page = await readFile(path.resolve(__dirname, "../../docs/commands.md"), "utf8");
  const named = [...page.matchAll(/^\| `omdb ([a-z ]+)`/gm)].map((match) => match[1]);
  const leaves = (await allHelp()).filter(({ answer }) => !answer.stdout.includes("\nCommands:\n"));
  expect(named.sort()).toEqual(leaves.map(({ command }) => command.join(" ")).sort());
});

test("the version is the package's", async () => {
  expect(await program.run(["--version"])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: "" });
});

test.each([
  ["no command", [], /^Usage: omdb/],
  ["an unknown command", ["serv"], /unknown command 'serv'/],
  ["an unknown option", ["serve", "--colour"], /unknown option '--colour'/],
  ["an option without its value", ["serve", "--port"], /argument missing/],
  ["an argument too many", ["migrate", "now"], /too many arguments/],
  [
    "a port that is none",
    ["serve", "--port", "http"],
    /^omdb: --port must be an integer from 0 to 65535, not "http"\n$/,
  ],
  [
    "two databases",
    ["migrate", "--data-dir", "x", "--database-url", "postgres://host/x"],
    /^omdb: --data-dir .* cannot stand beside --database-url\n$/,
  ],
])("%s: exit code 2, and the reason on stderr", async (_, args, reason) => {
  const { code, stdout, stderr } = await program.run(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(reason);
});

test("a variable that makes no sense is named: exit code 2", async () => {
  expect(await program.run(["migrate"], { env: { OMDB_LIMIT_HEADS: "many" } })).toMatchObject({
    code: 2,
    stderr: `omdb: OMDB_LIMIT_HEADS must be an integer from 1 to 2147483647, not "many"\n`,
  });
});

test("a database that cannot be reached: exit code 1, and its address without the password", async () => {
  const { code, stderr } = await program.run(["migrate", "--database-url", "postgres://me:hunter2@127.0.0.1:1/omdb"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^omdb: cannot use the database at postgres:\/\/me@127\.0\.0\.1:1\/omdb: .*ECONNREFUSED.*\n$/);
});

test("migrate says what it did, for scripts as JSON alone", async () => {
  const names = (await readMigrationFiles()).map(({ name }) => name);
  const url = await testDatabaseUrl({ empty: true });
  expect(await program.run(["migrate", "--json", "--database-url", url])).toEqual({
    code: 0,
    signal: null,
    stdout: `${JSON.stringify({ applied: names })}\n`,
    stderr: "",
  });
  expect(await program.run(["migrate"], { env: { DATABASE_URL: url } })).toMatchObject({
    code: 0,
    stdout: "nothing to do\n",
    stderr: "",
  });
});

test("a database that is newer is refused: exit code 1, without a stack", async () => {
  const database = await testDatabase();
  await database.pool.query(`update public."_prisma_migrations" set migration_name = '2999_' || migration_name`);
  const { code, stderr } = await program.run(["migrate", "--quiet", "--database-url", database.url]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^omdb: the database is newer than this program: .*\n$/);
});
