/** The program as users run it: compiled, in processes of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { transformFile } from "@swc/core";

// A program and a database of its own take long to start where the machine has other work.
jest.setTimeout(120_000);

const PROJECT = path.resolve(__dirname, "../..");

export interface Program {
  /** Of a compiled module, e.g. `modulePath("cli/main")`. */
  modulePath(name: string): string;
  /** Starts `omdb` with these arguments, or `node` with a script. */
  start(args: readonly string[], options?: StartOptions): RunningProgram;
  /** Runs `omdb` to its end. */
  run(args: readonly string[], options?: StartOptions): Promise<Ended>;
  /** Deletes what was compiled. */
  remove(): Promise<void>;
}

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** JavaScript for `node -e`, in place of omdb. */
  readonly script?: string;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningProgram {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Resolves with the match once its output (stdout and stderr together) has it; rejects when it ends without. */
  output(pattern: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<Ended>;
}

/** Compiles `src` into a folder of its own, in a few hundredths of a second. */
export async function compileProgram(): Promise<Program> {
  const cache = path.join(PROJECT, "node_modules", ".cache");
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(path.join(cache, "omdb-program-"));
  await copyFile(path.join(PROJECT, "package.json"), path.join(folder, "package.json"));
  const source = path.join(PROJECT, "src");
  const files = (await readdir(source, { recursive: true })).filter((file) => file.endsWith(".ts"));
  await Promise.all(
    files.map(async (file) => {
      const target = path.join(folder, "dist", file.replace(/\.ts$/, ".js"));
      const { code } = await transformFile(path.join(source, file), { cwd: PROJECT, sourceMaps: "inline" });
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, code);
    }),
  );
  const modulePath = (name: string): string => path.join(folder, "dist", `${name}.js`);
  const start = (args: readonly string[], options: StartOptions = {}): RunningProgram =>
    watch(
      spawn(
        process.execPath,
        options.script === undefined ? [modulePath("cli/main"), ...args] : ["-e", options.script],
        {
          cwd: options.cwd ?? folder,
          env: { ...cleanEnvironment(), ...options.env },
          stdio: ["ignore", "pipe", "pipe"],
        },
      ),
    );
  return {
    modulePath,
    start,
    run: (args, options) => start(args, options).ended,
    remove: () => rm(folder, { recursive: true }),
  };
}

/** Without what the program or a shell's owner may have set for it. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const own = /^(OMDB_|PG|NODE_OPTIONS$|npm_|HOST$|PORT$|DATABASE_URL$|DIRECT_URL$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}

function watch(child: ChildProcess): RunningProgram {
  let [stdout, stderr, all] = ["", "", ""];
  const heard = new Set<() => void>();
  const hear = (chunk: Buffer, add: (text: string) => void): void => {
    add(chunk.toString());
    all += chunk.toString();
    for (const look of heard) look();
  };
  child.stdout?.on("data", (chunk: Buffer) => hear(chunk, (text) => (stdout += text)));
  child.stderr?.on("data", (chunk: Buffer) => hear(chunk, (text) => (stderr += text)));
  const ended = once(child, "close").then(([code, signal]): Ended => {
    return { code: code as number | null, signal: signal as NodeJS.Signals | null, stdout, stderr };
  });
  return {
    process: child,
    pid: child.pid ?? 0,
    ended,
    output: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(all);
          if (match === null) return;
          heard.delete(look);
          resolve(match);
        };
        heard.add(look);
        look();
        void ended.then(({ code, signal }) => reject(new Error(`ended with ${signal ?? code}:\n${all}`)));
      }),
  };
}
