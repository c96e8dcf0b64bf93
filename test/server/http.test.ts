import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { postJson } from "./clients";
import { startTestServer, type TestServer } from "./testServer";

const PAGE = "https://page.example";
const MINE = "https://mine.example";
let server: TestServer;
let origin: string;
let ready: () => Promise<void> = () => Promise.resolve();
beforeAll(async () => {
  server = await startTestServer({
    limits: { requestBytes: 100_000 },
    allowedOrigins: [MINE],
    checkReady: () => ready(),
  });
  origin = new URL(server.url).origin;
});
afterAll(async () => {
  expect(server.logged).toEqual([]);
  await server.stop();
});

const errorsOf = async (response: Response) => ((await response.json()) as { errors: unknown[] }).errors;
const get = (parameters: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${server.url}?${new URLSearchParams(parameters).toString()}`, { headers });

describe("what any web page could make a browser send", () => {
  const body = JSON.stringify({ query: "mutation { write(input: {}) }" });
  const form = new URLSearchParams({ query: "mutation { write(input: {}) }" });
  const files = new FormData();
  files.set("operations", body);
  files.set("map", "{}");

  test.each<[string, RequestInit]>([
    ["text", { body, headers: { "content-type": "text/plain" } }],
    ["a form", { body: form }],
    ["a form with files", { body: files }],
    ["no type at all", { body: new Blob([body]) }],
    ["a type that only looks right", { body, headers: { "content-type": "text/plain; a=application/json" } }],
    [
      "a document as text",
      { body: "mutation { write(input: {}) }", headers: { "content-type": "application/graphql" } },
    ],
  ])("%s is refused", async (_, init) => {
    const response = await fetch(server.url, { ...init, method: "POST" });
    expect(response.status).toBe(403);
    expect(await errorsOf(response)).toMatchObject([{ extensions: { code: "FORBIDDEN" } }]);
    expect(server.sources.written).toBe(0);
  });

  test("a header that a browser would have to ask for lets a document as text pass", async () => {
    const headers = { "content-type": "application/graphql", "x-omdb": "1" };
    const response = await fetch(server.url, { method: "POST", headers, body: "{ hello }" });
    expect(await response.json()).toEqual({ data: { hello: "hello world" } });
  });

  test("files are not taken even then", async () => {
    const response = await fetch(server.url, { method: "POST", headers: { "x-omdb": "1" }, body: files });
    expect(response.status).toBe(415);
  });

  test("a mutation in the URL is refused", async () => {
    const response = await get({ query: "mutation { write(input: {}) }" });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST");
    expect(await errorsOf(response)).toMatchObject([{ extensions: { code: "BAD_REQUEST" } }]);
    expect(server.sources.written).toBe(0);
  });
});

describe("other origins", () => {
  const ask = (from: string | undefined, method = "POST") =>
    fetch(server.url, {
      method,
      headers: {
        "content-type": "application/json",
        ...(from === undefined ? {} : { origin: from }),
        ...(method === "OPTIONS"
          ? { "access-control-request-method": "POST", "access-control-request-headers": "content-type" }
          : {}),
      },
      ...(method === "POST" ? { body: '{"query":"{ hello }"}' } : {}),
    });
  const corsHeaders = (response: Response) =>
    [...response.headers].filter(([name]) => name.startsWith("access-control-"));

  test.each([PAGE, "null", undefined])("%s may not read answers", async (from) => {
    expect(corsHeaders(await ask(from))).toEqual([]);
    expect(corsHeaders(await ask(from, "OPTIONS"))).toEqual([]);
  });

  test("one that is configured may", async () => {
    expect((await ask(MINE)).headers.get("access-control-allow-origin")).toBe(MINE);
    const preflight = await ask(MINE, "OPTIONS");
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe(MINE);
    expect(preflight.headers.get("access-control-allow-headers")).toBe("content-type");
    expect(preflight.headers.has("access-control-allow-credentials")).toBe(false);
  });
});

describe("requests", () => {
  test("an offer to speak another protocol is passed over, as with any server that does not", async () => {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    const query = `query ($name: String!) { hello(name: $name) } # ${"x".repeat(80_000)}`;
    const body = JSON.stringify({ query, variables: { name: "Java" } });
    const ask = () => {
      socket.write("POST /graphql HTTP/1.1\r\nhost: omdb\r\ncontent-type: application/json\r\n");
      socket.write("connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAoAAA\r\n");
      socket.write(`content-length: ${body.length}\r\n\r\n${body}`);
    };
    // On one connection after the other, as clients keep it.
    for (let time = 0; time < 2; time += 1) {
      ask();
      const [answer] = (await once(socket, "data")) as [Buffer];
      expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      let text = answer.toString();
      while (!text.includes("hello Java")) text += String(((await once(socket, "data")) as [Buffer])[0]);
      while (!/\}\}(\r\n0\r\n\r\n)?$/.test(text)) text += String(((await once(socket, "data")) as [Buffer])[0]);
    }
    socket.destroy();
  });

  test("queries may stand in the URL", async () => {
    const response = await get({ query: "query ($n: String!) { hello(name: $n) }", variables: '{"n":"you"}' });
    expect(await response.json()).toEqual({ data: { hello: "hello you" } });
  });

  test.each<[string, Record<string, string>]>([
    ["variables", { query: "{ hello }", variables: "{" }],
    ["extensions", { query: "{ hello }", extensions: "[" }],
  ])("%s in the URL that are no JSON are refused", async (_, parameters) => {
    const response = await get(parameters);
    expect(response.status).toBe(400);
    expect(await errorsOf(response)).toMatchObject([{ extensions: { code: "BAD_REQUEST" } }]);
  });

  test.each<[string, string]>([
    ["no JSON", "{"],
    ["nothing", ""],
    ["a number", "1"],
    ["no document", "{}"],
    ["a document that is no text", '{"query":1}'],
    ["variables that are a list", '{"query":"{ hello }","variables":[]}'],
    ["a name that is no text", '{"query":"{ hello }","operationName":1}'],
    ["several requests at once", '[{"query":"{ hello }"},{"query":"{ hello }"}]'],
  ])("%s is refused", async (_, body) => {
    for (const accept of ["application/json", "application/graphql-response+json", "*/*", "text/event-stream"]) {
      const headers = { "content-type": "application/json", accept };
      const response = await fetch(server.url, { method: "POST", headers, body });
      const text = await response.text();
      // No client takes it for an answer to its document.
      expect([accept, response.status]).toEqual([accept, 400]);
      expect(JSON.parse(/\{.*/.exec(text)?.[0] ?? "")).toMatchObject({
        errors: [{ extensions: { code: "BAD_REQUEST" } }],
      });
      expect(text).not.toContain("hello world");
    }
  });

  test.each(["PUT", "DELETE", "PATCH"])("%s is refused", async (method) => {
    expect((await fetch(server.url, { method })).status).toBe(405);
  });

  const large = JSON.stringify({ query: "{ hello }", variables: { x: "x".repeat(100_000) } });

  test("a body that is too large is refused in the form of GraphQL", async () => {
    const response = await fetch(server.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: large,
    });
    expect(response.status).toBe(413);
    expect(await errorsOf(response)).toMatchObject([
      { extensions: { code: "LIMIT_EXCEEDED", limit: "requestBytes", maximum: 100_000, inputPath: [] } },
    ]);
  });

  test("a body that is too large and does not say so is refused, too", async () => {
    const { hostname, port, pathname } = new URL(server.url);
    const headers = { "content-type": "application/json", "transfer-encoding": "chunked" };
    const request = httpRequest({ hostname, port, path: pathname, method: "POST", headers });
    const answered = once(request, "response") as Promise<[import("node:http").IncomingMessage]>;
    for (let at = 0; at < large.length; at += 10_000) request.write(large.slice(at, at + 10_000));
    request.end();
    const [response] = await answered;
    expect(response.statusCode).toBe(413);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    expect(JSON.parse(Buffer.concat(chunks).toString())).toMatchObject({
      errors: [{ extensions: { code: "LIMIT_EXCEEDED" } }],
    });
  });

  test.each<[string, string, number]>([
    ["{ hello", "application/graphql-response+json", 400],
    ["{ hello", "application/json", 200],
    ["{ nothing }", "application/graphql-response+json", 400],
    ["{ find(first: true) }", "application/graphql-response+json", 400],
    ["{ notFound }", "application/graphql-response+json", 200],
    ["{ hello }", "application/graphql-response+json", 200],
  ])("%s with %s has the status %d", async (query, accept, status) => {
    const response = await postJson(server.url, { query }, { accept });
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe(`${accept}; charset=utf-8`);
    expect(await response.text()).not.toContain('"http"');
  });

  test("a subscription that cannot be streamed is refused before it starts", async () => {
    const response = await postJson(server.url, { query: "subscription { wait { number } }" });
    expect(response.status).toBe(406);
    expect(await errorsOf(response)).toMatchObject([{ extensions: { code: "BAD_REQUEST" } }]);
    expect(server.sources.open).toBe(0);
  });
});

