/** One `git cat-file --batch` process: objects by name, in the order asked, many requests under way at once. */
import { GitError, startGit, type GitProcess } from "./process";
import type { Repository } from "./repository";

export interface GitObject {
  readonly id: string;
  readonly type: string;
  /** Bytes, as git says. */
  readonly size: number;
  /** Null where it is larger than was allowed. */
  readonly content: Buffer | null;
}

interface Request {
  readonly maximumBytes: number;
  readonly resolve: (object: GitObject | null) => void;
  readonly reject: (error: Error) => void;
}

interface Receiving {
  readonly id: string;
  readonly type: string;
  readonly size: number;
  readonly content: Buffer | null;
  received: number;
}

export class CatFile {
  private readonly git: GitProcess;
  private readonly requests: Request[] = [];
  private receiving: Receiving | null = null;
  private header: Buffer = Buffer.alloc(0);
  private failure: Error | null = null;

  constructor(repository: Repository) {
    this.git = startGit(repository.gitDirectory, ["cat-file", "--batch"]);
    this.git.child.stdout.on("data", (chunk: Buffer) => {
      try {
        this.take(chunk);
      } catch (error) {
        this.fail(error as Error);
      }
    });
    void this.git.ended.then((error) => this.fail(error ?? new GitError("git cat-file ended early")));
  }

  /**
   * Reads an object.
   * @param name without line feeds: an id, or anything else that git resolves
   * @returns null where there is no such object
   * @throws GitError
   */
  read(name: string, maximumBytes = Number.MAX_SAFE_INTEGER): Promise<GitObject | null> {
    if (name.includes("\n")) throw new RangeError("a name of an object has no line feed");
    return new Promise((resolve, reject) => {
      if (this.failure) return reject(this.failure);
      this.requests.push({ maximumBytes, resolve, reject });
      this.git.child.stdin.write(`${name}\n`);
    });
  }

  async close(): Promise<void> {
    this.fail(new GitError("git cat-file was closed"));
    await this.git.stop();
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const request of this.requests.splice(0)) request.reject(this.failure);
  }

  private take(chunk: Buffer): void {
    let position = 0;
    while (position < chunk.length) {
      position = this.receiving ? this.takeContent(this.receiving, chunk, position) : this.takeHeader(chunk, position);
    }
  }

  private takeHeader(chunk: Buffer, position: number): number {
    const end = chunk.indexOf(10, position);
    const part = chunk.subarray(position, end < 0 ? chunk.length : end);
    this.header = this.header.length === 0 ? part : Buffer.concat([this.header, part]);
    if (end < 0) return chunk.length;
    const line = this.header.toString("latin1");
    this.header = Buffer.alloc(0);
    const request = this.requests[0];
    if (!request) throw new GitError(`git cat-file said something unasked: ${line}`);
    const match = /^([0-9a-f]{40,64}) (\w+) (\d+)$/.exec(line);
    if (match) {
      const [, id = "", type = "", length = ""] = match;
      const size = Number(length);
      const content = size <= request.maximumBytes ? Buffer.allocUnsafe(size) : null;
      this.receiving = { id, type, size, content, received: 0 };
    } else if (/ (missing|ambiguous|submodule)$/.test(line)) {
      this.requests.shift()?.resolve(null);
    } else {
      throw new GitError(`git cat-file: ${line}`);
    }
    return end + 1;
  }

  private takeContent(receiving: Receiving, chunk: Buffer, position: number): number {
    const wanted = receiving.size - receiving.received;
    const stop = Math.min(chunk.length, position + wanted);
    if (stop > position) {
      receiving.content?.set(chunk.subarray(position, stop), receiving.received);
      receiving.received += stop - position;
    }
    if (receiving.received < receiving.size || stop === chunk.length) return stop;
    // The line feed after the content ends the answer.
    this.receiving = null;
    const { id, type, size, content } = receiving;
    this.requests.shift()?.resolve({ id, type, size, content });
    return stop + 1;
  }
}
