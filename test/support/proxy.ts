/** Stands between clients and a server that listens on TCP: a test sees what passes, holds it back, and cuts. */
import { createConnection, createServer, type AddressInfo, type Socket } from "node:net";

/** A connection that goes through it. */
export interface Link {
  /** What the client sends is read from here, and what it is told written. */
  readonly client: Socket;
  readonly server: Socket;
  /** Ends both, as a network does that fails: told to both by a reset, or by an ordinary end. */
  cut(reset?: boolean): void;
}

/** What becomes of what the two sides of a connection send; default: it passes. */
export interface Ways {
  readonly fromClient?: (bytes: Buffer) => void;
  readonly fromServer?: (bytes: Buffer) => void;
}

export interface Proxy {
  readonly port: number;
  /** An address of the server, through it. */
  through(url: string): string;
  /** Connections that are open. */
  readonly links: ReadonlySet<Link>;
  stop(): Promise<void>;
}

/**
 * @param target address of the server; a function is asked for each connection
 * @param waysOf called for each connection
 */
export async function startProxy(
  target: string | (() => string),
  waysOf: (link: Link) => Ways = () => ({}),
): Promise<Proxy> {
  const links = new Set<Link>();
  const listener = createServer((client) => {
    const { hostname, port } = new URL(typeof target === "string" ? target : target());
    const server = createConnection(Number(port), hostname);
    const cut = (reset = false) => {
      for (const socket of [client, server]) {
        if (reset) socket.resetAndDestroy();
        else socket.destroy();
      }
    };
    const link: Link = { client, server, cut };
    links.add(link);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.on("error", () => other.destroy());
      // What is on its way arrives before the end does.
      socket.on("end", () => other.end());
      socket.on("close", () => {
        if (other.closed) links.delete(link);
        else other.destroySoon();
      });
    }
    const { fromClient, fromServer } = waysOf(link);
    client.on("data", fromClient ?? ((bytes: Buffer) => void server.write(bytes)));
    server.on("data", fromServer ?? ((bytes: Buffer) => void client.write(bytes)));
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as AddressInfo;
  return {
    port,
    through: (url) => {
      const address = new URL(url);
      address.hostname = "127.0.0.1";
      address.port = String(port);
      return address.href;
    },
    links,
    stop: async () => {
      for (const link of links) link.cut();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
