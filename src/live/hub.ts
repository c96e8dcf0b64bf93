/**
 * The hub: who follows which frontier in this process. A notification is a nudge, never the data: the hub reads the log
 * once, keeps the newest changes for all followers of the frontier, and wakes them. A follower that is further behind
 * reads the log by itself, at its own pace.
 */
import type { Database } from "../store/database";
import type { FrontierChangeRow } from "../store/frontierLog";
import { readFrontiers } from "../store/frontiers";
import { FrontierWatch } from "./frontierWatch";
import { Latch, type Wait } from "./latch";
import { Topic } from "./topic";
import { isTransient } from "./transient";

export interface HubOptions {
  readonly database: Database;
  /** Newest changes that are kept for each followed frontier. */
  readonly ringChanges: number;
  /** At most so many changes of a frontier after a sequence, ascending. */
  readonly readChanges: (frontier: string, after: number, limit: number) => Promise<readonly FrontierChangeRow[]>;
  /** Called with failures that nobody waits for. */
  readonly onError: (error: unknown) => void;
}

export class Hub {
  private readonly topics = new Map<string, Topic>();
  /** Opens whenever the database has just answered, and when the hub closes. */
  readonly answered = new Latch();
  /** What happens to all frontiers. */
  readonly watch: FrontierWatch;
  private closed = false;

  constructor(readonly options: HubOptions) {
    this.watch = new FrontierWatch(options.database, options.onError);
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** Followers of all frontiers. */
  get followers(): number {
    return [...this.topics.values()].reduce((sum, topic) => sum + topic.followers, 0);
  }

  /** Starts to follow; from here on no nudge is missed. The caller must call `leave` in the end. */
  join(frontier: string): Membership {
    let topic = this.topics.get(frontier);
    if (!topic) {
      topic = new Topic(frontier, this.options.ringChanges);
      this.topics.set(frontier, topic);
    }
    topic.followers += 1;
    return new Membership(this, topic);
  }

  leave(topic: Topic): void {
    topic.followers -= 1;
    if (topic.followers === 0 && this.topics.get(topic.frontier) === topic) this.topics.delete(topic.frontier);
  }

  /** Something says that this frontier's log reaches this sequence. */
  nudge(frontier: string, sequence: number): void {
    this.watch.nudge(frontier, sequence);
    const topic = this.topics.get(frontier);
    if (!topic || sequence <= topic.told) return;
    topic.told = sequence;
    this.catchUp(topic);
  }

  /** Reads what the topic is missing; a nudge that comes while it reads is seen by the same loop. */
  catchUp(topic: Topic): void {
    // What fails is read again at the next look.
    if (!topic.reading) this.readMissing(topic).catch(this.options.onError);
  }

  private async readMissing(topic: Topic): Promise<void> {
    topic.reading = true;
    try {
      while (!this.closed && topic.followers > 0) {
        const { told } = topic;
        const after = topic.missingAfter();
        if (after === undefined) break;
        if (topic.farBehind) topic.skipTo(await this.endOfLog(topic.frontier), told);
        else topic.append(await this.options.readChanges(topic.frontier, after, this.options.ringChanges), told);
      }
    } finally {
      topic.reading = false;
    }
  }

  private async endOfLog(frontier: string): Promise<number> {
    const states = await readFrontiers(this.options.database.pool, [frontier]);
    return states.get(frontier)?.sequence ?? 0;
  }

  /**
   * Looks where the logs of all followed frontiers end, so that a lost notification costs time and never an event.
   * Rejects when the database does not answer.
   */
  async look(): Promise<void> {
    const followed = [...this.topics.keys()];
    if (followed.length > 0) {
      const states = await readFrontiers(this.options.database.pool, followed);
      for (const [frontier, state] of states) {
        const topic = this.topics.get(frontier);
        if (!topic) continue;
        topic.told = Math.max(topic.told, state.sequence);
        this.catchUp(topic);
      }
    }
    await this.watch.look();
    this.answered.open();
  }

  /** Completes every follower. */
  close(): void {
    this.closed = true;
    this.answered.open();
    this.watch.changed.open();
    for (const topic of this.topics.values()) topic.changed.open();
  }
}

/** One follower's place in the hub. */
export class Membership {
  private left = false;
  /** What is read ahead may wait beside what is asked for. */
  private readonly waits = new Set<Wait>();

  constructor(
    private readonly hub: Hub,
    private readonly topic: Topic,
  ) {}

  /** Whether this follower has left, or the hub is closed. */
  get over(): boolean {
    return this.left || this.hub.isClosed;
  }

  /** Tells the hub where the log ended when this follower looked. */
  startAt(sequence: number): void {
    this.topic.startAt(sequence);
    this.hub.catchUp(this.topic);
  }

  /** Changes after a sequence that the process holds; undefined when the log must be read. */
  changesAfter(sequence: number): FrontierChangeRow[] | undefined {
    return this.topic.changesAfter(sequence);
  }

  /**
   * Waits until there may be more changes. Resolves at once when this follower leaves or the hub closes.
   * @param patience milliseconds after which it resolves with false; default: it waits
   */
  async untilChanged(patience?: number): Promise<boolean> {
    if (this.over) return true;
    const wait = this.topic.changed.wait();
    if (patience === undefined) return this.settled(wait).then(() => true);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      wait.giveUp();
    }, patience);
    timer.unref();
    try {
      await this.settled(wait);
      return !late;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Reads from the database, and after a failure that passes again; undefined when it is over meanwhile. */
  async read<T>(read: () => Promise<T>): Promise<T | undefined> {
    while (!this.over) {
      try {
        return await read();
      } catch (error) {
        if (!isTransient(error)) throw error;
        this.hub.options.onError(error);
        if (!this.over) await this.settled(this.hub.answered.wait());
      }
    }
    return undefined;
  }

  leave(): void {
    if (this.left) return;
    this.left = true;
    this.hub.leave(this.topic);
    this.giveUp();
  }

  /** Settles what waits. */
  giveUp(): void {
    for (const wait of this.waits) wait.giveUp();
  }

  private async settled(wait: Wait): Promise<void> {
    this.waits.add(wait);
    await wait.promise;
    this.waits.delete(wait);
  }
}
