/** The refs of a repository. */
import type { CatFile } from "./catFile";
import { GitError, gitOutput } from "./process";
import type { Repository } from "./repository";
import { strictUtf8 } from "./text";

export interface Ref {
  /** Full, e.g. `refs/heads/master`. */
  readonly name: string;
  /** The commit it points to, through tags; null where it points to none. */
  readonly commit: string | null;
}

/** Refs by name; those whose name is not UTF-8 are told apart by `unreadable`. */
export interface Refs {
  readonly refs: readonly Ref[];
  /** Names that are not UTF-8, as Latin-1. */
  readonly unreadable: readonly string[];
  /** Full name of the default branch: where HEAD points, else `main`, else `master`. */
  readonly defaultBranch: string | null;
}

/** @throws GitError */
export async function readRefs(repository: Repository, catFile: CatFile): Promise<Refs> {
  const format = "--format=%(objectname) %(objecttype) %(refname)";
  const output = await gitOutput(repository.gitDirectory, ["for-each-ref", format]);
  const refs: Ref[] = [];
  const unreadable: string[] = [];
  for (const line of splitLines(output)) {
    const [object = "", type = ""] = line.toString("latin1").split(" ", 2);
    const rest = line.subarray(object.length + type.length + 2);
    const name = strictUtf8(rest);
    if (name === null) unreadable.push(rest.toString("latin1"));
    else refs.push({ name, commit: await commitOf(catFile, object, type) });
  }
  return { refs, unreadable, defaultBranch: await defaultBranch(repository, refs) };
}

function* splitLines(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(10, start);
    const stop = end < 0 ? bytes.length : end;
    if (stop > start) yield bytes.subarray(start, stop);
    start = stop + 1;
  }
}

async function commitOf(catFile: CatFile, object: string, type: string): Promise<string | null> {
  if (type === "commit") return object;
  if (type !== "tag") return null;
  // Any number of tags on tags.
  return (await catFile.read(`${object}^{commit}`))?.id ?? null;
}

async function defaultBranch(repository: Repository, refs: readonly Ref[]): Promise<string | null> {
  const head = await gitOutput(repository.gitDirectory, ["symbolic-ref", "--quiet", "HEAD"]).catch((error: unknown) => {
    if (error instanceof GitError) return Buffer.alloc(0); // HEAD names a commit, not a branch
    throw error;
  });
  const names = new Set(refs.map((ref) => ref.name));
  const candidates = [strictUtf8(head)?.trimEnd() ?? "", "refs/heads/main", "refs/heads/master"];
  return candidates.find((name) => names.has(name)) ?? null;
}

/** Branches and tags. */
export const DEFAULT_REFS = ["refs/heads/*", "refs/tags/*"];

/**
 * Whether one of the patterns names the ref. `*` stands for any characters, slashes included; a pattern without one names
 * a ref, or all refs below it; `refs/` may be left out.
 */
export function refMatcher(patterns: readonly string[]): (name: string) => boolean {
  const expressions = patterns.map((pattern) => {
    const full = /^refs(\/|$)/.test(pattern) ? pattern : `refs/${pattern}`;
    const source = full
      .replace(/\/+$/, "")
      .split("*")
      .map((part) => part.replaceAll(/[.+?^${}()|[\]\\/]/g, "\\$&"))
      .join(".*");
    return new RegExp(full.includes("*") ? `^${source}$` : `^${source}(/.*)?$`, "su");
  });
  return (name) => expressions.some((expression) => expression.test(name));
}
