/** Sweeping while a server runs: now and then, one sweep at a time. */
export interface SweepingOptions {
  /** Ends soon once the signal is aborted. */
  readonly sweep: (signal: AbortSignal) => Promise<unknown>;
  /** Milliseconds from one sweep to the next. */
  readonly every: number;
  /** Told of sweeps that fail; the next one tries again. */
  readonly log: (error: unknown) => void;
}

export interface Sweeping {
  /** Resolves once no sweep is under way any more. */
  stop(): Promise<void>;
}

/** The first sweep comes after the first interval. */
export function startSweeping({ sweep, every, log }: SweepingOptions): Sweeping {
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
      await running;
    },
  };
}
