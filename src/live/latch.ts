/** A condition to wait for. Unlike a bare promise, a wait can be given up, and leaves nothing behind then. */
export interface Wait {
  /** Resolves when the latch opens or the wait is given up; never rejects. */
  readonly promise: Promise<void>;
  giveUp(): void;
}

export class Latch {
  private readonly waiting = new Set<() => void>();

  /** Waits for the next opening. */
  wait(): Wait {
    let settle!: () => void;
    const promise = new Promise<void>((resolve) => {
      settle = () => {
        this.waiting.delete(settle);
        resolve();
      };
    });
    this.waiting.add(settle);
    return { promise, giveUp: settle };
  }

  /** Lets everybody go who waits now. */
  open(): void {
    for (const settle of [...this.waiting]) settle();
  }
}
