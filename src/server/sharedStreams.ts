/**
 * Subscriptions with one document and the same variables share their results: each event is executed once, and written
 * once. A follower begins with a stream of its own. When that has caught up, it joins those who are given each event as it
 * comes, by one stream for all; a follower whose transport cannot be given anything pulls, and shares the results only.
 * One that takes events more slowly than they come goes back to a stream of its own, at its own pace.
 */
import { setImmediate as turn } from "node:timers/promises";
import type { ExecutionResult } from "graphql";
import { isBehind, type LiveStream, type Place, type PlacedEvent } from "../live/liveStream";
import { END, pullIterator } from "../live/pullIterator";
import { EventResult } from "./eventResult";
import type { PreparedOperation } from "./preparedOperation";
import { sharingKey } from "./sharingKey";
import type { Sink } from "./sink";

export interface SharedStreamsOptions {
  /** Makes the result of an event; must not reject. `gone` tells whether nobody wants it any more. */
  readonly execute: (
    prepared: PreparedOperation,
    event: unknown,
    gone: () => boolean,
  ) => ExecutionResult | Promise<ExecutionResult>;
  /**
   * Makes the results of events in one go; undefined where they have to be made one by one. Default: they always have.
   * Must not throw.
   */
  readonly executeTogether?: (
    prepared: PreparedOperation,
    events: readonly unknown[],
  ) => readonly ExecutionResult[] | undefined;
  /** Makes the last result, when a stream fails. */
  readonly failed: (error: unknown) => ExecutionResult;
}

export type Source = LiveStream<PlacedEvent>;

/** Results that are kept for followers who are a little behind. */
const KEPT_RESULTS = 32;
/** Characters of those among them that a follower is given when it joins: for each that is there already, and at most. */
const KEPT_CHARACTERS_EACH = 32 * 1024;
const KEPT_CHARACTERS = 1024 * 1024;
/** Results that are given to followers before others have their turn. */
const GIVEN_A_TURN = 250;
/** Results, and characters of them, that are given to a follower at once, where they come faster than they are given. */
const GIVEN_AT_ONCE = 16;
const GIVEN_CHARACTERS = 8 * 1024;
/** Results that are made for those at their own pace before others have their turn; of long ones fewer. */
const MADE_A_TURN = 64;
/** Of those who wait for their turn, so many have it together: each makes several in one go. */
const FOLLOWERS_A_TURN = 8;
const CHARACTERS_OF_A_RESULT = 2 * 1024;
/** Results that are made in one go at most, and how many are made one by one where that could not be. */
const MADE_TOGETHER = 16;
const MADE_ALONE = 64;

export class SharedStreams {
  private readonly streams = new Map<string, SharedStream>();
  private readonly turns = new Turns();

  constructor(private readonly options: SharedStreamsOptions) {}

  /**
   * The results of the source's events; with a sink only those that it is not given.
   * @param closed called once, when the stream ends or its consumer leaves
   */
  follow(
    prepared: PreparedOperation,
    source: Source,
    sink: Sink | undefined,
    closed: () => void,
  ): AsyncIterableIterator<ExecutionResult> {
    const key = sharingKey(prepared);
    const stream = this.streams.get(key) ?? new SharedStream(this.options, prepared, () => this.streams.delete(key));
    this.streams.set(key, stream);
    return pullIterator(new Follower(stream, source, sink, this.turns, closed));
  }
}

class SharedStream {
  followers = 0;
  broadcast: Broadcast | undefined;
  /** What several followers may ask for. */
  private readonly results = new Map<string, EventResult | Promise<EventResult>>();
  private readonly isLeft = (): boolean => this.followers === 0;

  constructor(
    readonly options: SharedStreamsOptions,
    private readonly prepared: PreparedOperation,
    private readonly forget: () => void,
  ) {}

  leave(): void {
    this.followers -= 1;
    if (this.followers === 1) this.results.clear();
    if (this.followers === 0) this.forget();
  }

  /** At once where nothing has to be read for it. */
  resultOf(event: PlacedEvent): EventResult | Promise<EventResult> {
    if (this.followers === 1 || event.momentary) return this.make(event);
    const key = keyOf(event);
    const known = this.results.get(key);
    if (known) return known instanceof EventResult ? this.written(known) : known;
    const result = this.make(event);
    this.keep(key, result);
    return result;
  }

