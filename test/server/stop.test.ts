import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createWsClient } from "graphql-ws";
import WebSocket from "ws";
import { postJson, wsClient, wsResults } from "./clients";
import { startTestServer, type TestServer } from "./testServer";

const WAIT = "subscription { wait { number } }";

/** Asks with the stock client; gives the code with which the server closed the socket. */
async function closingCode(
  server: TestServer,
  query: string,
): Promise<{ closed: Promise<number>; result: Promise<unknown> }> {
  let tell!: (code: number) => void;
  const closed = new Promise<number>((resolve) => (tell = resolve));
  const client = wsClient(server.url, { on: { closed: (event) => tell((event as { code: number }).code) } });
  const result = wsResults(client, { query }).catch((error: unknown) => error);
  await Promise.resolve();
  return { closed, result };
}

test("stopping closes sockets with 1001, which makes clients come back", async () => {
  const server = await startTestServer();
  const { closed, result } = await closingCode(server, WAIT);
  await server.sources.untilOpen(1);
  await server.stop();
  expect(await closed).toBe(1001);
  // Without attempts to come back, the stock client tells the closing as an error: the stream is not complete.
  expect(await result).toMatchObject({ code: 1001 });
  await server.sources.untilOpen(0);
});

test("stopping ends streams of events without completing them", async () => {
  const server = await startTestServer();
  const response = await postJson(server.url, { query: WAIT }, { accept: "text/event-stream" });
  const text = response.text();
  const client = createSseClient({ url: server.url, retryAttempts: 0 });
  const stock = client.iterate({ query: WAIT }).next();
  stock.catch(() => undefined);
  await server.sources.untilOpen(2);
  await server.stop();
  expect(await text).toBe(":\n\n");
  await expect(stock).rejects.toThrow();
  await server.sources.untilOpen(0);
});

test("requests that are under way are answered first, and no new ones taken", async () => {
  const server = await startTestServer();
  let waiting = server.sources.waiting.wait().promise;
  const overHttp = postJson(server.url, { query: "mutation { slow }" });
  await waiting;
  waiting = server.sources.waiting.wait().promise;
  const overSocket = await closingCode(server, "mutation { slow }");
  await waiting;
  const idle = new WebSocket(server.url.replace(/^http/, "ws"), "graphql-transport-ws");
  await once(idle, "open");
  const idleClosed = once(idle, "close") as Promise<[number]>;

  const stopped = server.stop();
  // The idle socket is closed at once, the other one when its mutation is answered.
  expect((await idleClosed)[0]).toBe(1001);
  await expect(postJson(server.url, { query: "{ hello }" })).rejects.toThrow();
  await expect(fetch(new URL("/ready", server.url))).rejects.toThrow();
  expect(server.sources.written).toBe(0);
  server.sources.released.open();
  const response = await overHttp;
  expect(response.headers.get("connection")).toBe("close");
  expect(await response.json()).toMatchObject({ data: { slow: expect.any(Number) as number } });
  expect(await overSocket.result).toMatchObject([{ data: { slow: expect.any(Number) as number } }]);
  await stopped;
  expect(server.sources.written).toBe(2);
});

test("a socket that waits for its answer takes no more work: its client asks elsewhere", async () => {
  const server = await startTestServer();
  const socket = new WebSocket(server.url.replace(/^http/, "ws"), "graphql-transport-ws");
  await once(socket, "open");
  socket.send('{"type":"connection_init"}');
  await once(socket, "message");
  const waiting = server.sources.waiting.wait().promise;
  socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query: "mutation { slow }" } }));
  await waiting;
  const stopped = server.stop();
  const messages: unknown[] = [];
  socket.on("message", (data: Buffer) => messages.push(JSON.parse(data.toString())));
  socket.send(
    JSON.stringify({ id: "2", type: "subscribe", payload: { query: 'mutation { write(input: { name: "a" }) }' } }),
  );
  // What comes before the answer to this has been read.
  socket.send('{"type":"ping"}');
  await once(socket, "message");
  server.sources.released.open();
  expect(((await once(socket, "close")) as [number])[0]).toBe(1001);
  await stopped;
  expect(messages).toEqual([
    { type: "pong" },
    { id: "1", type: "next", payload: { data: { slow: 1 } } },
    { id: "1", type: "complete" },
  ]);
  expect(server.sources.written).toBe(1);
});

/** Longer than any test. */
const LONG = 600_000;

