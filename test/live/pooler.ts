/** Stands between a client and PostgreSQL, and can keep notifications back, as a transaction-mode pooler does: all else passes. */
import { createConnection, createServer, type AddressInfo, type Socket } from "node:net";
import { byPort } from "../support/databaseUrl";

const NOTIFICATION_RESPONSE = "A".charCodeAt(0);
const READY_FOR_QUERY = "Z".charCodeAt(0);

export interface Pooler {
  /** Through it. */
  readonly url: string;
  /** Past it. */
  readonly direct: string;
  /** Notifications that were kept back. */
  readonly suppressed: number;
  /** From here on notifications are kept back. */
  deafen(): void;
  /** From here on a client can connect, and no statement of it is answered. */
  hang(): void;
  stop(): Promise<void>;
}

export async function startDeafPooler(url: string): Promise<Pooler> {
  const pooler = await startPooler(url);
  pooler.deafen();
  return pooler;
}

/** One that lets everything pass at first. */
export async function startPooler(url: string): Promise<Pooler> {
  let deaf = false;
  let hangs = false;
  let suppressed = 0;
  const keepsBack = (type: number | undefined) => {
    if (!deaf || type !== NOTIFICATION_RESPONSE) return false;
    suppressed += 1;
    return true;
  };
  const address = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = createConnection(Number(address.port), address.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
    }
    client.pipe(upstream);
    let ready = false;
    const isKeptBack = (type: number | undefined) => {
      if (hangs && ready) return true;
      ready ||= type === READY_FOR_QUERY;
      return keepsBack(type);
    };
    upstream.on(
      "data",
      messagesBut(isKeptBack, (message) => client.write(message)),
    );
    upstream.on("close", () => client.destroy());
    client.on("close", () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const own = byPort(url);
  own.hostname = "127.0.0.1";
  own.port = String((server.address() as AddressInfo).port);
  return {
    url: own.href,
    direct: url,
    get suppressed() {
      return suppressed;
    },
    deafen: () => (deaf = true),
    hang: () => (hangs = true),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Messages of the backend: a byte for the type, then four for the length of the rest, themselves included. */
function messagesBut(
  keepsBack: (type: number | undefined) => boolean,
  pass: (message: Buffer) => void,
): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5 && rest.length > rest.readUInt32BE(1)) {
      const length = rest.readUInt32BE(1) + 1;
      if (!keepsBack(rest[0])) pass(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  };
}
