/** A stock graphql-ws client that is cut off again and again, and goes on from its last cursor. */
import type { WebSocket } from "ws";
import { wsClient } from "./clients";

export interface SeenCommit {
  readonly cursor: string;
  readonly number: string;
}

const FOLLOW = `subscription ($after: String) { newCommits(after: $after) { cursor commit { number } } }`;

/**
 * Follows main from the beginning until it has seen so many commits.
 * @param urls servers; each connection goes to the next one
 * @param cutAfter numbers of seen commits at which the connection is cut under the client
 * @param whileCut what has to happen after each cut before the client connects again
 */
export async function followThroughCuts(
  urls: readonly string[],
  count: number,
  cutAfter: readonly number[],
  onSeen: (seen: number) => void = () => undefined,
  whileCut: () => Promise<unknown> = () => Promise.resolve(),
): Promise<SeenCommit[]> {
  const seen: SeenCommit[] = [];
  const cuts = [...cutAfter];
  for (let connection = 0; seen.length < count; connection += 1) {
    const url = urls[connection % urls.length] ?? "";
    await followOnce(url, seen.at(-1)?.cursor ?? "0", (commit, socket) => {
      seen.push(commit);
      onSeen(seen.length);
      if (seen.length >= count) return "enough";
      if (seen.length === cuts[0]) {
        cuts.shift();
        socket?.terminate();
        return "cut";
      }
      return "more";
    });
    if (seen.length < count) await whileCut();
  }
  return seen;
}

/** One subscription, until the connection is cut or there is enough. */
async function followOnce(
  url: string,
  after: string,
  take: (commit: SeenCommit, socket: WebSocket | undefined) => "more" | "cut" | "enough",
): Promise<void> {
  let socket: WebSocket | undefined;
  const client = wsClient(url, { on: { opened: (opened) => (socket = opened as WebSocket) } });
  try {
    for await (const result of client.iterate({ query: FOLLOW, variables: { after } })) {
      const event = result.data as { newCommits?: { cursor: string; commit: { number: string } } } | null;
      if (result.errors || !event?.newCommits) throw new Error(JSON.stringify(result.errors));
      const { cursor, commit } = event.newCommits;
      // What was sent already when the connection was cut still arrives at the client; the next one starts after it.
      if (take({ cursor, number: commit.number }, socket) !== "more") return;
    }
    throw new Error("the stream completed");
  } finally {
    await client.dispose();
  }
}
