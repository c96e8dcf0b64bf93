/** What processes hold, after everything that can be let go has been. */
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { data, type OmdbServer } from "../server/omdbServer";
import type { RunningProgram } from "../support/program";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Lets servers load what stays once it has been needed, such as Prisma's engine: who of them needs it first is chance. */
export async function warmUp(urls: readonly string[]): Promise<void> {
  for (const url of urls) await data(url, `{ recordType(name: "note") { createdAt } }`);
}

/** Bytes of JavaScript objects and buffers. */
export async function bytesHeld(): Promise<number> {
  // What waits for a turn, such as the end of a socket, holds what it is about.
  for (let round = 0; round < 3; round += 1) {
    await turn();
    collect();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Between two looks at one process that does the same work all the time; caches that fill up move it by a part of this. */
const MOST_GROWN = 8 * 1024 * 1024;

/**
 * Expects that servers of this process, whose clients have gone, hold no more than when there was nothing to get over.
 * @param before `bytesHeld` when clients were there already
 */
export async function expectNothingKept(servers: readonly OmdbServer[], before: number): Promise<void> {
  for (const server of servers) {
    // It notices in its own time that its clients have gone.
    while (Object.values(server.open()).some((count) => count > 0)) await turn();
  }
  expect((await bytesHeld()) - before).toBeLessThan(MOST_GROWN);
}

/** Makes a program of Node answer `bytesHeldBy`; for its environment. */
export const MEASURED = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`
    import { setImmediate as turn } from "node:timers/promises";
    import { setFlagsFromString } from "node:v8";
    import { runInNewContext } from "node:vm";
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc");
    let asked = 0;
    process.on("SIGUSR2", async () => {
      for (let round = 0; round < 3; round += 1) {
        await turn();
        collect();
      }
      const { heapUsed, external } = process.memoryUsage();
      asked += 1;
      process.stderr.write(\`held \${asked}: \${heapUsed + external}\\n\`);
    });`)}`,
};

const asked = new WeakMap<RunningProgram, number>();

/** The same of another process, which runs with `MEASURED`. */
export async function bytesHeldBy(program: RunningProgram): Promise<number> {
  const time = (asked.get(program) ?? 0) + 1;
  asked.set(program, time);
  program.process.kill("SIGUSR2");
  const [, bytes] = await program.output(new RegExp(`^held ${time}: (\\d+)$`, "m"));
  return Number(bytes);
}

/** As `expectNothingKept`. */
export async function expectNothingKeptBy(program: RunningProgram, before: number): Promise<void> {
  expect((await bytesHeldBy(program)) - before).toBeLessThan(MOST_GROWN);
}
