/** Sweeping while a server runs: now and then, one sweep at a time. */
import { setTimeout as sleep } from "node:timers/promises";

export interface SweepingOptions {
  /** Ends soon once the signal is aborted. */
  readonly sweep: (signal: AbortSignal) => Promise<unknown>;
  /** Milliseconds from one sweep to the next. */
  readonly every: number;
  /** Milliseconds that stopping waits for a sweep under way; one that the database keeps longer is left to itself. */
  readonly patience: number;
  /** Told of sweeps that fail; the next one tries again. */
  readonly log: (error: unknown) => void;
}

export interface Sweeping {
  /** Resolves once no sweep is under way any more, or it takes too long. */
  stop(): Promise<void>;
}

/** The first sweep comes after the first interval. */
export function startSweeping({ sweep, every, patience, log }: SweepingOptions): Sweeping {
  const over = new AbortController();
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    try {
      await sweep(over.signal);
    } catch (error) {
      log(error);
    }
    running = undefined;
  };
  const timer = setInterval(() => {
    running ??= run();
  }, every);
  // Sweeping is no reason to go on.
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      over.abort();
      if (!running) return;
      const ended = new AbortController();
      const late = sleep(patience, undefined, { signal: ended.signal }).catch(() => undefined);
      await Promise.race([running, late]);
      ended.abort();
    },
  };
}
