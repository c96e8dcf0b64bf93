/** Tells sockets whose client has vanished from those whose client is slow. */
import type { WebSocket } from "ws";

/** Pings that a client may leave unanswered, one after the other, before it is taken for gone. */
const PINGS = 5;

/**
 * Ends a connection whose other side has vanished; one that does not read for a while is not taken for that.
 * @param patience milliseconds without any sign of life
 * @returns what stops it
 */
export function keepAlive(socket: WebSocket, patience: number): () => void {
  let unanswered = 0;
  let waiting = 0;
  for (const sign of ["pong", "ping", "message"]) socket.on(sign, () => (unanswered = 0));
  const timer = setInterval(() => {
    // Who is slow is not listened to while much waits for it: that it takes some of that is its sign of life.
    if (socket.bufferedAmount < waiting) unanswered = 0;
    if (unanswered === PINGS) return socket.terminate();
    unanswered += 1;
    if (socket.readyState === socket.OPEN) socket.ping();
    waiting = socket.bufferedAmount;
  }, patience / PINGS);
  timer.unref();
  return () => clearInterval(timer);
}
