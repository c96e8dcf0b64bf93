// Faults take their time to get over where other tests run beside them.
jest.setTimeout(180_000);

/** What a test started, stopped when it ends, however it ends; the last first. */
const started: { stop(): unknown }[] = [];

export function inTheEnd<T extends { stop(): unknown }>(thing: T): T {
  started.push(thing);
  return thing;
}

afterEach(async () => {
  for (const thing of started.splice(0).reverse()) await thing.stop();
});
