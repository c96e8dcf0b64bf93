/** How many connections and subscriptions a server takes, and how long it waits for a client. */
import { EventEmitter, once } from "node:events";
import { connect as connectTo, type Socket } from "node:net";
import WebSocket from "ws";
import { keepAlive } from "../../src/server/keepAlive";
import { DEFAULT_SERVER_LIMITS, type ServerLimits } from "../../src/server/serverLimits";
import { TRANSPORTS, wsClient } from "./clients";
import { startTestServer, type TestServer } from "./testServer";

let server: TestServer;
const serve = async (limits: Partial<ServerLimits>) => (server = await startTestServer({ limits }));
afterEach(async () => {
  expect(server.logged).toEqual([]);
  await server.stop();
  expect(server.open()).toEqual({ sockets: 0, subscriptions: 0 });
});

const connect = (localAddress?: string) =>
  new WebSocket(server.url.replace(/^http/, "ws"), "graphql-transport-ws", { localAddress });

/** "open", or the status with which the server refuses. */
function outcome(socket: WebSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.on("open", () => resolve("open"));
    socket.on("error", (error) => resolve(error.message.replace(/^Unexpected server response: /, "")));
  });
}

const WAIT = "subscription { wait { number } }";

test("an address has a limit of sockets", async () => {
  await serve({ socketsPerAddress: 2 });
  const [first, second] = [connect(), connect()];
  expect(await Promise.all([first, second].map(outcome))).toEqual(["open", "open"]);
  expect(await outcome(connect())).toBe("429");
  // On Linux all of 127.0.0.0/8 is this machine.
  if (process.platform === "linux") expect(await outcome(connect("127.0.0.2"))).toBe("open");
  first.terminate();
  // The server notices it in its own time.
  while ((await outcome(connect())) !== "open");
  expect(await outcome(connect())).toBe("429");
});

test("a server has a limit of subscriptions, whichever way they come", async () => {
  await serve({ subscriptions: 2 });
  const refused = [
    {
      errors: [
        expect.objectContaining({ extensions: expect.objectContaining({ limit: "subscriptions", maximum: 2 }) }),
      ],
    },
  ];
  // What does not become a stream does not count.
  for (const ask of [TRANSPORTS.WebSocket, TRANSPORTS.SSE]) {
    for (const query of ["subscription { refuses { number } }", "subscription { count(to: 1) { number } }"])
      for (let round = 0; round < 2; round += 1) await ask(server.url, { query });
  }
  const clients = [wsClient(server.url), wsClient(server.url)];
  const streams = clients.map((client) => client.iterate({ query: WAIT }));
  for (const stream of streams) stream.next().catch(() => undefined);
  await server.sources.untilOpen(2);
  expect(server.open()).toEqual({ sockets: 2, subscriptions: 2 });
  for (const ask of [TRANSPORTS.WebSocket, TRANSPORTS.SSE]) {
    expect(await ask(server.url, { query: WAIT })).toEqual(refused);
    expect(await ask(server.url, { query: "{ hello }" })).toEqual([{ data: { hello: "hello world" } }]);
  }
  await clients[0]?.dispose();
  await server.sources.untilOpen(1);
  const results = await TRANSPORTS.SSE(server.url, { query: "subscription { count(to: 3) { number } }" });
  expect(results).toHaveLength(3);
  await clients[1]?.dispose();
  await server.sources.untilOpen(0);
});

test("a socket that does not begin is closed with 4408, which makes clients come back", async () => {
  await serve({ connectionInitMs: 1 });
  const [code] = (await once(connect(), "close")) as [number];
  expect(code).toBe(4408);
});

test("a socket that gives no sign of life is cut", async () => {
  await serve({ socketSilenceMs: 50 });
  const socket = connect();
  await once(socket, "open");
  socket.send('{"type":"connection_init"}');
  await once(socket, "message");
  socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query: WAIT } }));
  await server.sources.untilOpen(1);
  socket.pause();
  await server.sources.untilOpen(0);
  socket.terminate();
});

test("a socket that answers pings stays, however long nothing else comes", async () => {
  await serve({ socketSilenceMs: 50, connectionInitMs: 600_000 });
  const socket = connect();
  for (let pings = 0; pings < 12; pings += 1) await once(socket, "ping");
  expect(socket.readyState).toBe(WebSocket.OPEN);
  socket.close();
});

test("a client that takes what waits for it, however slowly, stays until it takes no more", async () => {
  await serve({});
  jest.useFakeTimers();
  try {
    const terminate = jest.fn();
    const socket = Object.assign(new EventEmitter(), {
      readyState: WebSocket.OPEN,
      OPEN: WebSocket.OPEN,
      bufferedAmount: 1_000_000,
      ping: () => (socket.bufferedAmount += 2),
      terminate,
    });
    const stop = keepAlive(socket as unknown as WebSocket, 50);
    for (let time = 0; time < 100; time += 10) {
      socket.bufferedAmount -= 1_000;
      jest.advanceTimersByTime(10);
    }
    expect(terminate).not.toHaveBeenCalled();
    jest.advanceTimersByTime(60);
    expect(terminate).toHaveBeenCalled();
    stop();
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    jest.useRealTimers();
  }
});

/** As a client without any library asks for events; nothing is read by itself. */
function listen(query: string): Socket {
  const { hostname, port, pathname } = new URL(server.url);
  const socket = connectTo(Number(port), hostname).on("error", () => undefined);
  const target = `${pathname}?query=${encodeURIComponent(query)}`;
  socket.write(`GET ${target} HTTP/1.1\r\nhost: omdb\r\naccept: text/event-stream\r\n\r\n`);
  return socket;
}

test("a client of events that takes nothing of what waits for it is cut", async () => {
  await serve({ socketSilenceMs: 50 });
  const socket = listen("subscription { flood }");
  await once(socket, "readable");
  while (server.open().subscriptions > 0) await new Promise(setImmediate);
  socket.destroy();
});

test("a client of events that takes what comes stays, however long nothing else comes", async () => {
  await serve({ socketSilenceMs: 200 });
  const socket = listen(WAIT);
  let text = "";
  // As many signs of life as take twice the time.
  while (text.split(":\n\n").length <= 8) text += String((await once(socket, "data"))[0]);
  expect(server.open().subscriptions).toBe(1);
  socket.destroy();
  await server.sources.untilOpen(0);
});

test("a client may be slow for half a minute before it is taken for gone", () => {
  expect(DEFAULT_SERVER_LIMITS.socketSilenceMs).toBeGreaterThan(30_000);
  return serve({});
});
