import { FrontierStream } from "../../src/live/frontierStream";
import { Hub } from "../../src/live/hub";
import type { Database } from "../../src/store/database";

test("a stream that is reopened when live has stopped and the database has gone tells the log, and ends", async () => {
  const gone = new Error("the database has gone");
  const told: unknown[] = [];
  const hub = new Hub({
    database: { pool: { query: () => Promise.reject(gone) } } as unknown as Database,
    ringChanges: 1,
    readChanges: () => Promise.resolve([]),
    onError: (error) => told.push(error),
  });
  const stream = new FrontierStream(hub, "", hub.watch.epoch, hub.watch.end);
  hub.close();
  expect((await stream.next()).done).toBe(true);
  expect((await stream.reopen(stream.place).next()).done).toBe(true);
  expect(told).toEqual([gone]);
});