describe("server-sent events", () => {
  const COUNT = "subscription { count(to: 2) { number } }";
  const EVENTS =
    ":\n\n" +
    'event: next\ndata: {"data":{"count":{"number":1}}}\n\n' +
    'event: next\ndata: {"data":{"count":{"number":2}}}\n\n' +
    "event: complete\ndata:\n\n";

  test.each(["text/event-stream", "*/*", "application/json, text/event-stream", "multipart/mixed, text/event-stream"])(
    "are what a subscription gives to who accepts %s",
    async (accept) => {
      const response = await postJson(server.url, { query: COUNT }, { accept });
      expect(response.headers.get("content-type")).toBe("text/event-stream");
      expect(response.headers.get("cache-control")).toBe("no-cache");
      expect(await response.text()).toBe(EVENTS);
    },
  );

  test("a browser's EventSource, which can only GET, is served", async () => {
    const response = await get({ query: COUNT }, { accept: "text/event-stream" });
    expect(await response.text()).toBe(EVENTS);
  });

  test("errors of the request are the only event", async () => {
    const response = await postJson(server.url, { query: "{" }, { accept: "text/event-stream" });
    expect(response.status).toBe(200);
    expect(await response.text()).toMatch(
      /^:\n\nevent: next\ndata: \{"errors":\[.*GRAPHQL_PARSE_FAILED.*\]\}\n\nevent: complete\n/s,
    );
  });

  test("what is refused has its status", async () => {
    const headers = { "content-type": "text/plain", accept: "text/event-stream" };
    expect((await fetch(server.url, { method: "POST", headers, body: "{}" })).status).toBe(403);
  });

  test("a client that goes away frees its source", async () => {
    const control = new AbortController();
    const response = await fetch(server.url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream" },
      body: '{"query":"subscription { wait { number } }"}',
      signal: control.signal,
    });
    const reading = response.text().catch(() => "aborted");
    await server.sources.untilOpen(1);
    control.abort();
    await server.sources.untilOpen(0);
    expect(await reading).toBe("aborted");
  });

  test("a client that goes away before there is a stream frees its source", async () => {
    const control = new AbortController();
    const waiting = server.sources.waiting.wait().promise;
    const asking = fetch(server.url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream" },
      body: '{"query":"subscription { late { number } }"}',
      signal: control.signal,
    }).catch(() => "aborted");
    await waiting;
    control.abort();
    expect(await asking).toBe("aborted");
    // Another request after it: by then the server has seen that the first connection is gone.
    await postJson(server.url, { query: "{ hello }" });
    const opened = server.sources.changed.wait().promise;
    server.sources.released.open();
    await opened;
    await server.sources.untilOpen(0);
  });
});

