import { once } from "node:events";
import WebSocket from "ws";
import { wsClient, wsResults } from "./clients";
import { startTestServer, type TestServer } from "./testServer";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({
    limits: { requestBytes: 100_000, socketOperations: 3 },
    allowedOrigins: ["https://mine.example"],
  });
});
afterEach(() => expect(server.logged).toEqual([]));
afterAll(() => server.stop());

const address = (path = "/graphql") => `${new URL(server.url).origin.replace(/^http/, "ws")}${path}`;

/** Opens a socket; gives the status of a refusal, else "open". */
async function open(
  options: { path?: string; origin?: string; host?: string; protocol?: string } = {},
): Promise<string> {
  const headers = {
    ...(options.origin ? { origin: options.origin } : {}),
    ...(options.host ? { host: options.host } : {}),
  };
  const socket = new WebSocket(address(options.path), options.protocol ?? "graphql-transport-ws", { headers });
  return new Promise((resolve) => {
    socket.on("error", (error) => resolve(error.message.replace(/^Unexpected server response: /, "")));
    socket.on("open", () => {
      socket.terminate();
      resolve("open");
    });
  });
}

/** A socket that has been acknowledged, and the messages that come after. */
async function acknowledged(
  url = server.url,
): Promise<{ socket: WebSocket; next: () => Promise<Record<string, unknown>> }> {
  const socket = new WebSocket(url.replace(/^http/, "ws"), "graphql-transport-ws");
  const messages: Record<string, unknown>[] = [];
  const waiting: ((message: Record<string, unknown>) => void)[] = [];
  socket.on("message", (data: Buffer) => {
    const message = JSON.parse(data.toString()) as Record<string, unknown>;
    const receiver = waiting.shift();
    if (receiver) receiver(message);
    else messages.push(message);
  });
  const next = () => {
    const message = messages.shift();
    return message
      ? Promise.resolve(message)
      : new Promise<Record<string, unknown>>((resolve) => waiting.push(resolve));
  };
  await once(socket, "open");
  socket.send('{"type":"connection_init"}');
  expect(await next()).toEqual({ type: "connection_ack" });
  return { socket, next };
}

const subscribe = (id: string, query: string) => JSON.stringify({ id, type: "subscribe", payload: { query } });

describe("connecting", () => {
  test.each([
    [{}, "open"],
    [{ origin: "https://mine.example" }, "open"],
    [{ origin: "http://MY.host:4000", host: "my.host:4000" }, "open"],
    [{ origin: "https://page.example" }, "403"],
    [{ origin: "http://my.host:4001", host: "my.host:4000" }, "403"],
    [{ origin: "null" }, "403"],
    [{ path: "/elsewhere" }, "404"],
    [{ path: "/graphql?token=1" }, "open"],
  ])("with %j: %s", async (options, outcome) => expect(await open(options)).toBe(outcome));

  test("a page of this server may", async () =>
    expect(await open({ origin: new URL(server.url).origin })).toBe("open"));

  test("another protocol is refused", async () => {
    const socket = new WebSocket(address(), "graphql-ws");
    // The server names no protocol, and the client gives up.
    const [error] = (await once(socket, "error")) as [Error];
    expect(error.message).toMatch(/no subprotocol/);
  });
});

