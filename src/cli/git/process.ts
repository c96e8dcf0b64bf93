/** Running the git program: the only place that starts it. */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { gitEnvironment } from "../../server/configuration";
import { CommandFailed } from "../exit";

/** Git is missing, the path is no repository, or git failed: the message is for the person at the terminal. */
export class GitError extends CommandFailed {}

/**
 * Options that every command gets: paths mean what they say, objects are what their names say (no `git replace`), and
 * reading leaves no trace.
 */
const GLOBAL_OPTIONS = ["--literal-pathspecs", "--no-replace-objects", "--no-optional-locks"];

/** Starts git on a repository. The caller reads stdout; `failure` tells why it ended badly. */
export function startGit(gitDirectory: string, args: readonly string[]): GitProcess {
  return new GitProcess(gitDirectory, args);
}

/** How much of what git says on stderr is kept for the error message, in bytes. */
const STDERR_BYTES = 4096;

export class GitProcess {
  readonly child: ChildProcessWithoutNullStreams;
  /** Resolves to null after a clean end, else to the reason. Never rejects. */
  readonly ended: Promise<GitError | null>;
  private stderr = "";
  private stopped = false;

  constructor(gitDirectory: string, args: readonly string[]) {
    this.child = spawn("git", [`--git-dir=${gitDirectory}`, ...GLOBAL_OPTIONS, ...args], {
      env: gitEnvironment(),
      windowsHide: true,
    });
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (this.stderr.length < STDERR_BYTES) this.stderr += text;
    });
    // A process that ends early breaks the pipe to it; why it ended is told by `ended`.
    this.child.stdin.on("error", () => undefined);
    this.ended = new Promise((resolve) => {
      this.child.on("error", (error: NodeJS.ErrnoException) => resolve(startFailure(error)));
      this.child.on("close", (code) => {
        if (code === 0 || this.stopped) return resolve(null);
        const said = this.stderr.trim();
        resolve(
          new GitError(`git ${args[0] ?? ""} failed${said ? `: ${said}` : ` with exit code ${code ?? "unknown"}`}`),
        );
      });
    });
  }

  /** Ends it, whatever it is doing, and waits until it is gone. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.child.stdin.destroy();
    this.child.stdout.destroy();
    this.child.kill();
    await this.ended;
  }
}

function startFailure(error: NodeJS.ErrnoException): GitError {
  if (error.code === "ENOENT") {
    return new GitError("the program git was not found: install git, or put it on the PATH, and try again");
  }
  return new GitError(`git could not be started: ${error.message}`);
}

/**
 * Runs git to its end and gives what it printed, as bytes.
 * @throws GitError
 */
export async function gitOutput(gitDirectory: string, args: readonly string[], input = ""): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const git = startGit(gitDirectory, args);
  git.child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  git.child.stdin.end(input);
  const failure = await git.ended;
  if (failure) throw failure;
  return Buffer.concat(chunks);
}

/**
 * Runs git and gives the lines that it prints, one by one, without their line feeds. Lines are read as Latin-1, byte by
 * byte: for output that is ASCII.
 * @throws GitError
 */
export async function* gitLines(gitDirectory: string, args: readonly string[], input = ""): AsyncGenerator<string> {
  const git = startGit(gitDirectory, args);
  try {
    git.child.stdin.end(input);
    let rest = "";
    for await (const chunk of git.child.stdout.setEncoding("latin1")) {
      const lines = (rest + (chunk as string)).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
    const failure = await git.ended;
    if (failure) throw failure;
    if (rest !== "") yield rest;
  } finally {
    await git.stop();
  }
}
