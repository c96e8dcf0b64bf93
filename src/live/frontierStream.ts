/** Created, changed and deleted frontiers, of all whose names start alike. There is no cursor: it is for lists. */
import type { Followed } from "./changes";
import type { FrontierWatch, WatchedStep } from "./frontierWatch";
import type { Hub } from "./hub";
import type { Wait } from "./latch";
import { LiveStream, type Place, type PlacedEvent } from "./liveStream";
import { END } from "./pullIterator";
import { isTransient } from "./transient";

export interface FrontierEvent extends PlacedEvent {
  readonly step: WatchedStep;
}

/** From now on; "now" is before this resolves, which waits while the database cannot be reached. */
export async function followFrontiers(live: Followed, prefix: string): Promise<FrontierStream> {
  const { hub } = live;
  const { watch } = hub;
  for (;;) {
    try {
      await watch.join();
      return new FrontierStream(hub, prefix, watch.epoch, watch.end);
    } catch (error) {
      if (!isTransient(error)) {
        watch.leave();
        throw error;
      }
      hub.options.onError(error);
      // Nobody is left to be told: the stream completes when it is first pulled.
      if (hub.isClosed) return new FrontierStream(hub, prefix, watch.epoch, watch.end);
      watch.leave();
      await hub.answered.wait().promise;
    }
  }
}

export class FrontierStream extends LiveStream<FrontierEvent> {
  private readonly watch: FrontierWatch;
  private taken: readonly WatchedStep[] = [];
  private used = 0;
  private left = false;
  private wait: Wait | undefined;

  /** The caller has joined the watch for it. */
  constructor(
    private readonly hub: Hub,
    private readonly prefix: string,
    private readonly epoch: number,
    private index: number,
  ) {
    super();
    this.watch = hub.watch;
  }

  get place(): Place {
    return { epoch: this.epoch, sequence: this.index, position: 0 };
  }

  get atEnd(): boolean {
    return this.used >= this.taken.length && this.index === this.watch.end;
  }

  reopen({ epoch, sequence }: Place): FrontierStream {
    // Whoever reopens still follows, so that the watch has gone on all the time, unless live has just stopped.
    this.watch.join().catch(this.hub.options.onError);
    return new FrontierStream(this.hub, this.prefix, epoch, sequence);
  }

  protected async pull(): Promise<FrontierEvent | typeof END> {
    while (!this.left && !this.hub.isClosed) {
      const step = this.taken[this.used];
      if (step) {
        this.used += 1;
        this.index = step.index;
        if (step.frontier.startsWith(this.prefix)) return { step, place: this.place };
        continue;
      }
      this.taken = this.watch.after(this.index);
      this.used = 0;
      if (this.taken.length > 0) continue;
      this.wait = this.watch.changed.wait();
      await this.wait.promise;
      this.wait = undefined;
    }
    return END;
  }

  protected close(): void {
    this.left = true;
    this.watch.leave();
    this.wait?.giveUp();
  }
}
