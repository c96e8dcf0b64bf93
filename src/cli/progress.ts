/** How far long work is: a bar where stderr is a terminal, a line now and then where it is not, nothing on request. */
import { Presets, SingleBar } from "cli-progress";

export interface Progress {
  /** A line for people. */
  note(message: string): void;
  /** Begins a piece of work; call the result as it goes on. The piece ends when `done` reaches `total`, or the next begins. */
  phase(label: string): (done: number, total: number) => void;
  /** Ends what is shown; calls after that show nothing. */
  close(): void;
}

export interface ProgressOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** Default: stderr. */
  readonly stream?: NodeJS.WriteStream;
  /** Milliseconds; default: the clock. */
  readonly now?: () => number;
}

/** Between two lines of one phase. */
const LINE_EVERY_MS = 5_000;

/** The progress of a command with these options. */
export function openProgress(options: ProgressOptions = {}): Progress {
  if (options.json || options.quiet) return SILENT;
  const stream = options.stream ?? process.stderr;
  return stream.isTTY ? bars(stream) : lines(stream, options.now ?? Date.now);
}

const SILENT: Progress = { note: () => undefined, phase: () => () => undefined, close: () => undefined };

function bars(stream: NodeJS.WriteStream): Progress {
  let bar: SingleBar | undefined;
  let closed = false;
  const end = (): void => {
    bar?.stop();
    bar = undefined;
  };
  return {
    note: (message) => {
      end();
      stream.write(`${message}\n`);
    },
    phase: (label) => {
      end();
      return (done, total) => {
        if (closed) return;
        if (bar === undefined) {
          const format = `${label} {bar} {value}/{total}, {eta_formatted} left`;
          bar = new SingleBar({ format, stream, hideCursor: true, gracefulExit: false }, Presets.shades_classic);
          bar.start(total, done);
        }
        if (total !== bar.getTotal()) bar.setTotal(total);
        bar.update(done);
        if (done >= total) end();
      };
    },
    close: () => {
      end();
      closed = true;
    },
  };
}

function lines(stream: NodeJS.WriteStream, now: () => number): Progress {
  let closed = false;
  return {
    note: (message) => stream.write(`${message}\n`),
    phase: (label) => {
      let next = now() + LINE_EVERY_MS;
      let ended = false;
      return (done, total) => {
        if (closed || ended) return;
        ended = done >= total;
        if (!ended && now() < next) return;
        next = now() + LINE_EVERY_MS;
        stream.write(`${label}: ${done} of ${total}\n`);
      };
    },
    close: () => {
      closed = true;
    },
  };
}
