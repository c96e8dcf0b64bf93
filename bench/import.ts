/**
 * What `omdb import git` costs, beside what reading and parsing the same versions costs without omdb.
 *
 *     npm run bench:import -- <repository> [file] [key]
 *
 * The repository may be a bundle. Both are run in turns; the medians and their ratio are printed. The import goes into
 * the embedded PostgreSQL with its durable settings, in a folder of its own each time.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir, totalmem, type } from "node:os";
import path from "node:path";

const RUNS = 3;
const PROGRAM = path.resolve(__dirname, "../../dist/cli/main.js");

interface Read {
  readonly seconds: number;
  readonly versions: number;
  readonly bytes: number;
}

/** Every version of the file through one `git cat-file --batch`, strictly decoded and parsed. */
async function readAndParse(repository: string, file: string): Promise<Read> {
  const started = performance.now();
  const shas = execFileSync("git", ["-C", repository, "rev-list", "--all"], { maxBuffer: 2 ** 30 }).toString();
  const git = spawn("git", ["-C", repository, "cat-file", "--batch"], { stdio: ["pipe", "pipe", "inherit"] });
  git.stdin.end(shas.trim().replaceAll(/$/gm, `:${file}`) + "\n");
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let versions = 0;
  let bytes = 0;
  let parts: Buffer[] = [];
  let missing = 0;
  const take = (content: Buffer): void => {
    versions += 1;
    bytes += content.length;
    try {
      JSON.parse(decoder.decode(content));
    } catch {
      // Histories hold files that are no JSON.
    }
  };
  for await (const chunk of git.stdout) {
    parts.push(chunk as Buffer);
    missing -= (chunk as Buffer).length;
    if (missing > 0) continue;
    let rest = Buffer.concat(parts);
    for (;;) {
      const end = rest.indexOf(10);
      const size = end < 0 ? NaN : Number(rest.toString("latin1", 0, end).split(" ")[2] ?? -1);
      // A version without the file is one line, with it a line, the file and a line feed.
      if (Number.isNaN(size)) missing = 1;
      else missing = size < 0 ? 0 : end + 1 + size + 1 - rest.length;
      if (missing > 0) break;
      if (size >= 0) take(rest.subarray(end + 1, end + 1 + size));
      rest = rest.subarray(size < 0 ? end + 1 : end + 1 + size + 1);
      if (rest.length === 0) break;
    }
    parts = [rest];
  }
  return { seconds: (performance.now() - started) / 1000, versions, bytes };
}

interface Imported {
  /** The whole command: starting the program and PostgreSQL, making the tables, importing, stopping. */
  readonly command: number;
  /** The import alone, as the command reports it. */
  readonly seconds: number;
  readonly commits: number;
  readonly operations: number;
}

function importInto(folder: string, repository: string, file: string, key: string): Imported {
  const data = mkdtempSync(path.join(folder, "data-"));
  const args = ["import", "git", repository, "--type", "record", "--file", file, "--key", key, "--refs", "refs/*"];
  const started = performance.now();
  const output = execFileSync(process.execPath, [PROGRAM, ...args, "--data-dir", data, "--json"], {
    maxBuffer: 2 ** 30,
  });
  const command = (performance.now() - started) / 1000;
  const summary = JSON.parse(output.toString()) as { milliseconds: number; commits: number; operations: number };
  return { command, seconds: summary.milliseconds / 1000, commits: summary.commits, operations: summary.operations };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

async function main([repository, file = "countries.json", key = "cca3"]: string[]): Promise<void> {
  if (repository === undefined) throw new Error("which repository? npm run bench:import -- <repository> [file] [key]");
  const folder = mkdtempSync(path.join(tmpdir(), "omdb-bench-"));
  try {
    const clone = path.join(folder, "repository.git");
    execFileSync("git", ["clone", "--quiet", "--mirror", repository, clone]);
    const reads: Read[] = [];
    const imports: Imported[] = [];
    for (let run = 0; run < RUNS; run++) {
      reads.push(await readAndParse(clone, file));
      imports.push(importInto(folder, clone, file, key));
    }
    const baseline = median(reads.map((read) => read.seconds));
    const alone = median(imports.map((imported) => imported.seconds));
    const command = median(imports.map((imported) => imported.command));
    const [read, imported] = [reads[0], imports[0]];
    console.log(
      `machine   ${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()}, Node ${process.version}`,
    );
    console.log(`input     ${read?.versions} versions, ${((read?.bytes ?? 0) / 1e6).toFixed(0)} MB`);
    console.log(`output    ${imported?.commits} commits, ${imported?.operations} operations`);
    console.log("");
    console.log(`medians of ${RUNS} runs                 seconds   ratio`);
    const row = (name: string, seconds: number) =>
      console.log(`${name.padEnd(34)}${seconds.toFixed(2).padStart(8)}${(seconds / baseline).toFixed(2).padStart(8)}`);
    row("git cat-file --batch, JSON.parse", baseline);
    row("import", alone);
    row("the whole command", command);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void main(process.argv.slice(2));
