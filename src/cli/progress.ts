/** How far long work is: a bar where stderr is a terminal, a line now and then where it is not, nothing on request. */
import { Format, Presets, SingleBar, type Options, type Params } from "cli-progress";

export interface Progress {
  /** A line for people. */
  note(message: string): void;
  /**
   * Begins a piece of work; call the result as it goes on. The piece ends when `done` reaches `total`, or the next begins.
   * Without a total, because nobody knows it, there is a line now and then on a terminal as well.
   */
  phase(label: string): (done: number, total?: number) => void;
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
  const plain = lines(stream, options.now ?? Date.now);
  return stream.isTTY ? bars(stream, plain) : plain;
}

const SILENT: Progress = { note: () => undefined, phase: () => () => undefined, close: () => undefined };

function bars(stream: NodeJS.WriteStream, plain: Progress): Progress {
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
      const line = plain.phase(label);
      return (done, total) => {
        if (closed) return;
        if (total === undefined) return line(done);
        if (bar === undefined) {
          const format = (bar: Options, at: Params) => `${label} ${barOf(bar, at)}`;
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

/** The time that is left is told where it can be guessed: the library has words for where it cannot. */
function barOf(options: Options, { progress, value, total, eta }: Params): string {
  const left = value < total && Number.isFinite(eta) ? `, ${Format.TimeFormat(eta, options, 5).trim()} left` : "";
  return `${Format.BarFormat(progress, options)} ${value}/${total}${left}`;
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
        ended = total !== undefined && done >= total;
        if (!ended && now() < next) return;
        next = now() + LINE_EVERY_MS;
        stream.write(total === undefined ? `${label}: ${done}\n` : `${label}: ${done} of ${total}\n`);
      };
    },
    close: () => {
      closed = true;
    },
  };
}
