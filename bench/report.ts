/** What a run of a benchmark says and leaves: the tables that it prints, and charts of them. */
import { mkdir, writeFile } from "node:fs/promises";
import { cpus, loadavg, totalmem, type } from "node:os";
import path from "node:path";
import { drawChart, type Chart } from "./charts";

/** Where the charts and tables stand that docs/benchmarks.md shows. */
export const CHARTS = path.resolve("docs/benchmarks");

export class Report {
  readonly #name: string;
  readonly #folder: string | undefined;
  readonly #lines: string[] = [];
  readonly #charts = new Map<string, string>();
  readonly #where: string;

  /**
   * @param name of the benchmark; the names of its files begin with it
   * @param folder where the files go; undefined: none is written
   */
  constructor(name: string, folder: string | undefined) {
    this.#name = name;
    this.#folder = folder;
    const machine = `${type()}, ${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
    this.#where = `${machine}, ${new Date().toISOString().slice(0, 10)}`;
    this.print(`${this.#where}; load ${loadavg()[0]?.toFixed(1)} when it began`);
  }

  print(line: string): void {
    console.log(line);
    this.#lines.push(...line.split("\n"));
  }

  /** A row of a table; the first cell is a heading. */
  row(cells: readonly (string | number | undefined)[]): void {
    const text = cells.map((cell = "–", index) => {
      const shown =
        typeof cell === "string"
          ? cell
          : cell < 0.1
            ? cell.toFixed(4)
            : cell.toFixed(cell < 10 ? 2 : cell < 100 ? 1 : 0);
      return index === 0 ? shown.padEnd(34) : ` ${shown.padStart(10)}`;
    });
    this.print(text.join(""));
  }

  chart(name: string, chart: Omit<Chart, "subtitle">): void {
    this.#charts.set(`${this.#name}-${name}.svg`, drawChart({ ...chart, subtitle: this.#where }));
  }

  async write(): Promise<void> {
    this.print(`\nload ${loadavg()[0]?.toFixed(1)} when it ended`);
    if (this.#folder === undefined) return;
    await mkdir(this.#folder, { recursive: true });
    await writeFile(path.join(this.#folder, `${this.#name}.txt`), this.#lines.join("\n") + "\n");
    for (const [file, svg] of this.#charts) await writeFile(path.join(this.#folder, file), svg);
  }
}
