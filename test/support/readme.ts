/** The examples of README. */
import { readFileSync } from "node:fs";
import path from "node:path";

export const README = readFileSync(path.resolve(__dirname, "../../README.md"), "utf8");

export interface ReadmeExample {
  readonly query: string;
  /** The results that stand below it as comments. */
  readonly results: readonly string[];
}

export const readmeExamples: readonly ReadmeExample[] = [...README.matchAll(/^```graphql\n([^]*?)^```$/gm)].map(
  ([, block = ""]) => {
    const lines = block.split("\n");
    const comments = lines.filter((line) => line.startsWith("# ")).map((line) => line.slice(2).trim());
    const results = comments.join("").split(/\w+: +(?=\{"data")/);
    return { query: lines.filter((line) => !line.startsWith("# ")).join("\n"), results: results.filter(Boolean) };
  },
);