  /**
   * The results of events where nothing has to be read for them; undefined where they have to be made one by one. They
   * are not written yet.
   */
  resultsOf(events: readonly PlacedEvent[]): EventResult[] | undefined {
    const { executeTogether } = this.options;
    const isShared = (event: PlacedEvent) => this.followers > 1 && !event.momentary;
    const known = events.map((event) => (isShared(event) ? this.results.get(keyOf(event)) : undefined));
    const unknown = events.filter((_, index) => !(known[index] instanceof EventResult));
    const made = unknown.length > 0 ? executeTogether?.(this.prepared, unknown) : [];
    if (!made) return undefined;
    let taken = 0;
    return events.map((event, index) => {
      const there = known[index];
      if (there instanceof EventResult) return there;
      const result = EventResult.of(made[taken]!, event);
      taken += 1;
      if (isShared(event)) this.keep(keyOf(event), result);
      return result;
    });
  }

  private keep(key: string, result: EventResult | Promise<EventResult>): void {
    this.results.set(key, result);
    const [oldest] = this.results.keys();
    if (this.results.size > KEPT_RESULTS && oldest !== undefined) this.results.delete(oldest);
  }

  private make(event: PlacedEvent): EventResult | Promise<EventResult> {
    const made = this.options.execute(this.prepared, event, this.isLeft);
    return made instanceof Promise
      ? made.then((result) => this.written(EventResult.of(result, event)))
      : this.written(EventResult.of(made, event));
  }

  /** A string has an end: a result that is longer is told as the failure of its event, and nobody else hears of it. */
  written(result: EventResult): EventResult {
    try {
      void result.json;
      return result;
    } catch (error) {
      return result.instead(this.options.failed(error));
    }
  }
}

/** Of an event, among those of one stream. */
const keyOf = ({ place: { epoch, sequence, position }, initial }: PlacedEvent): string =>
  `${epoch} ${sequence} ${position}${initial ? " initial" : ""}`;

/** Why a follower is given nothing more: it is slow, or the stream has ended, or failed. */
type Outcome = "slow" | "ended" | { readonly failure: ExecutionResult };

class Follower {
  /** After the last event that it was given. */
  place: Place;
  private broadcast: Broadcast | undefined;
  private settle: ((outcome: Outcome) => void) | undefined;
  private over = false;
  /** Set when more waits for its client than may. */
  private isSlow = false;
  /** Events that have been taken from its own stream, and results of those before them, that come next. */
  private taken: PlacedEvent[] = [];
  private made: EventResult[] = [];
  /** How many results may be made in one go next; below 1, others are made one by one first. */
  private together = 1;

  constructor(
    private readonly stream: SharedStream,
    private source: Source | undefined,
    private readonly sink: Sink | undefined,
    private readonly turns: Turns,
    private readonly closed: () => void,
  ) {
    this.place = source!.place;
    stream.followers += 1;
  }

  /** Without a sink: the next result. With one: none but the last, where it tells a failure. */
  async next(): Promise<ExecutionResult | typeof END> {
    const { sink, turns } = this;
    for (;;) {
      // One that was slow goes on when what waits for it has left.
      if (this.isSlow) await sink?.left();
      this.isSlow = false;
      if (this.over) return END;
      if (this.join()) {
        const outcome = await new Promise<Outcome>((settle) => (this.settle = settle));
        this.settle = undefined;
        if (outcome === "ended") return END;
        if (outcome === "slow") continue;
        this.over = true;
        return outcome.failure;
      }
      // Being given what was kept may have been too much at once.
      if (this.isSlow) continue;
      // A long history may be in memory, and a socket may take it without a pause: others have their turn.
      if (!turns.take(this)) await turns.next(this);
      if (this.over) return END;
      if (sink && (this.made.length > 0 || this.makeTogether())) {
        this.push(sink, this.nextMade());
        continue;
      }
      const pulled = this.pull();
      const result = pulled instanceof Promise ? await pulled : pulled;
      if (!(result instanceof EventResult)) return result;
      if (!sink) return result.result;
      if (this.over) return END;
      if (pulled === result) this.together = Math.min(MADE_TOGETHER, this.together + 1);
      this.push(sink, [result]);
    }
  }

  private push(sink: Sink, results: readonly EventResult[]): void {
    for (const result of results) this.turns.spend(this, result);
    this.place = results.at(-1)!.place;
    this.isSlow = !sink.push(results, true);
  }

