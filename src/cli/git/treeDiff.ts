/** What changed between trees, many pairs through one `git diff-tree` process. */
import { GitError, startGit } from "./process";
import type { Repository } from "./repository";

/** What stands at a path of the second tree: a file, a symbolic link, or (null) nothing that is a file. */
export interface TreeChange {
  /** As git holds it. */
  readonly path: Buffer;
  readonly file: { readonly id: string; readonly link: boolean } | null;
}

const LINE_FEED = 10;
const NUL = 0;
const COLON = 58;

/**
 * The differences of pairs of trees, one list a pair, in their order.
 * @param below limits them to a path, or to what is below it
 * @throws GitError
 */
export async function* treeDiffs(
  repository: Repository,
  pairs: readonly (readonly [from: string, to: string])[],
  below: string | null,
): AsyncGenerator<TreeChange[], void> {
  if (pairs.length === 0) return;
  const args = ["diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--ignore-submodules=none"];
  const git = startGit(repository.gitDirectory, below === null ? args : [...args, "--", below]);
  try {
    git.child.stdin.end(pairs.map(([from, to]) => `${from} ${to}\n`).join(""));
    let section: TreeChange[] | null = null;
    for await (const token of tokens(git.child.stdout)) {
      if (token.header) {
        if (section) yield section;
        section = [];
      } else {
        section?.push(parseChange(token.text, token.path));
      }
    }
    const failure = await git.ended;
    if (failure) throw failure;
    if (section) yield section;
  } finally {
    await git.stop();
  }
}

type Token = { readonly header: true } | { readonly header: false; readonly text: string; readonly path: Buffer };

/** Splits what git prints: a line with two ids opens a pair, `:modes ids status NUL path NUL` is a difference. */
async function* tokens(chunks: AsyncIterable<Buffer>): AsyncGenerator<Token> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let position = 0;
    while (position < rest.length) {
      if (rest[position] === COLON) {
        const first = rest.indexOf(NUL, position);
        const second = first < 0 ? -1 : rest.indexOf(NUL, first + 1);
        if (second < 0) break;
        yield { header: false, text: rest.toString("latin1", position, first), path: rest.subarray(first + 1, second) };
        position = second + 1;
      } else {
        const end = rest.indexOf(LINE_FEED, position);
        if (end < 0) break;
        yield { header: true };
        position = end + 1;
      }
    }
    rest = rest.subarray(position);
  }
  if (rest.length > 0) throw new GitError("git diff-tree stopped in the middle of a difference");
}

function parseChange(text: string, path: Buffer): TreeChange {
  const [, mode = "", , id = ""] = text.split(" ");
  if (mode.startsWith("100")) return { path, file: { id, link: false } };
  if (mode === "120000") return { path, file: { id, link: true } };
  return { path, file: null };
}
