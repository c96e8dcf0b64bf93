/**
 * Puts results of a subscription on its socket as graphql-ws would, without a turn for each: what many are given is
 * written once, and each adds its own id.
 */
import type { WebSocket } from "ws";
import type { EventResult } from "./eventResult";
import type { Sink } from "./sink";

const END = Buffer.from("}");

export class SocketSink implements Sink {
  private readonly start: Buffer;

  /** @param most bytes that may wait on the socket */
  constructor(
    private readonly socket: WebSocket,
    id: string,
    private readonly most: number,
  ) {
    this.start = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
  }

  push(result: EventResult): boolean {
    const { socket } = this;
    // Whoever has gone is about to be let go of.
    if (socket.readyState !== socket.OPEN) return true;
    socket.send(Buffer.concat([this.start, result.bytes, END]), { binary: false });
    return socket.bufferedAmount <= this.most;
  }
}
