/** The same record in git: a file, a commit for each operation, packed, and one `git cat-file --batch`. */
import { execFileSync, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { once } from "node:events";
import type { State } from "../../src/core/json";
import { applyOperation, type Effect } from "../../src/core/operation";
import type { OldStates } from "./oldStates";

export async function gitRecord(effects: readonly Effect[]): Promise<OldStates> {
  const folder = await mkdtemp(path.join(tmpdir(), "omdb-bench-git-"));
  const commits = await write(folder, effects);
  const git = spawn("git", ["-C", folder, "cat-file", "--batch"], { stdio: ["pipe", "pipe", "inherit"] });
  let answer = Buffer.alloc(0);
  let wake: (text: string) => void;
  git.stdout.on("data", (chunk: Buffer) => {
    answer = Buffer.concat([answer, chunk]);
    const start = answer.indexOf("\n") + 1;
    if (start === 0) return;
    const end = start + Number(answer.toString("latin1", 0, start).split(" ")[2]);
    if (answer.length <= end) return;
    const text = answer.toString("utf8", start, end);
    answer = answer.subarray(end + 1);
    wake(text);
  });
  return {
    stateAt: async (place) => {
      const text = new Promise<string>((resolve) => (wake = resolve));
      git.stdin.write(`${commits[place]}:record.json\n`);
      return JSON.parse(await text) as unknown;
    },
    close: async () => {
      git.stdin.end();
      await once(git, "close");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The names of the commits. */
async function write(folder: string, effects: readonly Effect[]): Promise<string[]> {
  execFileSync("git", ["init", "--quiet", "--bare", folder]);
  const marks = path.join(folder, "marks");
  const input = path.join(folder, "input");
  const stream = createWriteStream(input);
  let state: State;
  for (const [place, effect] of effects.entries()) {
    state = applyOperation(state, effect);
    const text = JSON.stringify(state);
    const commit = `commit refs/heads/main\nmark :${place + 1}\ncommitter bench <> ${place} +0000\ndata 0\n`;
    const file = `M 100644 inline record.json\ndata ${Buffer.byteLength(text)}\n${text}\n`;
    if (!stream.write(commit + file)) await once(stream, "drain");
  }
  stream.end();
  await once(stream, "close");
  const script = `git -C "$1" fast-import --quiet --export-marks="$2" < "$3" && git -C "$1" repack -adq`;
  execFileSync("sh", ["-c", script, "sh", folder, marks, input], { stdio: ["ignore", "inherit", "inherit"] });
  await rm(input);
  const names: string[] = [];
  for (const line of (await readFile(marks, "utf8")).trim().split("\n")) {
    const [mark = "", name = ""] = line.slice(1).split(" ");
    names[Number(mark) - 1] = name;
  }
  return names;
}
