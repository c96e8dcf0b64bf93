/**
 * Answers requests that would rather speak another protocol but WebSocket, as Java's own client offers HTTP/2 with every
 * request, in the one that they came in. Node takes each offer for a demand as soon as one protocol is served.
 */
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";

/** Whether a request that Node calls an upgrade can be answered as it is. */
export const isOffer = ({ headers }: IncomingMessage): boolean => headers.upgrade?.toLowerCase() !== "websocket";

/** Lets the server read the request again, without the offer. */
export function declineUpgrade(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!;
    if (!/^(connection|upgrade|http2-settings)$/i.test(name)) lines.push(`${name}: ${rawHeaders[index + 1]}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), head]));
  server.emit("connection", socket);
}
