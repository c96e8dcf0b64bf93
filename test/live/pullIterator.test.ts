import { Latch } from "../../src/live/latch";
import { END, pullIterator, type PullSource } from "../../src/live/pullIterator";
import { takeAll } from "./take";

/** Counts up to `last`, then waits for ever unless it is told to end or to fail. */
function counting(last: number, afterwards: "wait" | "end" | "fail") {
  const latch = new Latch();
  const wait = latch.wait();
  let value = 0;
  const source: PullSource<number> & { closed: number } = {
    closed: 0,
    next: async () => {
      value += 1;
      if (value <= last) return value;
      if (afterwards === "fail") throw new Error("broken");
      if (afterwards === "wait") await wait.promise;
      return END;
    },
    close: () => {
      source.closed += 1;
      wait.giveUp();
    },
  };
  return source;
}

describe("an iterator that pulls", () => {
  test("gives what its source gives, and closes it once", async () => {
    const source = counting(3, "end");
    const iterator = pullIterator(source);
    expect(await takeAll(iterator)).toEqual([1, 2, 3]);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    await iterator.return?.();
    expect(source.closed).toBe(1);
  });

  test("return() settles a waiting next()", async () => {
    const source = counting(0, "wait");
    const iterator = pullIterator(source);
    const waiting = iterator.next();
    await iterator.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(source.closed).toBe(1);
  });

  test("return() settles a next() whose source never settles", async () => {
    const iterator = pullIterator<number>({ next: () => new Promise(() => undefined), close: () => undefined });
    const [first, second] = [iterator.next(), iterator.next()];
    await iterator.return?.();
    expect(await Promise.all([first, second])).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
  });

  test("calls of next() take turns", async () => {
    const iterator = pullIterator(counting(3, "end"));
    const results = await Promise.all([1, 2, 3, 4].map(() => iterator.next()));
    expect(results.map(({ value }) => value as unknown)).toEqual([1, 2, 3, undefined]);
  });

  test("a failure of the source is told once, then it is done", async () => {
    const source = counting(1, "fail");
    const iterator = pullIterator(source);
    const results = await Promise.allSettled([iterator.next(), iterator.next(), iterator.next()]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(source.closed).toBe(1);
  });

  test("take() gives what is at hand: not while somebody waits, and not after the end", async () => {
    const hand = [1, 2, 3];
    const told = new Latch();
    const iterator = pullIterator<number>({
      next: async () => {
        await told.wait().promise;
        return 9;
      },
      take: () => hand.shift(),
      close: () => undefined,
    });
    expect([iterator.take(), iterator.take()]).toEqual([1, 2]);
    const waiting = iterator.next();
    expect(iterator.take()).toBeUndefined();
    await Promise.resolve();
    told.open();
    expect(await waiting).toEqual({ done: false, value: 9 });
    expect(iterator.take()).toBe(3);
    hand.push(4);
    await iterator.return?.();
    expect(iterator.take()).toBeUndefined();
    expect(pullIterator(counting(1, "end")).take()).toBeUndefined();
  });

  test("throw() closes it", async () => {
    const source = counting(1, "wait");
    await expect(pullIterator(source).throw?.(new Error("enough"))).rejects.toThrow("enough");
    expect(source.closed).toBe(1);
  });
});

describe("a latch", () => {
  test("lets go whoever waits when it opens, and nobody later", async () => {
    const latch = new Latch();
    const events: string[] = [];
    const first = latch.wait().promise.then(() => events.push("first"));
    latch.open();
    await first;
    const second = latch.wait();
    const told = second.promise.then(() => events.push("second"));
    expect(events).toEqual(["first"]);
    second.giveUp();
    await told;
    expect(events).toEqual(["first", "second"]);
  });
});
