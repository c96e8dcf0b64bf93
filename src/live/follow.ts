/**
 * Following a frontier: its log from a cursor on, page by page, then live; in order, without gap and without repeat.
 * Nothing is read ahead of the consumer but one page. After the change that deletes the frontier the stream ends.
 */
import { NotFound } from "../core/errors";
import type { CommitId } from "../core/ids";
import { quoted } from "../core/quote";
import type { Database } from "../store/database";
import { membersBefore, readChanges, type FrontierChangeRow } from "../store/frontierLog";
import { readFrontiers } from "../store/frontiers";
import { BEGINNING, checkCursor, decodeCursor, encodeCursor, invalidCursor, type Cursor } from "./cursor";
import type { Hub, Membership } from "./hub";
import { END, pullIterator } from "./pullIterator";

/** What a stream reads from. */
export interface Followed {
  readonly database: Database;
  readonly hub: Hub;
  /** Changes of one page of the log. */
  readonly pageChanges: number;
  /** The commits that entered the frontier's history with a change, in canonical order. */
  readonly newCommitsOf: (change: FrontierChangeRow) => Promise<readonly CommitId[]>;
}

export interface ChangeEvent {
  /** Where to go on after this event. */
  readonly cursor: string;
  readonly change: FrontierChangeRow;
  readonly previousMembers: readonly CommitId[];
}

export interface CommitEvent {
  readonly cursor: string;
  readonly commit: CommitId;
  readonly frontier: string;
}

/**
 * The changes of a frontier after a cursor, without one: from now on. "Now" is before this resolves, which waits while the
 * database cannot be reached; where live stops meanwhile, the stream completes at once.
 * @throws NotFound where there is no such frontier (a deleted one is followed to its end by a cursor only),
 *   CursorInvalid, CursorAhead
 */
export async function followChanges(
  live: Followed,
  frontier: string,
  after: string | null | undefined,
): Promise<AsyncIterableIterator<ChangeEvent>> {
  const changes = await follow(live, frontier, after);
  return pullIterator<ChangeEvent>({
    next: async () => {
      const change = await changes.next();
      if (change === END) return END;
      return { cursor: encodeCursor(changes.cursor), change, previousMembers: membersBefore(change) };
    },
    close: () => changes.close(),
  });
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
): Promise<AsyncIterableIterator<CommitEvent>> {
  const changes = await follow(live, frontier, after);
  // The commits of the change after `before`, of which the first `position` are delivered.
  let before = changes.cursor;
  let commits: readonly CommitId[] = [];
  let position = 0;
  // Only the first change may be entered in its middle.
  let skip = before.position;
  return pullIterator<CommitEvent>({
    next: async () => {
      while (position >= commits.length) {
        before = changes.cursor;
        const change = await changes.next();
        if (change === END) return END;
        commits = (await changes.read(() => live.newCommitsOf(change))) ?? [];
        if (changes.over) return END;
        // A cursor that was handed out has commits of its change left.
        if (skip > 0 && skip >= commits.length) throw invalidCursor(frontier);
        position = skip;
        skip = 0;
      }
      const commit = commits[position] as CommitId;
      position += 1;
      const cursor = position < commits.length ? { ...before, position } : changes.cursor;
      return { cursor: encodeCursor(cursor), commit, frontier };
    },
    close: () => changes.close(),
  });
}

async function follow(live: Followed, frontier: string, after: string | null | undefined): Promise<Changes> {
  const point = after === null || after === undefined ? undefined : decodeCursor(after, frontier);
  // Join first, then read where the log ends: what is committed in between nudges.
  const membership = live.hub.join(frontier);
  try {
    const names = isStorable(frontier) ? [frontier] : [];
    const found = await membership.read(() => readFrontiers(live.database.pool, names));
    if (!found) return new Changes(live, membership, { frontier, incarnation: 0, sequence: 0, position: 0 }, true);
    const known = found.get(frontier);
    const cursor = known && startOf(point, known);
    if (!cursor) throw new NotFound(`There is no frontier ${quoted(frontier)}.`, ["frontier"]);
    membership.startAt(known.sequence);
    const ended = known.deleted && cursor.sequence === known.sequence;
    return new Changes(live, membership, cursor, ended);
  } catch (error) {
    membership.leave();
    throw error;
  }
}

/** PostgreSQL can neither hold these texts nor be asked for them. */
const isStorable = (name: string): boolean => !/[\0\uD800-\uDFFF]/u.test(name);

function startOf(
  point: Cursor | typeof BEGINNING | undefined,
  known: { name: string; sequence: number; incarnation: number; deleted: boolean },
): Cursor | undefined {
  const start = { frontier: known.name, incarnation: known.incarnation, position: 0 };
  if (point === undefined) return known.deleted ? undefined : { ...start, sequence: known.sequence };
  // The beginning of the frontier that is there now, not of a deleted one that had its name.
  if (point === BEGINNING)
    return known.deleted ? undefined : { ...start, sequence: Math.max(0, known.incarnation - 1) };
  checkCursor(point, known);
  return point;
}

/** The changes of one frontier after a cursor, for one consumer. */
class Changes {
  private page: readonly FrontierChangeRow[] = [];
  private taken = 0;

  constructor(
    private readonly live: Followed,
    private readonly membership: Membership,
    public cursor: Cursor,
    private ended: boolean,
  ) {}

  get over(): boolean {
    return this.membership.over;
  }

  /** The next change, the cursor then being right after it; END after the frontier's deletion or when it is over. */
  async next(): Promise<FrontierChangeRow | typeof END> {
    if (this.ended) return END;
    const change = await this.nextInLog();
    // A CREATE that is not the one of the cursor's incarnation begins another frontier of the same name.
    if (!change || (change.cause === "CREATE" && change.sequence !== this.cursor.incarnation)) return END;
    if (change.sequence !== this.cursor.sequence + 1) {
      throw new Error(
        `the log of frontier ${change.frontier} lacks what is between ${this.cursor.sequence} and ${change.sequence}`,
      );
    }
    this.ended = change.cause === "DELETE";
    this.cursor = { ...this.cursor, sequence: change.sequence, position: 0 };
    return change;
  }

  private async nextInLog(): Promise<FrontierChangeRow | undefined> {
    for (;;) {
      if (this.over) return undefined;
      const change = this.page[this.taken];
      if (change) {
        this.taken += 1;
        return change;
      }
      await this.turnPage();
    }
  }

  private async turnPage(): Promise<void> {
    const { sequence } = this.cursor;
    const held = this.membership.changesAfter(sequence);
    if (held?.length === 0) return this.membership.untilChanged();
    const page = held ?? (await this.read(() => this.readLog(sequence))) ?? [];
    if (page.length === 0) return this.membership.untilChanged();
    this.page = page;
    this.taken = 0;
  }

  private readLog(after: number): Promise<FrontierChangeRow[]> {
    return readChanges(this.live.database.pool, this.cursor.frontier, after, this.live.pageChanges);
  }

  /** Reads something on behalf of this consumer; undefined when it is over meanwhile. */
  read<T>(read: () => Promise<T>): Promise<T | undefined> {
    return this.membership.read(read);
  }

  close(): void {
    this.membership.leave();
  }
}
