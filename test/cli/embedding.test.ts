/** omdb inside another program, as the package gives it. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { data } from "../server/omdbServer";
import { testDatabaseUrl } from "../support/database";
import { compileProgram, type Program, type RunningProgram } from "../support/program";

let program: Program;
beforeAll(async () => {
  program = await compileProgram();
});
const started: RunningProgram[] = [];
afterEach(async () => {
  for (const { process, ended } of started.splice(0)) {
    process.kill("SIGKILL");
    await ended;
  }
});
afterAll(() => program.remove());

function start(script: string): RunningProgram {
  const running = program.start([], { script });
  started.push(running);
  return running;
}

/** The program that docs/embedding.md shows, with another end: it stops when it is told to. */
async function script(url: string, register = true): Promise<string> {
  const page = await readFile(path.resolve(__dirname, "../../docs/embedding.md"), "utf8");
  const [, shown = ""] = /```js\n([^]*?)```/.exec(page) ?? [];
  const [taken = "", kind = ""] = shown.split("\n\n");
  const start = /^const server = await startOmdb\(.*\);$/m.exec(shown)?.[0] ?? "";
  const here = JSON.stringify(program.modulePath("cli/main"));
  return `
    const required = require("node:module").createRequire(${here});
    ${taken.replace("require(", "required(")}
    ${register ? kind : ""}
    (async () => {
      ${start.replace(/"postgres:.*?"/, JSON.stringify(url))}
      console.log("GraphQL: " + server.url);
      process.once("SIGTERM", async () => {
        await server.stop();
        console.log("stopped");
      });
    })().catch((error) => {
      console.error(error.message);
      process.exitCode = 1;
    });`;
}

const COMMIT = `mutation ($operations: [OperationInput!]!) {
  commit(input: { operations: $operations }) {
    __typename
    ... on CommitPayload { commit { operations { nodes { operation path } } } }
    ... on Error { message }
  }
}`;
const TASK = "0190a000-0000-7000-8000-00000000000a";

it("serves operations of kinds that the program registers, and stops in order", async () => {
  const databaseUrl = await testDatabaseUrl();
  const running = start(await script(databaseUrl));
  const [, url = ""] = await running.output(/^GraphQL: (http:\S+)$/m);
  const commit = (operation: object) => data(url, COMMIT, { operations: [operation] });
  const toggle = (name: string) =>
    commit({ apply: { record: TASK, path: [name], operation: "toggle", parameters: {} } });
  await data(url, `mutation { defineRecordType(input: { name: "task" }) { __typename } }`);
  await commit({ create: { record: TASK, type: "task", value: { done: false, title: "Write it down" } } });

  expect(await toggle("done")).toEqual({
    commit: {
      __typename: "CommitPayload",
      commit: { operations: { nodes: [{ operation: "toggle", path: ["done"] }] } },
    },
  });
  expect(await data(url, `{ frontier { record(uuid: "${TASK}") { state } } }`)).toEqual({
    frontier: { record: { state: { done: true, title: "Write it down" } } },
  });
  expect(await toggle("title")).toMatchObject({
    commit: { __typename: "PredicateFailed", message: expect.stringContaining("There is no boolean.") as string },
  });
  running.process.kill("SIGTERM");
  expect(await running.ended).toMatchObject({ code: 0, stderr: "" });
  expect((await running.ended).stdout).toMatch(/\nstopped\n$/);

  // Nothing is left running where the start is refused: the program ends by itself.
  const ignorant = await start(await script(databaseUrl, false)).ended;
  expect(ignorant.code).toBe(1);
  expect(ignorant.stderr).toContain("toggle");
});

it("refuses settings that make no sense", async () => {
  const wrong = (await script("postgres://nowhere/x")).replace('port: "0"', 'port: "many"');
  const { code, stderr } = await start(wrong).ended;
  expect(code).toBe(1);
  expect(stderr).toContain('"many"');
});
