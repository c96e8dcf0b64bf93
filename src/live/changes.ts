/**
 * The changes of one frontier after a cursor: its log, page by page, then live; in order, without gap and without
 * repeat. Nothing is read ahead of the consumer but one page.
 */
import { NotFound } from "../core/errors";
import type { CommitId } from "../core/ids";
import { quoted } from "../core/quote";
import type { Database } from "../store/database";
import { readChanges, type FrontierChangeRow } from "../store/frontierLog";
import { readFrontiers, type FrontierRow } from "../store/frontiers";
import { BEGINNING, checkCursor, decodeCursor, type Cursor } from "./cursor";
import type { Hub, Membership } from "./hub";
import type { Place } from "./liveStream";
import { END } from "./pullIterator";

/** How much is told of changes: themselves, their commits, or these with their operations and the records of them. */
export type Told = "changes" | "commits" | "contents";

/** What a stream reads from. */
export interface Followed {
  readonly database: Database;
  readonly hub: Hub;
  /** Changes of one page of the log. */
  readonly pageChanges: number;
  /** A stream whose filter hides so many changes moves its cursor on. */
  readonly heartbeatChanges: number;
  /** Milliseconds after which it does so for fewer. */
  readonly heartbeatEvery: number;
  /** The commits that entered the frontier's history with a change, in canonical order. */
  readonly newCommitsOf: (change: FrontierChangeRow) => readonly CommitId[] | Promise<readonly CommitId[]>;
  /** Reads along what those who are told so much of these changes will ask for; default: nothing. */
  readonly readAhead?: ((changes: readonly FrontierChangeRow[], tells: Told) => Promise<void>) | undefined;
}

/** Pages with the contents of commits have so many times fewer changes. */
const SHARE_WITH_CONTENTS = 5;

/** Nothing came within the time that was given. */
export const NOTHING_YET = Symbol("nothing yet");

/** Changes that are followed, and the frontier as it was when that began; undefined where live has stopped before. */
export interface Following {
  readonly changes: Changes;
  readonly known: FrontierRow | undefined;
}

/**
 * Follows a frontier after a cursor, without one: from now on. "Now" is before this resolves, which waits while the
 * database cannot be reached.
 * @throws NotFound where there is no such frontier (a deleted one is followed to its end by a cursor only),
 *   CursorInvalid, CursorAhead
 */
