import { setImmediate as turn } from "node:timers/promises";
import { resultsOf } from "../../src/server/subscriptionResults";

async function* numbers(count: number): AsyncGenerator<number> {
  for (let number = 0; number < count; number += 1) yield number;
}

test("events that are all there keep nothing else waiting", async () => {
  let turns = 0;
  let over = false;
  const others = (async () => {
    while (!over) {
      await turn();
      turns += 1;
    }
  })();
  const results = resultsOf(
    numbers(100),
    (number) => Promise.resolve({ data: { number } }),
    () => ({ errors: [] }),
  );
  const seen = [];
  for await (const result of results) seen.push(result.data?.["number"]);
  over = true;
  await others;
  expect(seen).toEqual(Array.from({ length: 100 }, (_, number) => number));
  expect(turns).toBeGreaterThanOrEqual(99);
});
