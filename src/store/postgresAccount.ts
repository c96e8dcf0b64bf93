/** PostgreSQL refuses to run as root: started by root, its programs run under an account without privileges. */
import { execFile, spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { EmbeddedPostgresError } from "./embeddedPostgresError";

const execute = promisify(execFile);

/** How PostgreSQL's programs are run. */
export interface Runner {
  /** Who owns the data; undefined where that is simply the user of this process. */
  readonly owner: Account | undefined;
  spawn(program: string, args: readonly string[], options: SpawnOptions): ChildProcess;
}

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The runner for a data folder, which may not exist yet, and whose parent does. `reach` are folders that the programs
 * must get to. Rejects when root can give the work to nobody who reaches them.
 */
export async function findRunner(dataFolder: string, reach: readonly string[]): Promise<Runner> {
  if (process.getuid?.() !== 0)
    return { owner: undefined, spawn: (program, args, options) => spawn(program, args, options) };
  const owner = await ownerOf(dataFolder);
  const plain: Runner = {
    owner,
    spawn: (program, args, options) => spawn(program, args, { ...options, ...owner }),
  };
  if (await reaches(plain, reach)) return plain;
  for (const capability of ["dac_read_search", "dac_override"]) {
    const capable: Runner = {
      owner,
      spawn: (program, args, options) =>
        spawn("setpriv", [...privileges(owner, capability), program, ...args], options),
    };
    if (await reaches(capable, reach)) return capable;
  }
  throw new EmbeddedPostgresError(
    `PostgreSQL does not run as root, and the account with uid ${owner.uid} that would run it cannot reach ` +
      `${reach.join(" and ")}; put them where every user may go, run omdb as another user, or set DATABASE_URL`,
  );
}

/** Below a folder such as /root, which is closed to others, the account keeps one capability of root: to pass through folders. */
const privileges = ({ uid, gid }: Account, capability: string): string[] => [
  `--reuid=${uid}`,
  `--regid=${gid}`,
  "--clear-groups",
  `--inh-caps=-all,+${capability}`,
  `--ambient-caps=-all,+${capability}`,
  "--",
];

function reaches(runner: Runner, folders: readonly string[]): Promise<boolean> {
  const script = 'for folder in "$@"; do cd -- "$folder" || exit 1; done';
  return new Promise((resolve) => {
    const child = runner.spawn("/bin/sh", ["-c", script, "sh", ...folders], { stdio: "ignore", cwd: "/" });
    child.once("error", () => resolve(false));
    child.once("exit", (code) => resolve(code === 0));
  });
}

async function ownerOf(dataFolder: string): Promise<Account> {
  const existing = await stat(dataFolder).catch(() => undefined);
  if (existing !== undefined && existing.uid !== 0) return { uid: existing.uid, gid: existing.gid };
  const account = (await lookUp("postgres")) ?? (await createAccount()) ?? (await lookUp("nobody"));
  if (account !== undefined) return account;
  throw new EmbeddedPostgresError(
    "PostgreSQL does not run as root, there is no account `postgres` to run it, and none could be made; " +
      "run omdb as another user, make that account, or set DATABASE_URL",
  );
}

async function lookUp(name: string): Promise<Account | undefined> {
  const accounts = await readFile("/etc/passwd", "utf8").catch(() => "");
  const fields = accounts
    .split("\n")
    .map((line) => line.split(":"))
    .find(([candidate]) => candidate === name);
  const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])];
  return Number.isInteger(uid) && Number.isInteger(gid) && uid !== 0 ? { uid, gid } : undefined;
}

/** Makes a system account without a login. The second form is that of busybox. */
async function createAccount(): Promise<Account | undefined> {
  const attempts: [string, string[]][] = [
    ["useradd", ["--system", "--user-group", "--no-create-home", "--shell", "/bin/false", "postgres"]],
    ["adduser", ["-S", "-D", "-H", "-s", "/bin/false", "postgres"]],
  ];
  for (const [program, args] of attempts) {
    if (
      await execute(program, args).then(
        () => true,
        () => false,
      )
    )
      return lookUp("postgres");
  }
  return undefined;
}