describe("notice", () => {
  const ready = (server: TestServer) => fetch(new URL("/ready", server.url));

  test("a server that gives notice is not ready, but there, and answers", async () => {
    const server = await startTestServer({ graceTime: LONG });
    const { closed } = await closingCode(server, WAIT);
    const events = await postJson(server.url, { query: WAIT }, { accept: "text/event-stream" });
    await server.sources.untilOpen(2);
    expect(await (await ready(server)).text()).toBe("ready\n");

    const stopped = server.stop(LONG);
    const unready = await ready(server);
    expect([unready.status, await unready.text()]).toEqual([503, "the server is stopping\n"]);
    expect((await fetch(new URL("/health", server.url))).status).toBe(200);
    const answered = await postJson(server.url, { query: "{ hello }" });
    expect(await answered.json()).toEqual({ data: { hello: "hello world" } });
    expect(answered.headers.get("connection")).toBe("close");
    // Nobody has to go yet.
    expect(server.sources.open).toBe(2);

    void server.stop();
    await stopped;
    expect(await closed).toBe(1001);
    expect(await events.text()).toBe(":\n\n");
    await expect(ready(server)).rejects.toThrow();
    expect(server.logged).toEqual([]);
  });

  test("a client that comes meanwhile goes elsewhere", async () => {
    const [leaving, other] = [await startTestServer({ graceTime: LONG }), await startTestServer()];
    const stopped = leaving.stop(LONG);
    const codes: number[] = [];
    const urls = [leaving, other].map(({ url }) => url.replace(/^http/, "ws"));
    // Stock, but for its patience.
    const client = createWsClient({
      url: () => urls.shift()!,
      webSocketImpl: WebSocket,
      retryWait: () => Promise.resolve(),
      on: { closed: (event) => codes.push((event as { code: number }).code) },
    });
    const count = await wsResults(client, { query: "subscription { count(to: 1) { number } }" });
    expect(count).toEqual([{ data: { count: { number: 1 } } }]);
    expect(codes[0]).toBe(1001);
    expect(leaving.open()).toEqual({ sockets: 0, subscriptions: 0 });
    await client.dispose();
    await Promise.all([leaving.stop(), stopped, other.stop()]);
  });

  test("it ends by itself, and belongs to the grace time", async () => {
    const short = await startTestServer({ graceTime: LONG });
    await short.stop(1);
    const server = await startTestServer({ graceTime: 1 });
    const waiting = server.sources.waiting.wait().promise;
    const asking = postJson(server.url, { query: "mutation { slow }" }).catch(() => "cut");
    await waiting;
    await server.stop(LONG);
    expect(await asking).toBe("cut");
    server.sources.released.open();
  });
});

test("what was about to ask is refused, and who wants events is cut off, to come back", async () => {
  const server = await startTestServer();
  const { hostname, port } = new URL(server.url);
  const begin = async () => {
    const socket = connect(Number(port), hostname).on("error", () => undefined);
    await once(socket, "connect");
    socket.write("GET /graphql?query={hello} HTTP/1.1\r\n");
    return socket;
  };
  const [asking, following] = [await begin(), await begin()];
  // What comes before the answer to this has been read.
  await fetch(new URL("/health", server.url));
  const stopped = server.stop();
  asking.write("host: omdb\r\n\r\n");
  following.write("host: omdb\r\naccept: text/event-stream\r\n\r\n");
  expect(await text(asking)).toMatch(/^HTTP\/1\.1 503 [^]*connection: close[^]*the server is stopping\n/i);
  // An `EventSource` that is answered with something else than events never comes back.
  expect(await text(following)).toBe("");
  await stopped;
});

test("a connection that asks nothing does not keep the server", async () => {
  const server = await startTestServer({ graceTime: LONG });
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  // What is accepted before this is answered.
  await fetch(new URL("/health", server.url));
  const ended = once(socket, "close");
  await server.stop();
  await ended;
});

test("what takes longer than the grace time is cut", async () => {
  const server = await startTestServer({ graceTime: 1 });
  const waiting = server.sources.waiting.wait().promise;
  const asking = postJson(server.url, { query: "mutation { slow }" }).catch(() => "cut");
  await waiting;
  await server.stop();
  expect(await asking).toBe("cut");
  server.sources.released.open();
});

test("a socket that does not answer does not keep the server", async () => {
  const server = await startTestServer({ graceTime: 1 });
  const socket = new WebSocket(server.url.replace(/^http/, "ws"), "graphql-transport-ws");
  socket.on("error", () => undefined);
  await once(socket, "open");
  socket.pause();
  await server.stop();
  socket.terminate();
});

test.each([
  ["a path where there is nothing", "/elsewhere", []],
  ["a foreign page", "/graphql", ["origin: https://page.example"]],
  ["no key", "/graphql", ["sec-websocket-version: 13"]],
])(
  "a refused client that keeps its side of the connection open does not keep the server: %s",
  async (_, path, more) => {
    const server = await startTestServer({ graceTime: 1 });
    const { hostname, port } = new URL(server.url);
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    socket.on("error", () => undefined);
    const lines = [`GET ${path} HTTP/1.1`, "host: omdb", "connection: upgrade", "upgrade: websocket", ...more];
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    // Reading it to its end would close it.
    expect(String((await once(socket, "data"))[0])).toMatch(/^HTTP\/1\.1 4/);
    await server.stop();
    socket.destroy();
  },
);

test("stopping twice is stopping once", async () => {
  const server = await startTestServer();
  await Promise.all([server.stop(), server.stop()]);
  await server.stop();
});

test("a port that is taken is told", async () => {
  const server = await startTestServer();
  const port = Number(new URL(server.url).port);
  await expect(startTestServer({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  await server.stop();
});

test("an address of this machine is told whatever it listens on", async () => {
  const server = await startTestServer({ host: "0.0.0.0" });
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/graphql$/);
  await server.stop();
});
