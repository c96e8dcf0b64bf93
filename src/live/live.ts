/** Live events of one process: the listener, the hub, and the slow look that makes a lost notification cost seconds. */
import type { CommitId } from "../core/ids";
import type { Database } from "../store/database";
import { CHANNEL, readChanges, type FrontierChangeRow } from "../store/frontierLog";
import type { Followed, Told } from "./changes";
import { Hub } from "./hub";
import { Listener } from "./listener";

export interface LiveOptions {
  readonly database: Database;
  /** The commits that entered the frontier's history with a change, in canonical order. */
  readonly newCommitsOf: (change: FrontierChangeRow) => readonly CommitId[] | Promise<readonly CommitId[]>;
  /**
   * Reads changes of a frontier that have just come: at most so many after a sequence, ascending. It may read along what
   * those who are told of them will ask for. Default: the rows of the log.
   */
  readonly readNewChanges?: (frontier: string, after: number, limit: number) => Promise<readonly FrontierChangeRow[]>;
  /** Reads along what those who are told so much of past changes will ask for; default: nothing. */
  readonly readAhead?: (changes: readonly FrontierChangeRow[], tells: Told) => Promise<void>;
  /** Called with failures that live gets over by itself; default: nothing. */
  readonly onError?: (error: unknown) => void;
  /** Milliseconds between two looks at the logs that are followed; default 5,000. */
  readonly lookEvery?: number;
  /** Changes of one page of the log; default 500. */
  readonly pageChanges?: number;
  /** Changes that a filter hides before the stream's cursor moves on; default 500. */
  readonly heartbeatChanges?: number;
  /** Milliseconds after which it moves on for fewer; default 1,000. */
  readonly heartbeatEvery?: number;
  /** Newest changes that are kept for each followed frontier; default 128. */
  readonly ringChanges?: number;
  /** Milliseconds before the listener's first attempt to come back; default 100. */
  readonly shortestDelay?: number;
  /** Between 0 and 1; default Math.random. */
  readonly random?: () => number;
}

export interface Live extends Followed {
  /** Connects; rejects when the database does not answer or notifications do not arrive. */
  start(): Promise<void>;
  /** Completes every stream and closes the connection. */
  stop(): Promise<void>;
  /** Looks at once where the logs end that are followed. */
  look(): Promise<void>;
  /** Resolves with true when the database has answered anew, with false when live has stopped. */
  answeredAnew(): Promise<boolean>;
  /** Whether notifications arrive now. */
  readonly hearing: boolean;
  /** Streams that are open. */
  readonly followers: number;
}

/** So many new commits of a change are remembered while the process holds the change. */
const REMEMBERED_COMMITS = 1_000;

/** Nothing is connected before `start`. One for each process and database. */
export function createLive(options: LiveOptions): Live {
  const onError = options.onError ?? (() => undefined);
  const { database } = options;
  const hub = new Hub({
    database,
    ringChanges: options.ringChanges ?? 128,
    readChanges:
      options.readNewChanges ?? ((frontier, after, limit) => readChanges(database.pool, frontier, after, limit)),
    onError,
  });
  let looking = false;
  let again = false;
  // One at a time: a database that hangs gathers no queue of looks.
  const look = () => {
    if (looking) return;
    looking = true;
    again = false;
    hub
      .look()
      .catch(onError)
      .finally(() => {
        looking = false;
        if (again && !hub.isClosed) look();
      });
  };
  // A look that is under way may have seen the logs before the listener heard, and must not be the last one.
  const lookAnew = () => {
    again = looking;
    look();
  };
  const listener = new Listener({
    url: database.directUrl,
    channel: CHANNEL,
    onNotification: (payload) => {
      const told = readNotification(payload);
      if (told) hub.nudge(told.frontier, told.sequence);
    },
    notify: (payload) => database.pool.query("select pg_notify($1, $2)", [CHANNEL, payload]),
    onHearing: lookAnew,
    onError,
    random: options.random ?? Math.random,
    shortestDelay: options.shortestDelay ?? 100,
    longestDelay: 10_000,
    patience: 5_000,
  });
  let timer: NodeJS.Timeout | undefined;
  return {
    database,
    hub,
    pageChanges: options.pageChanges ?? 500,
    heartbeatChanges: options.heartbeatChanges ?? 500,
    heartbeatEvery: options.heartbeatEvery ?? 1_000,
    newCommitsOf: remembering(options.newCommitsOf),
    readAhead: options.readAhead,
    start: async () => {
      await listener.start();
      timer = setInterval(() => {
        listener.beat();
        look();
      }, options.lookEvery ?? 5_000);
      timer.unref();
    },
    stop: async () => {
      clearInterval(timer);
      hub.close();
      await listener.stop();
    },
    look: () => hub.look(),
    answeredAnew: async () => {
      if (!hub.isClosed) await hub.answered.wait().promise;
      return !hub.isClosed;
    },
    get hearing() {
      return listener.hearing;
    },
    get followers() {
      return hub.followers;
    },
  };
}

/** What a notification says, undefined where it is something else (a probe, or another program's). */
export function readNotification(payload: string): { frontier: string; sequence: number } | undefined {
  let told: unknown;
  try {
    told = JSON.parse(payload);
  } catch {
    return undefined;
  }
  if (typeof told !== "object" || told === null) return undefined;
  const { frontier, sequence } = told as Record<string, unknown>;
  if (typeof frontier !== "string" || !Number.isSafeInteger(sequence)) return undefined;
  return { frontier, sequence: sequence as number };
}

/** The followers of a frontier share the changes that the process holds, and so what is known of them. */
function remembering(newCommitsOf: Followed["newCommitsOf"]): Followed["newCommitsOf"] {
  const known = new WeakMap<FrontierChangeRow, Promise<readonly CommitId[]>>();
  return (change) => {
    const remembered = known.get(change);
    if (remembered) return remembered;
    const commits = newCommitsOf(change);
    if (!(commits instanceof Promise)) return commits;
    known.set(change, commits);
    commits.then(
      (found) => found.length > REMEMBERED_COMMITS && known.delete(change),
      () => known.delete(change),
    );
    return commits;
  };
}
