/** What one process knows of the log of one frontier that somebody follows: its newest changes, read once for all. */
import type { FrontierChangeRow } from "../store/frontierLog";
import { Latch } from "./latch";

export class Topic {
  /** Opens when there is something new to take, and when the hub closes. */
  readonly changed = new Latch();
  followers = 0;
  /** Highest sequence that is known to exist. */
  told = 0;
  /** Set while the hub reads the log for this topic. */
  reading = false;
  /** Sequence up to which `ring` reaches; undefined until the first follower has found out where the log ends. */
  private head: number | undefined;
  /** The changes up to `head`, without gaps, oldest first. */
  private ring: FrontierChangeRow[] = [];

  constructor(
    readonly frontier: string,
    private readonly capacity: number,
  ) {}

  /** Tells where the log ends; before it nobody needs the ring. */
  startAt(sequence: number): void {
    this.head ??= sequence;
  }

  /** Where the hub reads on: the sequence after which changes are missing here, undefined when none are. */
  missingAfter(): number | undefined {
    return this.head === undefined || this.told <= this.head ? undefined : this.head;
  }

  /** Whether more is missing than the ring holds, if it is true what was told. */
  get farBehind(): boolean {
    return this.told - (this.head ?? this.told) > this.capacity;
  }

  /** Leaves what does not fit into the ring to the followers who want it; `end` and `told` as in `setEnd`. */
  skipTo(end: number, told: number): void {
    this.setEnd(end, told);
    if (end - (this.head ?? end) <= this.capacity) return;
    this.head = end - this.capacity;
    this.ring = [];
  }

  /** The log was found to end here after `told` had been told: what has been told since may be newer. */
  private setEnd(end: number, told: number): void {
    if (this.told === told) this.told = end;
  }

  /** Takes in changes that were read after `missingAfter()`; `told` as in `setEnd`. */
  append(changes: readonly FrontierChangeRow[], told: number): void {
    const last = changes.at(-1);
    // What was told is not there; asking again and again would not bring it.
    if (!last) return this.setEnd(this.head ?? 0, told);
    this.head = last.sequence;
    this.told = Math.max(this.told, this.head);
    this.ring = [...this.ring, ...changes].slice(-this.capacity);
    this.changed.open();
  }

  /** The changes after a sequence; undefined when they are older than the ring and must be read from the log. */
  changesAfter(sequence: number): FrontierChangeRow[] | undefined {
    if (this.head === undefined || sequence >= this.head) return [];
    const first = this.ring[0];
    if (!first || sequence + 1 < first.sequence) return undefined;
    return this.ring.slice(sequence + 1 - first.sequence);
  }
}
