/**
 * Puts results of a subscription on its socket as graphql-ws would, without a turn for each: what many are given is
 * written once, and each adds its own id.
 */
import type { Writable } from "node:stream";
import type { WebSocket } from "ws";
import type { EventResult } from "./eventResult";
import type { Sink } from "./sink";
import { textFrames } from "./webSocketFrames";

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

  push(results: readonly EventResult[], held: boolean): boolean {
    const { socket, connection } = this;
    // Whoever has gone is about to be let go of.
    if (socket.readyState !== socket.OPEN) return true;
    if (held) this.hold();
    const bodies = results.map(({ bytes }) => bytes);
    const frames = textFrames(this.start, bodies, END);
    // Where nothing is compressed, the socket writes each of its messages at once, too: they stay in order.
    if (socket.bufferedAmount + frames.length <= this.most) {
      connection.write(frames);
      return true;
    }
    this.unsent = new Promise((resolve) => connection.write(frames, () => resolve()));
    return socket.bufferedAmount <= this.most;
  }

  private hold(): void {
    if (this.held) return;
    this.held = true;
    this.connection.cork();
    setImmediate(() => this.release());
  }

  /** Lets go of what is held. */
  private release(): void {
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
