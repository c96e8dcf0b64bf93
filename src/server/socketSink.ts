/**
 * Puts results of a subscription on its socket as graphql-ws would, without a turn for each: what many are given is
 * written once, and each adds its own id.
 */
import type { Writable } from "node:stream";
import type { WebSocket } from "ws";
import type { EventResult } from "./eventResult";
import type { Sink } from "./sink";

const END = Buffer.from("}");

export class SocketSink implements Sink {
  private readonly start: Buffer;
  private held = false;
  /** Resolves when the last message has left that was too much. */
  private unsent: Promise<void> | undefined;

  /**
   * @param connection what the socket writes to
   * @param most bytes that may wait on the socket
   */
  constructor(
    private readonly socket: WebSocket,
    private readonly connection: Writable,
    id: string,
    private readonly most: number,
  ) {
    this.start = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
  }

  push(result: EventResult, held: boolean): boolean {
    const { socket } = this;
    // Whoever has gone is about to be let go of.
    if (socket.readyState !== socket.OPEN) return true;
    if (held) this.hold();
    const message = Buffer.concat([this.start, result.bytes, END]);
    if (socket.bufferedAmount + message.length <= this.most) {
      socket.send(message, { binary: false });
      return true;
    }
    this.unsent = new Promise((resolve) => socket.send(message, { binary: false }, () => resolve()));
    return socket.bufferedAmount <= this.most;
  }

  private hold(): void {
    if (this.held) return;
    this.held = true;
    this.connection.cork();
    setImmediate(() => this.release());
  }

  release(): void {
    if (!this.held) return;
    this.held = false;
    this.connection.uncork();
  }

  async left(): Promise<void> {
    this.release();
    await this.unsent;
    this.unsent = undefined;
  }
}
