/** Takes so many values of a stream, fewer if it completes. */
export async function take<T>(stream: AsyncIterator<T>, count: number): Promise<T[]> {
  const values: T[] = [];
  while (values.length < count) {
    const result = await stream.next();
    if (result.done) break;
    values.push(result.value);
  }
  return values;
}

/** Takes everything until the stream completes. */
export const takeAll = <T>(stream: AsyncIterator<T>): Promise<T[]> => take(stream, Number.POSITIVE_INFINITY);
