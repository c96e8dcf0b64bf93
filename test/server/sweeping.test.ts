import { startSweeping, type Sweeping } from "../../src/server/sweeping";

/** Sweeps that end when they are told to. */
class Sweeps {
  readonly signals: AbortSignal[] = [];
  private ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
  readonly logged: unknown[] = [];
  readonly sweeping: Sweeping = startSweeping({
    sweep: (signal) => {
      this.signals.push(signal);
      return new Promise<void>((resolve, reject) => this.ends.push({ resolve, reject }));
    },
    every: 1_000,
    patience: 10_000,
    log: (error) => this.logged.push(error),
  });

  async end(error?: Error): Promise<void> {
    const last = this.ends.pop();
    if (error) last?.reject(error);
    else last?.resolve();
    await jest.advanceTimersByTimeAsync(0);
  }
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test("sweeps follow each other, and none begins while one is under way", async () => {
  const sweeps = new Sweeps();
  expect(sweeps.signals).toHaveLength(0);
  await jest.advanceTimersByTimeAsync(3_500);
  expect(sweeps.signals).toHaveLength(1);
  await sweeps.end();
  await jest.advanceTimersByTimeAsync(1_000);
  expect(sweeps.signals).toHaveLength(2);
  await sweeps.end();
  await sweeps.sweeping.stop();
});

test("a sweep that fails is told, and the next one comes", async () => {
  const sweeps = new Sweeps();
  await jest.advanceTimersByTimeAsync(1_000);
  const error = new Error("the database is away");
  await sweeps.end(error);
  expect(sweeps.logged).toEqual([error]);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(sweeps.signals).toHaveLength(2);
  await sweeps.end();
  await sweeps.sweeping.stop();
});

test("stopping tells the sweep under way, waits for it, and begins no other", async () => {
  const sweeps = new Sweeps();
  await jest.advanceTimersByTimeAsync(1_000);
  let stopped = false;
  const stopping = sweeps.sweeping.stop().then(() => (stopped = true));
  await jest.advanceTimersByTimeAsync(5_000);
  expect(sweeps.signals.map((signal) => signal.aborted)).toEqual([true]);
  expect(stopped).toBe(false);
  await sweeps.end();
  await stopping;
  expect(jest.getTimerCount()).toBe(0);
  await jest.advanceTimersByTimeAsync(5_000);
  expect(sweeps.signals).toHaveLength(1);
});

test("a sweep that the database keeps is not waited for without end", async () => {
  const sweeps = new Sweeps();
  await jest.advanceTimersByTimeAsync(1_000);
  const stopping = sweeps.sweeping.stop();
  await jest.advanceTimersByTimeAsync(10_000);
  await stopping;
  expect(sweeps.signals.map((signal) => signal.aborted)).toEqual([true]);
  // What becomes of it is told as ever.
  const error = new Error("cut off");
  await sweeps.end(error);
  expect(sweeps.logged).toEqual([error]);
});
