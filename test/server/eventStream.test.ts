import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ExecutionResult } from "graphql";
import { EventStream, Streams } from "../../src/server/eventStream";

test("a result that cannot be written cuts the connection: its client is not left to wait for ever", async () => {
  const streams = new Streams();
  let left = 0;
  const server = createServer((_, response) => {
    const unwritable = { data: { number: 1n } };
    const results: AsyncIterator<ExecutionResult> = {
      next: () => Promise.resolve({ done: false, value: unwritable }),
      return: () => {
        left += 1;
        return Promise.resolve({ done: true, value: undefined });
      },
    };
    const stream = new EventStream(results, 60_000);
    streams.add(stream, response, 60_000);
    // As Yoga does, which does not pass errors on.
    stream.pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}`);
  await expect(response.text()).rejects.toThrow();
  expect(left).toBeGreaterThan(0);
  await new Promise((resolve) => server.close(resolve));
});
