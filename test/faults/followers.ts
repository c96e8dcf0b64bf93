/** Followers of main that come back after every failure, with the cursor of what they saw last. */
import { setTimeout as pause } from "node:timers/promises";
import { createClient as createSseClient } from "graphql-sse";
import type { JsonObject } from "../../src/core/json";
import { Latch } from "../../src/live/latch";
import type { Database } from "../../src/store/database";
import { readChanges } from "../../src/store/frontierLog";
import { readFrontiers, rowsOf } from "../../src/store/frontiers";
import { readLatest } from "../../src/store/latest";
import { readAllTypes } from "../../src/store/typeTables";
import { verifyDatabase } from "../../src/store/verify/verify";
import { wsClient, type Result } from "../server/clients";
import type { Writers } from "./writers";

export const FOLLOW =
  "subscription ($after: String) { newCommits(after: $after) { cursor commit { number message } } }";

export interface Follower {
  /** Numbers of the commits that it saw, in order. */
  readonly seen: readonly string[];
  /** How often it subscribed. */
  readonly subscribed: number;
  /** Resolves when it has seen so many. */
  until(count: number): Promise<void>;
  stop(): Promise<void>;
}

type Iterate = (url: string, after: string) => { results: AsyncIterator<unknown>; dispose: () => unknown };

const overWebSocket: Iterate = (url, after) => {
  const client = wsClient(url);
  return { results: client.iterate({ query: FOLLOW, variables: { after } }), dispose: () => client.dispose() };
};

const overSse: Iterate = (url, after) => {
  const client = createSseClient({ url, retryAttempts: 0 });
  return {
    results: client.iterate({ query: FOLLOW, variables: { after } }),
    dispose: () => client.dispose(),
  };
};

/**
 * @param addresses of servers, as they are now; each connection goes to the next one
 * @param first the server of the first connection
 */
export function startFollower(
  addresses: () => readonly string[],
  transport: "WebSocket" | "SSE" = "WebSocket",
  first = 0,
): Follower {
  const seen: string[] = [];
  const progress = new Latch();
  let subscribed = 0;
  let stopping = false;
  let leave: () => unknown = () => undefined;

  const followOnce = async (url: string, after: string): Promise<string> => {
    const { results, dispose } = (transport === "SSE" ? overSse : overWebSocket)(url, after);
    leave = () => {
      void results.return?.();
      return dispose();
    };
    let cursor = after;
    try {
      for (let next = await results.next(); !next.done; next = await results.next()) {
        const { data, errors } = next.value as Result;
        const event = data?.["newCommits"] as { cursor: string; commit: { number: string } } | undefined;
        if (!event) throw new Error(`an event is broken: ${JSON.stringify(errors)}`);
        seen.push(event.commit.number);
        cursor = event.cursor;
        progress.open();
      }
    } catch (error) {
      // What the server says is a failure of the test; what breaks is the fault that it makes.
      if (/an event is broken/.test(String(error)) || Array.isArray(error)) throw error;
    } finally {
      await dispose();
    }
    return cursor;
  };

  const follow = async () => {
    let cursor = "0";
    while (!stopping) {
      const urls = addresses();
      cursor = await followOnce(urls[(first + subscribed) % urls.length] ?? "", cursor);
      subscribed += 1;
      if (!stopping) await pause(10);
    }
  };
  const done = follow();
  done.catch(() => progress.open());
  return {
    seen,
    get subscribed() {
      return subscribed;
    },
    until: async (count) => {
      while (seen.length < count) {
        // Nobody follows any more, and what is waited for never comes.
        if (stopping) throw new Error(`The follower was stopped after ${seen.length} of ${count} commits.`);
        await Promise.race([progress.wait().promise, done]);
      }
    },
    stop: async () => {
      stopping = true;
      await leave();
      await done;
    },
  };
}

/** The commits that the log of main brought in, in its order, where each change brings in one. */
export async function commitsInLog(database: Database): Promise<string[]> {
  const changes = await readChanges(database.pool, "main", 0, 1_000_000);
  return changes.flatMap((change) => change.joined.map(String));
}

/**
 * Stops the writers, and expects that what they were told is what the log holds, and that every follower sees the log:
 * each commit once, in order.
 */
export async function expectNothingLost(
  database: Database,
  writers: Writers,
  followers: readonly Follower[],
): Promise<void> {
  await writers.stop();
  const expected = await commitsInLog(database);
  expect([...writers.acknowledged].sort()).toEqual([...expected].sort());
  await Promise.all(followers.map((follower) => follower.until(expected.length)));
  await Promise.all(followers.map((follower) => follower.stop()));
  for (const follower of followers) expect(follower.seen).toEqual(expected);
  await expectWhole(database, writers);
}

/** Every acknowledged commit counted once, and all that is derived is what it was derived from. */
async function expectWhole(database: Database, { counters }: Writers): Promise<void> {
  const main = (await readFrontiers(database.pool, ["main"])).get("main")!;
  const types = await readAllTypes(database.pool);
  const rows = await readLatest(database.pool, types, rowsOf(main), [...counters.keys()]);
  const held = [...rows.values()].map(({ record, state }) => [record, (state as JsonObject)["n"]] as const);
  expect(new Map(held)).toEqual(counters);
  const { found } = await verifyDatabase(database);
  expect(found.first).toEqual([]);
}
