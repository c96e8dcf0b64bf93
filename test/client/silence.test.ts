/** Networks that drop everything and end nothing: clients notice, come back, and lose nothing. */
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createWsClient } from "graphql-ws";
import { reconnecting, resumable, type StreamClient } from "omdb/client";
import WebSocket from "ws";
import { FOLLOW } from "../faults/followers";
import { inTheEnd } from "../faults/inTheEnd";
import { commitNote, defineNotes, startOmdb } from "../server/omdbServer";
import { testDatabase } from "../support/database";
import { startProxy } from "../support/proxy";

/** A way to a server that can fall silent. */
async function startWay(target: string) {
  /** How many times the server has sent something over each connection; of those that are silent nothing passes. */
  const [heard, silent] = [new Map<object, number>(), new Set<object>()];
  let silentFrom = Infinity;
  let told = (): void => undefined;
  const proxy = await startProxy(target, (link) => {
    heard.set(link, 0);
    return {
      fromClient: (bytes) => void (silent.has(link) || link.server.write(bytes)),
      fromServer: (bytes) => {
        if (heard.get(link)! >= silentFrom) silent.add(link);
        if (silent.has(link)) return;
        heard.set(link, heard.get(link)! + 1);
        link.client.write(bytes);
        told();
      },
    };
  });
  inTheEnd(proxy);
  return {
    url: proxy.through(target),
    /** From here on nothing passes over the connections that are there. */
    fallSilent: () => {
      for (const link of heard.keys()) silent.add(link);
    },
    /** From here on so many pieces of what the server sends over a new connection pass, and then nothing. */
    fallSilentAfter: (pieces: number) => (silentFrom = pieces),
    connections: () => heard.size,
    /** Resolves when so many pieces have come from the server over one connection. */
    untilHeard: async (pieces: number) => {
      while (![...heard.values()].some((count) => count >= pieces))
        await new Promise<void>((resolve) => (told = resolve));
    },
  };
}

/** Short for those that are silent, and long for machines that are slow. */
const [SHORT, LONG] = [1_000, 60_000];

const CLIENTS: Record<string, (url: string, patience: number) => StreamClient & { dispose(): unknown }> = {
  "graphql-ws": (url, patience) =>
    resumable(
      createWsClient({
        url: url.replace(/^http/, "ws"),
        webSocketImpl: WebSocket,
        ...reconnecting({ shortest: 1, longest: 10, askEvery: 20 }),
      }),
      { patience },
    ),
  "graphql-sse": (url, patience) =>
    resumable(createSseClient({ url, ...reconnecting({ shortest: 1, longest: 10, silence: patience }) })),
};

async function start(library: string, patience: number) {
  const server = inTheEnd(await startOmdb(await testDatabase(), {}, { socketSilenceMs: SHORT }));
  await defineNotes(server.url);
  const way = await startWay(server.url);
  const client = CLIENTS[library]!(way.url, patience);
  inTheEnd({ stop: () => client.dispose() });
  const seen: string[] = [];
  let told = (): void => undefined;
  const sink = {
    next: ({ data }: { data: { newCommits: { commit: { message: string } } } }) => {
      seen.push(data.newCommits.commit.message);
      told();
    },
    error: (error: unknown) => seen.push(`failed: ${String(error)}`),
    complete: () => seen.push("complete"),
  };
  client.subscribe({ query: FOLLOW, variables: { after: "0" } } as never, sink as never);
  const untilSeen = async (count: number) => {
    while (seen.length < count) await new Promise<void>((resolve) => (told = resolve));
  };
  return { server, way, seen, untilSeen };
}

describe.each(Object.keys(CLIENTS))("%s", (library) => {
  test("a network that falls silent, and is silent for the next connections, is noticed", async () => {
    const { server, way, seen, untilSeen } = await start(library, SHORT);
    await commitNote(server.url, "one");
    await untilSeen(1);
    way.fallSilentAfter(library === "graphql-ws" ? 1 : 0);
    way.fallSilent();
    await commitNote(server.url, "two");
    const before = way.connections();
    while (way.connections() < before + 3) await new Promise(setImmediate);
    way.fallSilentAfter(Infinity);
    await untilSeen(2);
    await commitNote(server.url, "three");
    await untilSeen(3);
    expect(seen).toEqual(["one", "two", "three"]);
    // The server has noticed by itself that those are gone.
    while (server.open().subscriptions > 1) await new Promise(setImmediate);
  });

  test("a stream that has nothing to tell stays", async () => {
    const { server, way, seen, untilSeen } = await start(library, LONG);
    await way.untilHeard(6);
    await commitNote(server.url, "one");
    await untilSeen(1);
    expect([seen, way.connections()]).toEqual([["one"], 1]);
  });
});
