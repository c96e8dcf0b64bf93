/** The folder that holds the embedded PostgreSQL, made where it is not there. */
import { mkdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { EmbeddedPostgresError } from "./embeddedPostgresError";

/** Resolves with the folder's real path. Rejects with EmbeddedPostgresError where there can be none. */
export async function makeDataFolder(folder: string): Promise<string> {
  try {
    await makeFolders(path.resolve(folder));
    return await realpath(folder);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = (code !== undefined && REASONS[code]) ?? message;
    throw new EmbeddedPostgresError(
      `the data folder ${folder} cannot be made: ${why}; choose another one with --data-dir`,
      { cause: error },
    );
  }
}

const REASONS: Readonly<Record<string, string | undefined>> = {
  EACCES: "this user may not write there",
  EEXIST: "there is a file of that name",
  ENOENT: "the file system takes no folder there",
  ENOTDIR: "a part of its path is a file",
  EPERM: "the file system does not permit it",
  EROFS: "the file system can only be read",
};

/** Node's own `recursive` never ends where a file system says of a folder that is there that it is not, as /proc does. */
async function makeFolders(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isThere = await stat(folder).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (isThere) return;
    const parent = path.dirname(folder);
    if (code !== "ENOENT" || parent === folder) throw error;
    await makeFolders(parent);
    await mkdir(folder).catch((again: NodeJS.ErrnoException) => {
      // Another process that makes the same.
      if (again.code !== "EEXIST") throw again;
    });
  }
}