export async function followFrontier(
  live: Followed,
  frontier: string,
  after: string | null | undefined,
  tells: Told = "changes",
): Promise<Following> {
  const point = after === null || after === undefined ? undefined : decodeCursor(after, frontier);
  // Join first, then read where the log ends: what is committed in between nudges.
  const membership = live.hub.join(frontier);
  try {
    const names = isStorable(frontier) ? [frontier] : [];
    const found = await membership.read(() => readFrontiers(live.database.pool, names));
    if (!found) {
      const nowhere = { frontier, incarnation: 0, sequence: 0, position: 0 };
      return { changes: new Changes(live, membership, nowhere, true, tells), known: undefined };
    }
    const known = found.get(frontier);
    const cursor = known && startOf(point, known);
    if (!cursor) throw new NotFound(`There is no frontier ${quoted(frontier)}.`, ["frontier"]);
    membership.startAt(known.sequence);
    const ended = known.deleted && cursor.sequence === known.sequence;
    return { changes: new Changes(live, membership, cursor, ended, tells), known };
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

/** For one consumer. */
export class Changes {
  private page: readonly FrontierChangeRow[] = [];
  private taken = 0;
  /** The page after this one, read while this one is given; it has what was there then. */
  private nextPage: Promise<readonly FrontierChangeRow[] | undefined> | undefined;
  /** @param cursor after the change that was taken last */
  constructor(
    readonly live: Followed,
    private readonly membership: Membership,
    public cursor: Cursor,
    private ended: boolean,
    readonly tells: Told,
  ) {}

  /** The same changes after a place that a stream of them has reached before its end. */
  reopen({ epoch, sequence }: Place): Changes {
    const { frontier } = this.cursor;
    const membership = this.live.hub.join(frontier);
    membership.startAt(sequence);
    // Something may have come since: the hub finds out.
    this.live.hub.nudge(frontier, sequence + 1);
    const cursor = { frontier, incarnation: epoch, sequence, position: 0 };
    return new Changes(this.live, membership, cursor, false, this.tells);
  }

  /** Whether this consumer has left, or live has stopped. */
  get over(): boolean {
    return this.membership.over;
  }

  /** Whether every change that the process knows of has been taken. */
  get atEnd(): boolean {
    return this.taken >= this.page.length && this.membership.changesAfter(this.cursor.sequence)?.length === 0;
  }

  /** Changes that have been read and come next. */
  get upcoming(): readonly FrontierChangeRow[] {
    return this.page.slice(this.taken);
  }

  /**
   * The next change, the cursor then being right after it; END after the frontier's deletion or when it is over.
   * @param patience milliseconds after which it gives NOTHING_YET; default: it waits
   */
  async next(): Promise<FrontierChangeRow | typeof END>;
  async next(patience: number | undefined): Promise<FrontierChangeRow | typeof END | typeof NOTHING_YET>;
  async next(patience?: number): Promise<FrontierChangeRow | typeof END | typeof NOTHING_YET> {
    if (this.ended) return END;
    const change = await this.nextInLog(patience);
    if (change === NOTHING_YET) return this.over ? END : NOTHING_YET;
    // A CREATE that is not the one of the cursor's incarnation begins another frontier of the same name.
    if (!change || this.beginsAnother(change)) return END;
    if (change.sequence !== this.cursor.sequence + 1) {
      throw new Error(
        `the log of frontier ${change.frontier} lacks what is between ${this.cursor.sequence} and ${change.sequence}`,
      );
    }
    this.moveTo(change);
    return change;
  }

  /** The next change where it has been read and is an ordinary one; `pass` takes it. */
  get atHand(): FrontierChangeRow | undefined {
    const change = this.ended || this.over ? undefined : this.page[this.taken];
    if (!change || this.beginsAnother(change) || change.sequence !== this.cursor.sequence + 1) return undefined;
    return change;
  }

  /** Takes the change at hand. */
  pass(change: FrontierChangeRow): void {
    this.taken += 1;
    this.moveTo(change);
  }

  private beginsAnother({ cause, sequence }: FrontierChangeRow): boolean {
    return cause === "CREATE" && sequence !== this.cursor.incarnation;
  }

  private moveTo({ cause, sequence }: FrontierChangeRow): void {
    const { frontier, incarnation } = this.cursor;
    this.ended = cause === "DELETE";
    this.cursor = { frontier, incarnation, sequence, position: 0 };
  }

  private async nextInLog(patience?: number): Promise<FrontierChangeRow | typeof NOTHING_YET | undefined> {
    for (;;) {
      if (this.over) return undefined;
      const change = this.page[this.taken];
      if (change) {
        this.taken += 1;
        return change;
      }
      if (!(await this.turnPage(patience))) return NOTHING_YET;
    }
  }

  /** False where nothing came within the patience. */
  private async turnPage(patience: number | undefined): Promise<boolean> {
    const { sequence } = this.cursor;
    const held = this.membership.changesAfter(sequence);
    if (held?.length === 0) return this.membership.untilChanged(patience);
    if (held) this.nextPage = undefined;
    const page = held ?? (await this.readPage(sequence));
    if (page.length === 0) return this.membership.untilChanged(patience);
    this.page = page;
    this.taken = 0;
    return true;
  }

  private async readPage(after: number): Promise<readonly FrontierChangeRow[]> {
    const { nextPage } = this;
    this.nextPage = undefined;
    const ahead = await nextPage;
    // What was read ahead may have been the end of the log, and is no longer.
    const page = ahead?.[0]?.sequence === after + 1 ? ahead : ((await this.read(() => this.readLog(after))) ?? []);
    const last = page.at(-1);
    if (!last || page.length < this.pageChanges || this.over) return page;
    this.nextPage = this.read(() => this.readLog(last.sequence));
    // Whoever turns the page is told.
    this.nextPage.catch(() => undefined);
    return page;
  }

  /** What is told of many is held in memory for each reader. */
  private get pageChanges(): number {
    const { pageChanges } = this.live;
    return this.tells === "contents" ? Math.ceil(pageChanges / SHARE_WITH_CONTENTS) : pageChanges;
  }

  private async readLog(after: number): Promise<readonly FrontierChangeRow[]> {
    const { database, readAhead } = this.live;
    const page = await readChanges(database.pool, this.cursor.frontier, after, this.pageChanges);
    if (this.tells !== "changes") await readAhead?.(page, this.tells);
    return page;
  }

  /** Reads something on behalf of this consumer; undefined when it is over meanwhile. */
  read<T>(read: () => Promise<T>): Promise<T | undefined> {
    return this.membership.read(read);
  }

  close(): void {
    this.membership.leave();
  }
}

/** Where a cursor is among the places of its frontier's streams. */
export const placeOf = ({ incarnation, sequence, position }: Cursor): Place => ({
  epoch: incarnation,
  sequence,
  position,
});
