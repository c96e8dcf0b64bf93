/** A socket that follows without any library, so that a test can stop its reading and cut it anywhere. */
import { once } from "node:events";
import WebSocket from "ws";

export interface RawSocket {
  readonly socket: WebSocket;
  /** Sends a subscription with the id "1". */
  subscribe(query: string, variables?: Record<string, unknown>): void;
}

/** @param take the data of each event */
export async function openRawSocket(url: string, take: (data: never) => void): Promise<RawSocket> {
  const socket = new WebSocket(url.replace(/^http/, "ws"), "graphql-transport-ws");
  socket.on("error", () => undefined);
  await once(socket, "open");
  socket.send('{"type":"connection_init"}');
  await once(socket, "message");
  socket.on("message", (text: Buffer) => {
    const message = JSON.parse(text.toString()) as { type: string; payload?: { data?: unknown } };
    if (message.type === "next" && message.payload?.data) take(message.payload.data as never);
    else if (message.type !== "pong") throw new Error(`the server says ${text.toString()}`);
  });
  return {
    socket,
    subscribe: (query, variables = {}) =>
      socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query, variables } })),
  };
}
