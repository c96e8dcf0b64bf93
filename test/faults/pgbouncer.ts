/** PgBouncer in transaction mode before a database of the tests; undefined where Debian's package is not installed. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { byPort } from "../support/databaseUrl";

const PROGRAM = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].find((program) => {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
});

export const hasPgBouncer = PROGRAM !== undefined;

export interface PgBouncer {
  /** Of the same database, through it. */
  readonly url: string;
  stop(): Promise<void>;
}

/** @param connections that it keeps to the database */
export async function startPgBouncer(url: string, connections = 4): Promise<PgBouncer> {
  if (PROGRAM === undefined) throw new Error("PgBouncer is not installed");
  const { hostname, port, username, password, pathname } = new URL(url);
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const own = (listener.address() as AddressInfo).port;
  await new Promise((resolve) => listener.close(resolve));
  const folder = mkdtempSync(path.join(tmpdir(), "omdb-pgbouncer-"));
  const file = path.join(folder, "pgbouncer.ini");
  const database = decodeURIComponent(pathname.slice(1));
  writeFileSync(
    file,
    `[databases]
${database} = host=${hostname} port=${port} user=${username} password=${decodeURIComponent(password)}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${connections}
`,
    { mode: 0o600 },
  );
  // It does not run as root.
  const account = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  if (account.uid !== undefined) {
    chmodSync(folder, 0o700);
    for (const owned of [folder, file]) chownSync(owned, account.uid, account.gid);
  }
  const child = spawn(PROGRAM, [file], { ...account, stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(child, "exit");
  await new Promise<void>((resolve, reject) => {
    let log = "";
    child.stderr.on("data", (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes("process up")) resolve();
    });
    void ended.then(() => reject(new Error(`PgBouncer ended: ${log}`)));
  });
  const through = byPort(url);
  through.hostname = "127.0.0.1";
  through.port = String(own);
  return {
    url: through.href,
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}
