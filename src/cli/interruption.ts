/** Ctrl-C, SIGTERM, a closed terminal: the first asks for an orderly end, the second ends at once. */
import { isRunByNpm } from "../server/configuration";
import { EXIT } from "./exit";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const LOOK_AT_PARENT_MS = 200;
/** One Ctrl-C under npm arrives twice: from the terminal, and passed on by npm. */
const SAME_WITHIN_MS = 500;

export interface Interruption {
  /** Aborted by the first signal; the reason is its name, where it is known. */
  readonly signal: AbortSignal;
  /** Back to what signals do by themselves. */
  dispose(): void;
}

/** Listens from now on. `onFirst` is told, to say that the end is on its way; signals within `sameWithin` milliseconds are one. */
export function watchForInterruption(onFirst: () => void = () => undefined, sameWithin = SAME_WITHIN_MS): Interruption {
  const controller = new AbortController();
  let firstAt: number | undefined;
  const first = (name?: NodeJS.Signals): void => {
    if (firstAt !== undefined) return;
    firstAt = performance.now();
    controller.abort(name);
    onFirst();
  };
  const onSignal = (name: NodeJS.Signals): void => {
    if (firstAt !== undefined && performance.now() - firstAt >= sameWithin) process.exit(EXIT.interrupted);
    first(name);
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  const timer = isRunByNpm() ? watchParent(() => first()) : undefined;
  return {
    signal: controller.signal,
    dispose: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
      clearInterval(timer);
    },
  };
}

/** A signal to npm ends the shell between it and us, and that is all that we get to know of it. */
function watchParent(onGone: () => void): NodeJS.Timeout {
  const parent = process.ppid;
  return setInterval(() => {
    if (process.ppid !== parent) onGone();
  }, LOOK_AT_PARENT_MS).unref();
}

/** Resolves once the signal is aborted. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
