import { version } from "../../package.json";
import { readMigrationFiles } from "../../src/store/migrationFiles";
import { testDatabase, testDatabaseUrl } from "../support/database";
import { compileProgram, type Program } from "../support/program";

let program: Program;
beforeAll(async () => {
  program = await compileProgram();
});
afterAll(() => program.remove());

const commandsIn = (help: string): string[] =>
  [...help.matchAll(/^ {2}([a-z]+)\b.* {2}/gm)].map((match) => match[1] ?? "").filter((name) => name !== "help");

/** Every command and subcommand, as words. */
async function allCommands(parent: string[] = []): Promise<string[][]> {
  const { stdout } = await program.run([...parent, "--help"]);
  const [, list = ""] = stdout.split("\nCommands:\n");
  const children = commandsIn(list).map((name) => [...parent, name]);
  return [...children, ...(await Promise.all(children.map(allCommands))).flat()];
}

test("every command explains itself", async () => {
  const commands = await allCommands();
  expect(commands).toEqual(expect.arrayContaining([["serve"], ["migrate"]]));
  for (const command of commands) {
    const { code, stdout, stderr } = await program.run([...command, "--help"]);
    expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: "" });
    expect(stdout).toMatch(new RegExp(`^Usage: omdb ${command.join(" ")}\\b`));
    // A sentence of its own, not only a list of options.
    expect(stdout).toMatch(/^Usage: .*\n\n[A-Z][^]*\n\n(Arguments|Options|Commands):/);
  }
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
