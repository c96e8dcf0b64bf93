/** Messages to WebSocket clients as the bytes that a server sends: unfragmented text frames without mask (RFC 6455, 5.2). */

const FINAL_TEXT = 0x81;
const LENGTH_OF_16_BITS = 126;
const LENGTH_OF_64_BITS = 127;

/**
 * A message for each body, in one piece, so that many take one write.
 * @param start what each message begins with
 * @param end what each message ends with
 */
export function textFrames(start: Buffer, bodies: readonly Buffer[], end: Buffer): Buffer {
  const around = start.length + end.length;
  const total = bodies.reduce((sum, { length }) => sum + headerLength(around + length) + around + length, 0);
  const frames = Buffer.allocUnsafe(total);
  let at = 0;
  for (const body of bodies) {
    at = writeHeader(frames, at, around + body.length);
    at += start.copy(frames, at);
    at += body.copy(frames, at);
    at += end.copy(frames, at);
  }
  return frames;
}

const headerLength = (length: number): number => (length < LENGTH_OF_16_BITS ? 2 : length < 2 ** 16 ? 4 : 10);

function writeHeader(frames: Buffer, at: number, length: number): number {
  frames[at] = FINAL_TEXT;
  switch (headerLength(length)) {
    case 2:
      frames[at + 1] = length;
      return at + 2;
    case 4:
      frames[at + 1] = LENGTH_OF_16_BITS;
      return frames.writeUInt16BE(length, at + 2);
    default:
      frames[at + 1] = LENGTH_OF_64_BITS;
      return frames.writeBigUInt64BE(BigInt(length), at + 2);
  }
}
