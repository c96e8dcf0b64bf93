/** Stands between a client and PostgreSQL as a transaction-mode pooler does: everything passes but notifications. */
import { createConnection, createServer, type AddressInfo, type Socket } from "node:net";

const NOTIFICATION_RESPONSE = "A".charCodeAt(0);

export async function startDeafPooler(url: string): Promise<{ url: string; stop(): Promise<void> }> {
  const address = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = createConnection(Number(address.port), address.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
    }
    client.pipe(upstream);
    upstream.on(
      "data",
      withoutNotifications((message) => client.write(message)),
    );
    upstream.on("close", () => client.destroy());
    client.on("close", () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const own = new URL(url);
  own.hostname = "127.0.0.1";
  own.port = String((server.address() as AddressInfo).port);
  return {
    url: own.href,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Messages of the backend: a byte for the type, then four for the length of the rest, themselves included. */
function withoutNotifications(pass: (message: Buffer) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5 && rest.length > rest.readUInt32BE(1)) {
      const length = rest.readUInt32BE(1) + 1;
      if (rest[0] !== NOTIFICATION_RESPONSE) pass(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  };
}
