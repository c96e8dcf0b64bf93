import { testDatabaseUrl } from "../support/database";
import { compileProgram, type Program } from "../support/program";

let program: Program;
beforeAll(async () => {
  program = await compileProgram();
});
afterAll(() => program.remove());

const load = (name: string): string => `require(${JSON.stringify(program.modulePath(name))})`;

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("a first %s asks, a second one ends at once", async (signal) => {
  const script = `
    const { watchForInterruption } = ${load("cli/interruption")};
    const { signal } = watchForInterruption(() => console.log("asked", signal.aborted), 0);
    setInterval(() => undefined, 1000);
    console.log("ready");`;
  const child = program.start([], { script });
  await child.output(/ready/);
  child.process.kill(signal);
  await child.output(/asked true/);
  child.process.kill(signal);
  expect(await child.ended).toMatchObject({ code: 130 });
});

test("signals that come together count as one", async () => {
  const script = `
    const { watchForInterruption } = ${load("cli/interruption")};
    watchForInterruption(() => console.log("asked"), Infinity);
    let heard = 0;
    process.on("SIGINT", () => console.log("heard", ++heard));
    setInterval(() => undefined, 1000);
    console.log("ready");`;
  const child = program.start([], { script });
  await child.output(/ready/);
  child.process.kill("SIGINT");
  await child.output(/heard 1/);
  child.process.kill("SIGINT");
  await child.output(/heard 2/);
  child.process.kill("SIGKILL");
  expect(await child.ended).toMatchObject({ signal: "SIGKILL", stdout: "ready\nasked\nheard 1\nheard 2\n" });
});

test("work on a database that is interrupted may end in its own way, and the database is closed", async () => {
  const url = await testDatabaseUrl();
  const script = `
    const { withDatabase } = ${load("cli/command")};
    const { endingOf } = ${load("cli/exit")};
    const work = async (database, limits, signal) => {
      await database.pool.query("select 1");
      console.log("working");
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      await database.pool.query("select 1");
      console.log("stopped in order");
    };
    withDatabase({ databaseUrl: ${JSON.stringify(url)}, user: "a test" }, work).catch((error) => {
      const { code, message } = endingOf(error);
      console.error(message);
      process.exitCode = code;
    });`;
  const child = program.start([], { script });
  await child.output(/working/);
  child.process.kill("SIGINT");
  // It ends by itself: nothing holds the process.
  expect(await child.ended).toEqual({
    code: 130,
    signal: null,
    stdout: "working\nstopped in order\n",
    stderr: "interrupted\n",
  });
});

test("under npm, whose shell keeps signals to itself, the end of the shell counts as one", async () => {
  const script = `
    const { watchForInterruption, untilAborted } = ${load("cli/interruption")};
    const timer = setInterval(() => undefined, 1000);
    untilAborted(watchForInterruption().signal).then(() => { console.log("asked"); clearInterval(timer); });
    console.log("ready");`;
  const shell = `
    const { spawn } = require("node:child_process");
    spawn(process.execPath, ["-e", ${JSON.stringify(script)}], { stdio: "inherit" });`;
  const parent = program.start([], { script: shell, env: { npm_lifecycle_event: "start" } });
  await parent.output(/ready/);
  parent.process.kill("SIGKILL");
  // Its output ends when the orphan, too, is gone.
  expect(await parent.ended).toMatchObject({ signal: "SIGKILL", stdout: "ready\nasked\n" });
});
