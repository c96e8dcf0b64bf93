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
  readonly execute: (prepared: PreparedOperation, event: unknown, gone: () => boolean) => Promise<ExecutionResult>;
  /** Makes the last result, when a stream fails. */
  readonly failed: (error: unknown) => ExecutionResult;
}

export type Source = LiveStream<PlacedEvent>;

/** Results that are kept for followers who are a little behind. */
const KEPT_RESULTS = 32;
/** Characters of those among them that a follower is given when it joins. */
const KEPT_CHARACTERS = 1024 * 1024;
/** Followers that are given an event before others have their turn. */
const FOLLOWERS_AT_ONCE = 250;

export class SharedStreams {
  private readonly streams = new Map<string, SharedStream>();

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
    return pullIterator(new Follower(stream, source, sink, closed));
  }
}

class SharedStream {
  followers = 0;
  broadcast: Broadcast | undefined;
  private readonly results = new Map<string, Promise<EventResult>>();

  constructor(
    readonly options: SharedStreamsOptions,
    private readonly prepared: PreparedOperation,
    private readonly forget: () => void,
  ) {}

  leave(): void {
    this.followers -= 1;
    if (this.followers === 0) this.forget();
  }

  resultOf(event: PlacedEvent): Promise<EventResult> {
    const { epoch, sequence, position } = event.place;
    const key = `${epoch} ${sequence} ${position}${event.initial ? " initial" : ""}`;
    const known = this.results.get(key);
    if (known) return known;
    const { execute } = this.options;
    const result = execute(this.prepared, event, () => this.followers === 0).then((made) =>
      EventResult.of(made, event),
    );
    this.results.set(key, result);
    const [oldest] = this.results.keys();
    if (this.results.size > KEPT_RESULTS && oldest !== undefined) this.results.delete(oldest);
    return result;
  }
}

/** Why a follower is given nothing more: it is slow, or the stream has ended, or failed. */
type Outcome = "slow" | "ended" | { readonly failure: ExecutionResult };

class Follower {
  /** After the last event that it was given. */
  place: Place;
  private broadcast: Broadcast | undefined;
  private settle: ((outcome: Outcome) => void) | undefined;
  private over = false;
  private delivered = false;

  constructor(
    private readonly stream: SharedStream,
    private source: Source | undefined,
    private readonly sink: Sink | undefined,
    private readonly closed: () => void,
  ) {
    this.place = source!.place;
    stream.followers += 1;
  }

  async next(): Promise<ExecutionResult | typeof END> {
    // One that was slow joins again when what waits for it has left, which is when what it pulls has.
    let slow = false;
    for (;;) {
      if (this.over) return END;
      if (!slow && this.join()) {
        const outcome = await new Promise<Outcome>((settle) => (this.settle = settle));
        this.settle = undefined;
        if (outcome === "ended") return END;
        if (outcome === "slow") {
          slow = true;
          continue;
        }
        this.over = true;
        return outcome.failure;
      }
      // A long history may be in memory, and a socket may take it without a pause: others have their turn.
      if (this.delivered) await turn();
      this.delivered = true;
      return this.pull();
    }
  }

  private async pull(): Promise<ExecutionResult | typeof END> {
    const { source, stream } = this;
    if (!source) return END;
    try {
      const event = await source.next();
      if (event.done === true) return END;
      const { result } = await stream.resultOf(event.value);
      this.place = event.value.place;
      return result;
    } catch (error) {
      this.over = true;
      return stream.options.failed(error);
    }
  }

  /** From the end of its own stream it joins the others, or others will join it. */
  private join(): boolean {
    const { source, stream, sink } = this;
    if (!sink || !source || source.beginsAlone) return false;
    this.place = source.place;
    if (!stream.broadcast) {
      if (!source.atEnd) return false;
      stream.broadcast = new Broadcast(stream, source);
    } else if (!stream.broadcast.reaches(this.place)) return false;
    else void source.return();
    this.source = undefined;
    this.broadcast = stream.broadcast;
    this.broadcast.add(this);
    return this.isGiven;
  }

  /** Being given what was kept may have been too much at once. */
  private get isGiven(): boolean {
    return this.broadcast !== undefined;
  }

  give(result: EventResult): void {
    const { broadcast } = this;
    if (!broadcast || !isBehind(result.place, this.place)) return;
    this.place = result.place;
    if (this.sink!.push(result) || result.last) return;
    this.source = broadcast.source.reopen(this.place);
    this.leave("slow");
  }

  leave(outcome: Outcome): void {
    this.broadcast?.remove(this);
    this.broadcast = undefined;
    this.settle?.(outcome);
  }

  close(): void {
    this.over = true;
    void this.source?.return();
    this.leave("ended");
    this.stream.leave();
    this.closed();
  }
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
    if (isBehind(this.place, place)) for (const result of this.newest) follower.give(result);
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
        this.keep(result);
        await this.give(result);
      }
    } catch (error) {
      outcome = { failure: this.stream.options.failed(error) };
    }
    this.stop();
    for (const follower of [...this.followers]) follower.leave(outcome);
  }

  private keep(result: EventResult): void {
    this.newest.push(result);
    this.characters += result.json.length;
    while (this.newest.length > KEPT_RESULTS || this.characters > KEPT_CHARACTERS) {
      const oldest = this.newest.shift();
      if (!oldest) break;
      this.characters -= oldest.json.length;
      this.start = oldest.place;
    }
    this.place = result.place;
  }

  private async give(result: EventResult): Promise<void> {
    let given = 0;
    for (const follower of [...this.followers]) {
      if (this.followers.has(follower)) follower.give(result);
      given += 1;
      if (given % FOLLOWERS_AT_ONCE === 0) await turn();
    }
    await turn();
  }
}
