/**
 * An asynchronous iterator that pulls. An async generator will not do: while it awaits, its `return()` waits too, so a
 * consumer that goes away would never be noticed. Here `return()` answers at once, whatever is under way.
 */
export const END = Symbol("end of the stream");

export interface PullSource<T> {
  /** The next value, or END. Called again only after it has settled. */
  next(): Promise<T | typeof END>;
  /** The next value where it is at hand; undefined where only `next` can tell. Must not throw. */
  take?(): T | undefined;
  /** Frees everything and settles what `next` waits for. Called once: at END, after an error, or by the consumer. */
  close(): void;
}

export interface PullIterator<T> extends AsyncIterableIterator<T> {
  /** The next value where it is at hand and nobody waits for one: no promise is made. Undefined says: ask `next`. */
  take(): T | undefined;
}

export function pullIterator<T>(source: PullSource<T>): PullIterator<T> {
  const done: IteratorResult<T> = { done: true, value: undefined };
  let open = true;
  let turn: Promise<unknown> = Promise.resolve();
  // Not a race against one promise of the end: that would gather a reaction for every value of a long stream.
  const asking = new Set<() => void>();

  const end = () => {
    open = false;
    source.close();
  };
  const leave = () => {
    if (!open) return;
    end();
    for (const answerDone of asking) answerDone();
    asking.clear();
  };
  const pull = async (): Promise<IteratorResult<T>> => {
    if (!open) return done;
    try {
      const value = await source.next();
      // After the consumer has gone there is nobody to tell, of a value or of an error.
      if (!open) return done;
      if (value !== END) return { done: false, value };
      end();
      return done;
    } catch (error) {
      if (!open) return done;
      end();
      throw error;
    }
  };
  return {
    next: () => {
      if (!open) return Promise.resolve(done);
      // Calls of `next` take turns.
      const pulled = turn.then(pull);
      turn = pulled.catch(() => undefined);
      return new Promise((resolve, reject) => {
        const answerDone = () => resolve(done);
        asking.add(answerDone);
        pulled.finally(() => asking.delete(answerDone)).then(resolve, reject);
      });
    },
    take: () => (open && asking.size === 0 ? source.take?.() : undefined),
    return: () => {
      leave();
      return Promise.resolve(done);
    },
    throw: (error) => {
      leave();
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
