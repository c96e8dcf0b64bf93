/** The commits of a repository: their DAG, and what each says about itself. */
import { gitLines } from "./process";
import type { Repository } from "./repository";
import { commitText, cut } from "./text";

export interface HistoryNode {
  readonly sha: string;
  readonly parents: readonly string[];
  readonly tree: string;
  /** When it was committed. */
  readonly time: Date;
  /** What is wrong with the time that git tells, in words. */
  readonly timeProblem: string | null;
}

/**
 * All commits that the tips reach, parents first.
 * @param tips shas of commits
 * @throws GitError
 */
export async function readHistory(repository: Repository, tips: Iterable<string>): Promise<HistoryNode[]> {
  const input = [...new Set(tips)].map((tip) => `${tip}\n`).join("");
  if (input === "") return [];
  const args = ["rev-list", "--topo-order", "--reverse", "--parents", "--format=%T %ct", "--stdin"];
  const nodes: HistoryNode[] = [];
  let commit: string[] = [];
  for await (const line of gitLines(repository.gitDirectory, args, input)) {
    if (line.startsWith("commit ")) {
      commit = line.slice("commit ".length).split(" ");
    } else {
      const [sha = "", ...parents] = commit;
      const [tree = "", seconds = ""] = line.split(" ");
      nodes.push({ sha, parents: [...new Set(parents)], tree, ...timeOf(seconds) });
    }
  }
  return nodes;
}

export interface CommitHeader {
  /** `Name <email>`. */
  readonly author: string | null;
  readonly message: string;
  /** What could not be taken over as it is. */
  readonly problems: readonly string[];
}

export interface TextLimits {
  readonly nameLength: number;
  readonly messageLength: number;
}

/** Times that an RFC 3339 date can say. */
const EARLIEST = Date.parse("0001-01-01T00:00:00Z");
const LATEST = Date.parse("9999-12-31T23:59:59Z");

/** Reads a commit object. Anything is taken: histories hold commits that no git of today would write. */
export function parseCommit(content: Buffer, limits: TextLimits): CommitHeader {
  const headers = new Map<string, Buffer>();
  let position = 0;
  for (;;) {
    const end = content.indexOf(10, position);
    const line = content.subarray(position, end < 0 ? content.length : end);
    position = end < 0 ? content.length : end + 1;
    if (line.length === 0) break;
    const space = line.indexOf(32);
    const name = line.subarray(0, space < 0 ? line.length : space).toString("latin1");
    // A line that starts with a space goes on with the one before it (a signature).
    if (space > 0 && !headers.has(name)) headers.set(name, line.subarray(space + 1));
  }
  const encoding = headers.get("encoding")?.toString("latin1");
  const problems: string[] = [];
  const author = authorOf(commitText(headers.get("author") ?? Buffer.alloc(0), encoding));
  const message = commitText(content.subarray(position), encoding).replace(/\n+$/, "");
  if (author !== null && author.length > limits.nameLength) problems.push("the author's name is cut: it is too long");
  if (message.length > limits.messageLength) problems.push("the message is cut: it is too long");
  return {
    author: author === null ? null : cut(author, limits.nameLength),
    message: cut(message, limits.messageLength),
    problems,
  };
}

function authorOf(line: string): string | null {
  const text = line.replace(/ -?\d+ [+-]\d+$/, "").trim();
  return text === "" ? null : text;
}

function timeOf(seconds: string): Pick<HistoryNode, "time" | "timeProblem"> {
  if (!/^-?\d+$/.test(seconds)) {
    return { time: new Date(0), timeProblem: "the commit has no time that git can read" };
  }
  const time = Number(seconds) * 1000;
  if (time >= EARLIEST && time <= LATEST) return { time: new Date(time), timeProblem: null };
  const timeProblem = `the commit's time is out of range: ${seconds}`;
  return { time: new Date(time < EARLIEST ? EARLIEST : LATEST), timeProblem };
}
