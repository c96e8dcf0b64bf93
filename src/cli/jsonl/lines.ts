/** Lines of a stream of bytes, with a bound on what is held of each. */

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without its line feed; null where it was longer than allowed. */
  readonly bytes: Buffer | null;
  /** How many bytes of the stream it and those before it take. */
  readonly end: number;
}

const LINE_FEED = 10;

export async function* readLines(stream: AsyncIterable<Buffer>, maximumBytes: number): AsyncGenerator<Line> {
  let number = 1;
  let parts: Buffer[] = [];
  let length = 0;
  let end = 0;
  const take = (part: Buffer): void => {
    length += part.length;
    end += part.length;
    if (length > maximumBytes) parts = [];
    else parts.push(part);
  };
  const line = (): Line => {
    const bytes = length > maximumBytes ? null : Buffer.concat(parts);
    parts = [];
    length = 0;
    return { number: number++, bytes, end };
  };
  for await (const chunk of stream) {
    let start = 0;
    for (let feed = chunk.indexOf(LINE_FEED); feed >= 0; feed = chunk.indexOf(LINE_FEED, start)) {
      take(chunk.subarray(start, feed));
      end += 1;
      yield line();
      start = feed + 1;
    }
    if (start < chunk.length) take(chunk.subarray(start));
  }
  if (length > 0) yield line();
}