describe("other addresses", () => {
  test("the root leads to GraphQL", async () => {
    const response = await fetch(origin, { redirect: "manual" });
    expect([response.status, response.headers.get("location")]).toEqual([302, "/graphql"]);
  });

  test("health is that the process answers", async () => {
    const response = await fetch(`${origin}/health`);
    expect([response.status, await response.text()]).toEqual([200, "ok\n"]);
  });

  test("readiness is that it can work", async () => {
    expect((await fetch(`${origin}/ready`)).status).toBe(200);
    ready = () => Promise.reject(new Error("the database does not answer"));
    const response = await fetch(`${origin}/ready?verbose`);
    expect([response.status, await response.text()]).toEqual([503, "the database does not answer\n"]);
  });

  test.each(["/nothing", "/graphql/deeper", "//", "/%00"])("%s is not found", async (path) => {
    const { hostname, port } = new URL(server.url);
    const request = httpRequest({ hostname, port, path });
    request.end();
    const [response] = (await once(request, "response")) as [import("node:http").IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(404);
  });

  test("GraphiQL loads nothing from elsewhere, and subscribes over WebSocket", async () => {
    const response = await fetch(server.url, { headers: { accept: "text/html" } });
    const page = await response.text();
    expect(response.headers.get("content-type")).toMatch(/^text\/html/);
    expect(response.headers.get("x-frame-options")).toBe("DENY");
    expect(page).toContain("<title>omdb</title>");
    expect(page).toContain('"subscriptionsProtocol":"WS"');
    const markup = page.replaceAll(/<(script|style)>.*?<\/\1>/gs, "");
    expect(markup.match(/(src|href)="(?!data:)[^"]*"/g) ?? []).toEqual([]);
    // Scripts could load more when they run; none of them knows where from.
    expect(page.match(/unpkg|jsdelivr|esm\.sh|cdnjs|skypack|fonts\.googleapis/gi) ?? []).toEqual([]);
  });
});
