/**
 * What happens to all frontiers, while somebody wants to know. It knows how far each log reached when it looked last; a
 * nudge, or a look, tells it where to read on.
 */
import type { Database } from "../store/database";
import { readFrontierSequences, readNewestChanges, type FrontierStep } from "../store/frontierSteps";
import { Latch } from "./latch";

/** A change of some frontier, and its number among all that this watch has seen. */
export interface WatchedStep extends FrontierStep {
  readonly index: number;
}

/** Newest steps that are kept for everybody. */
const KEPT = 1_000;
/** Changes of one frontier that are told one by one; of more only the newest are. */
const NEWEST = 100;

export class FrontierWatch {
  /** Opens when there are more steps, and when the hub closes. */
  readonly changed = new Latch();
  /** Another one whenever the watch begins anew: indices of different epochs have nothing to do with each other. */
  epoch = 0;
  private followers = 0;
  /** How far each log has been read; undefined until it is known where they end. */
  private reached: Map<string, number> | undefined;
  private starting: Promise<void> | undefined;
  private readonly dirty = new Set<string>();
  private reading = false;
  private index = 0;
  private newest: WatchedStep[] = [];
  /** The last step of each frontier, in the order of their indices. */
  private readonly lastOf = new Map<string, WatchedStep>();

  constructor(
    private readonly database: Database,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** The index of the last step. */
  get end(): number {
    return this.index;
  }

  /** Starts to watch; resolves when from then on nothing is missed. The caller must call `leave` in the end. */
  async join(): Promise<void> {
    this.followers += 1;
    await (this.starting ??= this.start());
  }

  leave(): void {
    this.followers = Math.max(0, this.followers - 1);
    if (this.followers > 0) return;
    this.epoch += 1;
    this.starting = undefined;
    this.reached = undefined;
    this.dirty.clear();
    this.newest = [];
    this.lastOf.clear();
  }

  private async start(): Promise<void> {
    const { epoch } = this;
    try {
      const sequences = await readFrontierSequences(this.database.pool);
      if (this.epoch !== epoch) return;
      this.reached = sequences;
      this.read();
    } catch (error) {
      if (this.epoch === epoch) this.starting = undefined;
      throw error;
    }
  }

  /** Something says that this frontier's log reaches this sequence. */
  nudge(frontier: string, sequence: number): void {
    if (this.followers === 0 || sequence <= (this.reached?.get(frontier) ?? 0)) return;
    this.dirty.add(frontier);
    this.read();
  }

  /** Looks where all logs end. Rejects when the database does not answer. */
  async look(): Promise<void> {
    const { epoch, reached } = this;
    if (!reached) return;
    const sequences = await readFrontierSequences(this.database.pool);
    if (this.epoch !== epoch) return;
    for (const [frontier, sequence] of sequences) this.nudge(frontier, sequence);
  }

  /** The steps after an index, in order; to whom lags far behind, of each frontier only the last one. */
  after(index: number): readonly WatchedStep[] {
    if (index >= this.index) return [];
    const first = this.newest[0];
    if (first && index + 1 >= first.index) return this.newest.slice(index + 1 - first.index);
    return [...this.lastOf.values()].filter((step) => step.index > index);
  }

  private read(): void {
    if (!this.reading && this.reached && this.dirty.size > 0) this.readDirty().catch(this.onError);
  }

  private async readDirty(): Promise<void> {
    this.reading = true;
    try {
      while (this.reached && this.dirty.size > 0) {
        const { reached, epoch } = this;
        const names = [...this.dirty];
        this.dirty.clear();
        const steps = await this.readAfter(names, reached);
        if (this.epoch === epoch) this.take(steps, reached);
      }
    } finally {
      this.reading = false;
    }
  }

  /** What fails is read again at the next look. */
  private readAfter(names: readonly string[], reached: ReadonlyMap<string, number>): Promise<FrontierStep[]> {
    const places = names.map((frontier) => ({ frontier, sequence: reached.get(frontier) ?? 0 }));
    return readNewestChanges(this.database.pool, places, NEWEST);
  }

  private take(steps: readonly FrontierStep[], reached: Map<string, number>): void {
    for (const step of steps) {
      this.index += 1;
      const watched = { ...step, index: this.index };
      reached.set(step.frontier, step.sequence);
      this.newest.push(watched);
      // Set anew, so that the map stays in the order of the indices.
      this.lastOf.delete(step.frontier);
      this.lastOf.set(step.frontier, watched);
    }
    if (this.newest.length > KEPT) this.newest = this.newest.slice(-KEPT);
    if (steps.length > 0) this.changed.open();
  }
}
