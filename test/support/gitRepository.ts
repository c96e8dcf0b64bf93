/** Git repositories for tests, made with `git fast-import`: the same bytes everywhere, whatever the user's configuration. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TestCommit {
  /** What the test calls it. */
  readonly name: string;
  readonly parents?: readonly string[];
  /** All files of the commit; a value that is neither text nor bytes is written as JSON. */
  readonly files: Readonly<Record<string, unknown>>;
  readonly message?: string | Buffer;
  readonly author?: string | Buffer;
  /** Seconds since 1970; default: some seconds after the commit before it. */
  readonly time?: number;
  readonly encoding?: string;
}

const GIT_ENVIRONMENT = {
  PATH: process.env.PATH,
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_COMMITTER_NAME: "Tester",
  GIT_COMMITTER_EMAIL: "tester@example.org",
  GIT_COMMITTER_DATE: "1700000000 +0000",
  GIT_AUTHOR_NAME: "Tester",
  GIT_AUTHOR_EMAIL: "tester@example.org",
  GIT_AUTHOR_DATE: "1700000000 +0000",
};

const FIRST_TIME = 1_600_000_000;

export class TestRepository {
  readonly path = mkdtempSync(join(tmpdir(), "omdb-git-"));
  private readonly shas = new Map<string, string>();

  constructor(defaultBranch = "master") {
    this.git("init", "--quiet", "--bare", `--initial-branch=${defaultBranch}`);
  }

  git(...args: string[]): string {
    return this.gitWithInput("", ...args);
  }

  gitWithInput(input: string | Buffer, ...args: string[]): string {
    const options = { cwd: this.path, env: GIT_ENVIRONMENT, input, maxBuffer: 2 ** 30, stdio: "pipe" as const };
    return execFileSync("git", args, options).toString("utf8").trim();
  }

  /** What git prints, byte by byte. */
  bytes(...args: string[]): Buffer {
    return execFileSync("git", args, { cwd: this.path, env: GIT_ENVIRONMENT, maxBuffer: 2 ** 30, stdio: "pipe" });
  }

  /** Adds commits, parents first. */
  commit(...commits: readonly TestCommit[]): this {
    const parts: (string | Buffer)[] = [];
    const data = (content: Buffer) => parts.push(`data ${content.length}\n`, content, "\n");
    for (const [index, commit] of commits.entries()) {
      const time = commit.time ?? FIRST_TIME + 10 * (this.shas.size + index);
      const [first, ...others] = commit.parents ?? [];
      // Without a parent, the branch must be forgotten, or the commit would go on with it.
      if (first === undefined) parts.push("reset refs/heads/fast-import\n");
      parts.push(`commit refs/heads/fast-import\nmark :${index + 1}\n`);
      parts.push("author ", commit.author ?? "Ada Lovelace <ada@example.org>", ` ${time} +0100\n`);
      parts.push(`committer Charles Babbage <charles@example.org> ${time} +0100\n`);
      if (commit.encoding !== undefined) parts.push(`encoding ${commit.encoding}\n`);
      data(Buffer.from(commit.message ?? `commit ${commit.name}`));
      const name = (parent: string) => {
        const mark = commits.findIndex((other) => other.name === parent);
        return mark >= 0 ? `:${mark + 1}` : this.sha(parent);
      };
      if (first !== undefined) parts.push(`from ${name(first)}\n`);
      for (const other of others) parts.push(`merge ${name(other)}\n`);
      parts.push("deleteall\n");
      for (const [path, content] of Object.entries(commit.files)) {
        parts.push(`M 100644 inline ${JSON.stringify(path)}\n`);
        data(bytesOf(content));
      }
      parts.push("\n");
    }
    const marks = join(this.path, "test-marks");
    const input = Buffer.concat(parts.map((part) => Buffer.from(part)));
    this.gitWithInput(input, "fast-import", "--quiet", "--force", `--export-marks=${marks}`);
    for (const line of readFileSync(marks, "utf8").split("\n")) {
      const [mark = "", sha = ""] = line.split(" ");
      const commit = commits[Number(mark.slice(1)) - 1];
      if (commit) this.shas.set(commit.name, sha);
    }
    this.git("update-ref", "-d", "refs/heads/fast-import");
    return this;
  }

  sha(name: string): string {
    const sha = this.shas.get(name);
    if (sha === undefined) throw new Error(`no commit ${name}`);
    return sha;
  }

  branch(name: string, commit: string): this {
    return this.ref(`refs/heads/${name}`, commit);
  }

  tag(name: string, commit: string): this {
    return this.ref(`refs/tags/${name}`, commit);
  }

  ref(name: string, commit: string): this {
    this.git("update-ref", name, this.sha(commit));
    return this;
  }

  /** Takes an object away, as a broken disk does. */
  removeObject(name: string): void {
    const id = this.git("rev-parse", name);
    const packs = join(this.path, "objects", "pack");
    const aside = join(this.path, "packs-aside");
    renameSync(packs, aside);
    mkdirSync(packs);
    for (const file of readdirSync(aside).filter((pack) => pack.endsWith(".pack"))) {
      this.gitWithInput(readFileSync(join(aside, file)), "unpack-objects", "-q");
    }
    rmSync(join(this.path, "objects", id.slice(0, 2), id.slice(2)));
  }

  delete(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

function bytesOf(content: unknown): Buffer {
  if (Buffer.isBuffer(content)) return content;
  return Buffer.from(typeof content === "string" ? content : JSON.stringify(content));
}