  /** Whether results have been made of several events that are at hand. */
  private makeTogether(): boolean {
    const { taken, stream } = this;
    const most = Math.min(this.together, this.turns.left(this) + 1);
    if (most < 2) return false;
    while (taken.length < most) {
      const event = this.takeNext();
      if (!event) break;
      taken.push(event);
    }
    if (taken.length < 2) return false;
    const made = stream.resultsOf(taken);
    if (!made) {
      this.together = 1 - MADE_ALONE;
      return false;
    }
    this.turns.take(this, made.length - 1);
    this.taken = [];
    this.made = made;
    return true;
  }

  /** A failure is told in its turn: when it is taken again, it fails again. */
  private takeNext(): PlacedEvent | undefined {
    try {
      return this.source?.take();
    } catch {
      return undefined;
    }
  }

  /** Of the results that have been made, those that leave at once. */
  private nextMade(): EventResult[] {
    const next: EventResult[] = [];
    let characters = 0;
    while (this.made.length > 0 && characters < GIVEN_CHARACTERS) {
      const result = this.stream.written(this.made.shift()!);
      next.push(result);
      characters += result.json.length;
    }
    const mean = characters / next.length;
    this.together = Math.min(
      MADE_TOGETHER,
      2 * this.together,
      Math.ceil((MADE_TOGETHER * CHARACTERS_OF_A_RESULT) / mean),
    );
    return next;
  }

  /** The next result; at once where its event is at hand and nothing has to be read for it. */
  private pull(): EventResult | ExecutionResult | Promise<EventResult | ExecutionResult | typeof END> {
    try {
      const event = this.taken.shift() ?? this.source?.take();
      const result = event && this.stream.resultOf(event);
      if (!result || result instanceof Promise) return this.wait(event, result);
      this.place = event.place;
      return result;
    } catch (error) {
      return this.fail(error);
    }
  }

  private async wait(
    taken: PlacedEvent | undefined,
    making: Promise<EventResult> | undefined,
  ): Promise<EventResult | ExecutionResult | typeof END> {
    const { source, stream } = this;
    if (!source) return END;
    try {
      const next = taken ? { value: taken } : await source.next();
      if (next.done === true) return END;
      const result = await (making ?? stream.resultOf(next.value));
      this.place = next.value.place;
      return result;
    } catch (error) {
      return this.fail(error);
    }
  }

  private fail(error: unknown): ExecutionResult {
    this.over = true;
    return this.stream.options.failed(error);
  }

  /** From the end of its own stream it joins the others, or others will join it. */
  private join(): boolean {
    const { source, stream, sink } = this;
    if (!sink || !source || source.beginsAlone || this.taken.length > 0 || this.made.length > 0) return false;
    this.place = source.place;
    if (!stream.broadcast) {
      if (!source.atEnd) return false;
      stream.broadcast = new Broadcast(stream, source);
    } else if (!stream.broadcast.reaches(this.place)) return false;
    else void source.return();
    this.source = undefined;
    this.broadcast = stream.broadcast;
    this.broadcast.add(this);
    return !this.isSlow;
  }

  /** Takes those of some results that it has not had. */
  give(results: readonly EventResult[]): void {
    const { broadcast } = this;
    if (!broadcast) return;
    const next = results.filter(({ place }) => isBehind(place, this.place));
    for (const part of portionsOf(next)) {
      const { place, last } = part.at(-1)!;
      this.place = place;
      if (this.sink!.push(part, false) || last) continue;
      this.source = broadcast.source.reopen(place);
      this.isSlow = true;
      this.leave("slow");
      return;
    }
  }

  leave(outcome: Outcome): void {
    this.broadcast?.remove(this);
    this.broadcast = undefined;
    this.settle?.(outcome);
  }

  close(): void {
    this.over = true;
    this.taken = [];
    this.made = [];
    void this.source?.return();
    this.leave("ended");
    this.stream.leave();
    this.closed();
  }
}

/** Of results, those that leave at once: where they are long, one by one. */
function portionsOf(results: readonly EventResult[]): EventResult[][] {
  const portions: EventResult[][] = [];
  let characters = Infinity;
  for (const result of results) {
    characters += result.json.length;
    if (characters <= GIVEN_CHARACTERS) portions.at(-1)!.push(result);
    else {
      portions.push([result]);
      characters = result.json.length;
    }
  }
  return portions;
}

/** One stream, each event of which is given to many. */
class Broadcast {
  private readonly followers = new Set<Follower>();
  /** After the event that was given last. */
  private place: Place;
  /** The newest results, and where the first of them was behind. */
  private newest: EventResult[] = [];
  private characters = 0;
  private start: Place;
  /** Results that have not been given yet, and the giving that is under way. */
  private coming: EventResult[] = [];
  private giving: Promise<void> | undefined;

