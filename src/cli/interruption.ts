/** Ctrl-C and SIGTERM: the first asks for an orderly end, the second ends at once. */
import { EXIT } from "./exit";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Back to what signals do by themselves. */
  dispose(): void;
}

/** Listens from now on. `onFirst` is told, to say that the end is on its way. */
export function watchForInterruption(onFirst: () => void = () => undefined): Interruption {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
    onFirst();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}

/** Resolves once the signal is aborted. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
