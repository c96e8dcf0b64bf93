/** The streams that give everything that happens on a frontier: its changes, and the commits that enter its history. */
import type { CommitId } from "../core/ids";
import type { FrontierChangeRow } from "../store/frontierLog";
import { followFrontier, placeOf, type Changes, type Followed, type Told } from "./changes";
import { encodeCursor, invalidCursor, type Cursor } from "./cursor";
import { LiveStream, type Place, type PlacedEvent } from "./liveStream";
import { END } from "./pullIterator";

export interface ChangeEvent extends PlacedEvent {
  /** Where to go on after this event. */
  readonly cursor: string;
  readonly change: FrontierChangeRow;
}

export interface CommitEvent extends PlacedEvent {
  readonly cursor: string;
  readonly commit: CommitId;
  readonly frontier: string;
  readonly tells: Told;
  /** Commits that are likely to come next, for whoever reads what it needs of many at once. */
  readonly ahead: () => readonly CommitId[];
}

/** So many commits are named ahead at most. */
const AHEAD = 500;

/**
 * The changes of a frontier after a cursor, without one: from now on. The last one is the frontier's deletion. "Now" is
 * before this resolves, which waits while the database cannot be reached; where live stops meanwhile, the stream completes
 * at once.
 * @throws NotFound where there is no such frontier (a deleted one is followed to its end by a cursor only),
 *   CursorInvalid, CursorAhead
 */
export async function followChanges(
  live: Followed,
  frontier: string,
  after: string | null | undefined,
  tells?: Told,
): Promise<LiveStream<ChangeEvent>> {
  return new ChangeStream((await followFrontier(live, frontier, after, tells)).changes);
}

class ChangeStream extends LiveStream<ChangeEvent> {
  constructor(private readonly changes: Changes) {
    super();
  }

  get place(): Place {
    return placeOf({ ...this.changes.cursor, position: 0 });
  }

  get atEnd(): boolean {
    return this.changes.atEnd;
  }

  reopen(place: Place): ChangeStream {
    return new ChangeStream(this.changes.reopen(place));
  }

  protected async pull(): Promise<ChangeEvent | typeof END> {
    const change = await this.changes.next();
    return change === END ? END : this.eventOf(change);
  }

  protected override takeAtHand(): ChangeEvent | undefined {
    const change = this.changes.atHand;
    if (!change) return undefined;
    this.changes.pass(change);
    return this.eventOf(change);
  }

  /** Of the change that was taken last. */
  private eventOf(change: FrontierChangeRow): ChangeEvent {
    const { cursor } = this.changes;
    const event = { cursor: encodeCursor(cursor), place: placeOf(cursor), change };
    return change.cause === "DELETE" ? { ...event, last: true } : event;
  }

  protected close(): void {
    this.changes.close();
  }
}

/**
 * The commits that enter a frontier's history after a cursor, without one: from now on. "Now" is before this resolves.
 * A cursor in the middle of a change goes on inside it; one beyond its commits ends the stream with CursorInvalid.
 * @throws as followChanges
 */
export async function followCommits(
  live: Followed,
  frontier: string,
  after: string | null | undefined,
  tells: Told = "commits",
): Promise<LiveStream<CommitEvent>> {
  const { changes } = await followFrontier(live, frontier, after, tells);
  return new CommitStream(changes, changes.cursor.position);
}

class CommitStream extends LiveStream<CommitEvent> {
  /** The cursor before the change whose commits are being given, and how many of them have been. */
  private before: Cursor;
  private commits: readonly CommitId[] = [];
  private position = 0;

  /** @param skip so many commits of the first change are passed over */
  constructor(
    private readonly changes: Changes,
    private skip: number,
  ) {
    super();
    this.before = changes.cursor;
  }

  get place(): Place {
    return placeOf(this.cursor);
  }

  private get cursor(): Cursor {
    if (this.position < this.commits.length) return { ...this.before, position: this.position };
    return { ...this.changes.cursor, position: this.skip };
  }

  get atEnd(): boolean {
    return this.position >= this.commits.length && this.changes.atEnd;
  }

  reopen(place: Place): CommitStream {
    return new CommitStream(this.changes.reopen(place), place.position);
  }

  protected async pull(): Promise<CommitEvent | typeof END> {
    const { changes } = this;
    while (this.position >= this.commits.length) {
      const before = changes.cursor;
      const change = await changes.next();
      if (change === END) return END;
      const commits = (await changes.read(async () => changes.live.newCommitsOf(change))) ?? [];
      if (changes.over) return END;
      // A cursor that was handed out has commits of its change left.
      if (this.skip > 0 && this.skip >= commits.length) throw invalidCursor(change.frontier);
      this.begin(before, commits);
    }
    return this.give();
  }

  protected override takeAtHand(): CommitEvent | undefined {
    const { changes } = this;
    while (this.position >= this.commits.length) {
      const change = this.skip === 0 ? changes.atHand : undefined;
      const commits = change && this.commitsAtHand(change);
      if (!change || !commits) return undefined;
      const before = changes.cursor;
      changes.pass(change);
      this.begin(before, commits);
    }
    return this.give();
  }

  private commitsAtHand(change: FrontierChangeRow): readonly CommitId[] | undefined {
    const commits = this.changes.live.newCommitsOf(change);
    if (!(commits instanceof Promise)) return commits;
    // `pull` asks again, and is told of a failure.
    commits.catch(() => undefined);
    return undefined;
  }

  /** Goes over to the commits of a change. */
  private begin(before: Cursor, commits: readonly CommitId[]): void {
    this.before = before;
    this.commits = commits;
    this.position = this.skip;
    this.skip = 0;
  }

  /** The next commit of the change. */
  private give(): CommitEvent {
    const commit = this.commits[this.position] as CommitId;
    this.position += 1;
    const { cursor } = this;
    return {
      cursor: encodeCursor(cursor),
      place: placeOf(cursor),
      commit,
      frontier: cursor.frontier,
      tells: this.changes.tells,
      ahead: () => this.ahead(),
    };
  }

  private ahead(): readonly CommitId[] {
    const rest = this.commits.slice(this.position, this.position + AHEAD);
    if (rest.length === AHEAD) return rest;
    return [...new Set([...rest, ...this.changes.upcoming.flatMap(({ joined }) => joined)])].slice(0, AHEAD);
  }

  protected close(): void {
    this.changes.close();
  }
}