  constructor(
    private readonly stream: SharedStream,
    readonly source: Source,
  ) {
    this.place = this.start = source.place;
    void this.run();
  }

  /** Whether nothing is missing here for whoever has had everything up to a place. */
  reaches(place: Place): boolean {
    const { start } = this;
    if (place.epoch !== this.place.epoch) return false;
    return !isBehind(this.place, place) || (place.epoch === start.epoch && !isBehind(start, place));
  }

  add(follower: Follower): void {
    this.followers.add(follower);
    const { place } = follower;
    if (isBehind(this.place, place)) follower.give(this.newest);
  }

  remove(follower: Follower): void {
    this.followers.delete(follower);
    if (this.followers.size === 0) this.stop();
  }

  private stop(): void {
    if (this.stream.broadcast === this) this.stream.broadcast = undefined;
    void this.source.return();
  }

  private async run(): Promise<void> {
    let outcome: Outcome = "ended";
    try {
      for (;;) {
        const event = await this.source.next();
        if (event.done === true) break;
        const result = await this.stream.resultOf(event.value);
        // More are made while these are given; what has come by then is given together.
        if (this.isFull(result)) await this.giving;
        this.coming.push(result);
        this.giving ??= this.giveAll();
      }
    } catch (error) {
      outcome = { failure: this.stream.options.failed(error) };
    }
    await this.giving;
    this.stop();
    for (const follower of [...this.followers]) follower.leave(outcome);
  }

  private isFull(next: EventResult): boolean {
    const { coming } = this;
    if (coming.length === 0) return false;
    const characters = coming.reduce((sum, { json }) => sum + json.length, next.json.length);
    return coming.length === GIVEN_AT_ONCE || characters > GIVEN_CHARACTERS;
  }

  private async giveAll(): Promise<void> {
    while (this.coming.length > 0) {
      const results = this.coming;
      this.coming = [];
      for (const result of results) this.keep(result);
      await this.give(results);
    }
    this.giving = undefined;
  }

  private keep(result: EventResult): void {
    this.newest.push(result);
    this.characters += result.json.length;
    // Many streams that one follows each would hold much for nobody.
    const most = Math.min(KEPT_CHARACTERS, KEPT_CHARACTERS_EACH * this.followers.size);
    while (this.newest.length > KEPT_RESULTS || this.characters > most) {
      const oldest = this.newest.shift();
      if (!oldest) break;
      this.characters -= oldest.json.length;
      this.start = oldest.place;
    }
    this.place = result.place;
  }

  private async give(results: readonly EventResult[]): Promise<void> {
    let given = 0;
    for (const follower of [...this.followers]) {
      if (this.followers.has(follower)) follower.give(results);
      given += results.length;
      if (given < GIVEN_A_TURN) continue;
      given = 0;
      await turn();
    }
    await turn();
  }
}

/** Shares the turns of the event loop among all who read the log at their own pace: those who wait get equal shares. */
class Turns {
  /** First come, first served. */
  private readonly waiting = new Map<Follower, () => void>();
  /** Results that those whose turn it is may make. */
  private shares = new Map<Follower, number>();

  /** Whether a follower may make other results in this turn; takes so many. */
  take(follower: Follower, count = 1): boolean {
    const share = this.left(follower);
    if (share <= 0) return false;
    this.shares.set(follower, share - count);
    return true;
  }

  /** How many results a follower may still make in this turn. */
  left(follower: Follower): number {
    return this.shares.get(follower) ?? 0;
  }

  /** Resolves when it may make one. */
  next(follower: Follower): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.set(follower, resolve);
      if (this.waiting.size === 1) setImmediate(() => this.give());
    });
  }

  private give(): void {
    const next = [...this.waiting].slice(0, FOLLOWERS_A_TURN);
    const share = Math.floor(MADE_A_TURN / next.length);
    this.shares = new Map(next.map(([follower]) => [follower, share - 1]));
    for (const [follower, begin] of next) {
      this.waiting.delete(follower);
      begin();
    }
    if (this.waiting.size > 0) setImmediate(() => this.give());
  }

  /** A result has been made: what is long takes longer. */
  spend(follower: Follower, { json }: EventResult): void {
    const share = this.shares.get(follower);
    if (share !== undefined) this.shares.set(follower, share - json.length / CHARACTERS_OF_A_RESULT);
  }
}
