/** A git repository on this machine, read with the git program. */
import { access, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { GitError, gitOutput } from "./process";

export interface Repository {
  /** As it was named, absolute. */
  readonly path: string;
  readonly gitDirectory: string;
  /** Git's object id of a tree without entries. */
  readonly emptyTree: string;
  /** History before some commits is not there. */
  readonly shallow: boolean;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/**
 * Opens a repository: a bare one, or a work tree's root.
 * @throws GitError where git or the repository is missing
 */
export async function openRepository(named: string): Promise<Repository> {
  const path = resolve(named);
  // The directory is named to git explicitly, so that GIT_DIR, as hooks set it, cannot lead to another repository.
  const gitDirectory = (await exists(join(path, ".git"))) ? join(path, ".git") : path;
  const isDirectory = await stat(gitDirectory).then(
    (found) => found.isDirectory() || gitDirectory !== path,
    () => false,
  );
  if (!isDirectory) throw notARepository(named, path);
  const shallow = await gitOutput(gitDirectory, ["rev-parse", "--is-shallow-repository"]).catch((error: unknown) => {
    if (error instanceof GitError && /not a git repository/i.test(error.message)) throw notARepository(named, path);
    throw error;
  });
  const emptyTree = await gitOutput(gitDirectory, ["hash-object", "-t", "tree", "--stdin"]);
  return {
    path,
    gitDirectory,
    emptyTree: emptyTree.toString("latin1").trim(),
    shallow: shallow.toString("latin1").trim() === "true",
  };
}

function notARepository(named: string, path: string): GitError {
  const hint = /^[a-z+]+:\/\/|^[^/]+@[^/]+:|\.bundle$/i.test(named)
    ? `; clone it first: git clone --mirror ${named} repository.git`
    : ": give the path of a clone (the folder with .git in it) or of a bare repository";
  return new GitError(`${path} is not a git repository${hint}`);
}
