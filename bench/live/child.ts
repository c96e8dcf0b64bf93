/** Processes of the benchmark, and what they ask each other. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

export type Answer = Readonly<Record<string, unknown>>;

export class Child {
  private constructor(private readonly process: ChildProcess) {}

  /** Starts `<name>.js` beside this file, and waits for its first word. */
  static async start(name: string, args: readonly string[]): Promise<{ child: Child; said: Answer }> {
    // As omdb starts, and as one would start the baselines.
    const env = { ...process.env, NODE_ENV: "production" };
    const child = fork(path.join(__dirname, `${name}.js`), args, { execArgv: ["--expose-gc"], env });
    const early = once(child, "exit").then(() => {
      throw new Error(`The process ${name} has ended.`);
    });
    const [said] = (await Promise.race([once(child, "message"), early])) as [Answer];
    early.catch(() => undefined);
    return { child: new Child(child), said };
  }

  async ask(question: Answer): Promise<Answer> {
    const answer = once(this.process, "message") as Promise<[Answer]>;
    this.process.send(question);
    return (await answer)[0];
  }

  async stop(): Promise<void> {
    const gone = once(this.process, "exit");
    this.process.kill("SIGTERM");
    await gone;
  }
}

/** In a child: answers questions one after the other, after a first word. */
export function answer(first: Answer, reply: (question: Answer) => Promise<Answer> | Answer): void {
  process.on("message", (question: Answer) => {
    void (async () => process.send!(await reply(question)))();
  });
  process.send!(first);
}

/** Bytes that this process holds, after what nobody needs is gone. */
export async function bytesHeld(): Promise<number> {
  const collect = (globalThis as { gc?: () => void }).gc;
  for (let round = 0; round < 4; round += 1) {
    collect?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
