/** How many cases of a law on random histories there were, and how many of them were hard. */
import type { Antichain } from "../../src/core/antichain";
import { PROPERTY_RUNS } from "./arbitraries";
import type { History } from "./histories";
import { isCrossed, readsOthers } from "./joins";

/** Counts the cases to which a law applies, and those among them that are hard. */
export class Tally {
  cases = 0;
  readonly #shares = { conflicts: 0, threeHeads: 0, crossed: 0, readsOthers: 0 };

  /** @param heads the most that come up */
  add(history: History, heads: number, conflicts: boolean): void {
    this.cases += 1;
    if (conflicts) this.#shares.conflicts += 1;
    if (heads >= 3) this.#shares.threeHeads += 1;
    if (isCrossed(history)) this.#shares.crossed += 1;
    if (readsOthers(history)) this.#shares.readsOthers += 1;
  }

  addVersion(history: History, version: Antichain): void {
    const conflicts = history.settledIn(version).size > 0 || !history.isConsistent(version);
    this.add(history, version.length, conflicts);
  }

  expectEnough(): void {
    // Fewer tries, as in mutation testing, say nothing of shares.
    if (PROPERTY_RUNS < 200) return;
    expect(this.cases).toBeGreaterThanOrEqual(1_000);
    const share = (count: number) => count / this.cases;
    expect(share(this.#shares.conflicts)).toBeGreaterThan(0.25);
    expect(share(this.#shares.threeHeads)).toBeGreaterThan(0.25);
    expect(share(this.#shares.crossed)).toBeGreaterThan(0.1);
    expect(share(this.#shares.readsOthers)).toBeGreaterThan(0.2);
  }
}