describe("a socket", () => {
  test("lives on when one of its operations is broken", async () => {
    const { socket, next } = await acknowledged();
    socket.send(subscribe("1", "subscription { wait { number } }"));
    await server.sources.untilOpen(1);
    socket.send(subscribe("2", "{ hello"));
    expect(await next()).toMatchObject({
      id: "2",
      type: "error",
      payload: [{ extensions: { code: "GRAPHQL_PARSE_FAILED" } }],
    });
    socket.send(subscribe("3", "{ hello }"));
    expect(await next()).toEqual({ id: "3", type: "next", payload: { data: { hello: "hello world" } } });
    expect(await next()).toEqual({ id: "3", type: "complete" });
    expect(server.sources.open).toBe(1);
    socket.send('{"id":"1","type":"complete"}');
    await server.sources.untilOpen(0);
    socket.terminate();
  });

  test("that is cut frees its sources", async () => {
    const { socket } = await acknowledged();
    socket.send(subscribe("1", "subscription { wait { number } }"));
    socket.send(subscribe("2", "subscription { wait { number } }"));
    await server.sources.untilOpen(2);
    socket.terminate();
    await server.sources.untilOpen(0);
  });

  test("that is cut before its stream has begun frees its source", async () => {
    const { socket } = await acknowledged();
    const waiting = server.sources.waiting.wait().promise;
    socket.send(subscribe("1", "subscription { late { number } }"));
    await waiting;
    socket.terminate();
    await once(socket, "close");
    // Another connection after it: by then the server has seen that the first is gone.
    expect(await open()).toBe("open");
    const opened = server.sources.changed.wait().promise;
    server.sources.released.open();
    await opened;
    await server.sources.untilOpen(0);
  });

  test("has a limit of operations under way", async () => {
    const { socket, next } = await acknowledged();
    for (const id of ["1", "2", "3"]) socket.send(subscribe(id, "subscription { wait { number } }"));
    await server.sources.untilOpen(3);
    socket.send(subscribe("4", "{ hello }"));
    expect(await next()).toMatchObject({
      id: "4",
      type: "error",
      payload: [{ extensions: { code: "LIMIT_EXCEEDED", limit: "socketOperations", maximum: 3, inputPath: [] } }],
    });
    socket.send('{"id":"1","type":"complete"}');
    await server.sources.untilOpen(2);
    socket.send(subscribe("5", "{ hello }"));
    expect(await next()).toMatchObject({ id: "5", type: "next" });
    socket.terminate();
    await server.sources.untilOpen(0);
  });

  test("has a limit of operations that the client gave up before they had begun, too", async () => {
    const { socket, next } = await acknowledged();
    for (const id of ["1", "2", "3"]) {
      const waiting = server.sources.waiting.wait().promise;
      socket.send(subscribe(id, "subscription { late { number } }"));
      await waiting;
      socket.send(`{"id":"${id}","type":"complete"}`);
    }
    socket.send(subscribe("4", "{ hello }"));
    expect(await next()).toMatchObject({
      id: "4",
      type: "error",
      payload: [{ extensions: { code: "LIMIT_EXCEEDED" } }],
    });
    server.sources.released.open();
    socket.terminate();
    await server.sources.untilOpen(0);
  });

  test("takes an id again only when what had it has ended", async () => {
    const { socket, next } = await acknowledged();
    const waiting = server.sources.waiting.wait().promise;
    socket.send(subscribe("1", "subscription { late { number } }"));
    await waiting;
    socket.send('{"id":"1","type":"complete"}');
    socket.send(subscribe("1", "subscription { wait { number } }"));
    expect(await next()).toMatchObject({ id: "1", type: "error", payload: [{ extensions: { code: "BAD_REQUEST" } }] });
    const opened = server.sources.changed.wait().promise;
    server.sources.released.open();
    await opened;
    await server.sources.untilOpen(0);
    socket.send(subscribe("1", "subscription { wait { number } }"));
    await server.sources.untilOpen(1);
    socket.terminate();
    await server.sources.untilOpen(0);
  });

  test("that is being closed makes no more results", async () => {
    const { socket, next } = await acknowledged();
    const before = server.sources.contexts;
    socket.send(subscribe("1", "subscription { count(to: 100000) { number } }"));
    await next();
    socket.send("{");
    const [code] = (await once(socket, "close")) as [number];
    expect(code).toBe(4400);
    await server.sources.untilOpen(0);
    expect(server.sources.contexts - before).toBeLessThan(100_000);
  });

  test.each<[string, string, number]>([
    ["a message that is too long", subscribe("1", "x".repeat(200_000)), 1009],
    ["a message that is no JSON", "{", 4400],
    ["a message of no known type", '{"type":"unknown"}', 4400],
    ["a request without a document", '{"id":"1","type":"subscribe","payload":{}}', 4400],
    ["a second beginning", '{"type":"connection_init"}', 4429],
  ])("is closed by %s", async (_, message, expected) => {
    const { socket } = await acknowledged();
    socket.send(message);
    const [code] = (await once(socket, "close")) as [number];
    expect(code).toBe(expected);
  });

  test("answers pings of the protocol", async () => {
    const { socket, next } = await acknowledged();
    socket.send('{"type":"ping"}');
    expect(await next()).toEqual({ type: "pong" });
    socket.terminate();
  });
});

test("a client that sends and does not read is not heard until it does", async () => {
  const asked = 400;
  const patient = await startTestServer({ limits: { requestBytes: 100_000, socketOperations: asked } });
  const { socket } = await acknowledged(patient.url);
  socket.pause();
  // Each answer has the id of its question, which is most of what a message may hold.
  for (let number = 0; number < asked; number += 1) {
    socket.send(subscribe(`${number} ${"x".repeat(90_000)}`, "mutation { write(input: {}) }"));
  }
  const others = wsClient(patient.url);
  for (let round = 0; round < 20; round += 1) {
    await wsResults(others, { query: "subscription { count(to: 50) { number } }" });
  }
  // Buffers on the way hold some megabytes, and not thirty-six.
  expect(patient.sources.written).toBeLessThan(asked / 2);
  let answers = 0;
  const answered = new Promise<void>((resolve) => {
    socket.on("message", (text: Buffer) => {
      if (text.includes('"next"')) answers += 1;
      if (answers === asked) resolve();
    });
  });
  socket.resume();
  await answered;
  expect(patient.sources.written).toBe(asked);
  await others.dispose();
  socket.terminate();
  await patient.stop();
});

test("a client that does not read holds up nobody, and is not read ahead of", async () => {
  const { socket } = await acknowledged();
  const before = server.sources.flooded;
  const flooding = once(socket, "message");
  socket.send(subscribe("1", "subscription { flood }"));
  await flooding;
  // From here on nothing is read from the connection: what was sent piles up on the way.
  socket.pause();
  const others = wsClient(server.url);
  for (let round = 0; round < 20; round += 1) {
    const results = await wsResults(others, { query: "subscription { count(to: 50) { number } }" });
    expect(results).toHaveLength(50);
  }
  // Twenty times fifty events went to others. Buffers on the way hold some messages of a megabyte, not a thousand.
  expect(server.sources.flooded - before).toBeLessThan(100);
  await others.dispose();
  socket.terminate();
});
