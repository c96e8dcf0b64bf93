/** One way to ask a server over HTTP, server-sent events and WebSocket, with stock clients. */
import { once } from "node:events";
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createWsClient, type Client, type ClientOptions } from "graphql-ws";
import type { FormattedExecutionResult, GraphQLFormattedError } from "graphql";
import WebSocket from "ws";

export interface Ask {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
}
export type Result = FormattedExecutionResult<Record<string, unknown>>;

/** Sends one operation and gives all its results; errors of the whole request as a result, too. */
export type Transport = (url: string, ask: Ask) => Promise<Result[]>;

const overHttp: Transport = async (url, ask) => {
  const response = await postJson(url, ask);
  return [(await response.json()) as Result];
};

const overSse: Transport = async (url, ask) => {
  const client = createSseClient({ url, retryAttempts: 0 });
  const results: Result[] = [];
  for await (const result of client.iterate(ask)) results.push(result as Result);
  return results;
};

const overWebSocket: Transport = async (url, ask) => {
  const client = wsClient(url);
  try {
    return await wsResults(client, ask);
  } finally {
    await client.dispose();
  }
};

export const TRANSPORTS = { HTTP: overHttp, SSE: overSse, WebSocket: overWebSocket };

/** Sends the text of a request that no client could write, and gives its first result. */
export type RawTransport = (url: string, body: string) => Promise<Result>;

const post = (url: string, body: string, accept: string) =>
  fetch(url, { method: "POST", headers: { "content-type": "application/json", accept }, body });

const rawOverHttp: RawTransport = async (url, body) =>
  (await (await post(url, body, "application/json")).json()) as Result;

const rawOverSse: RawTransport = async (url, body) => {
  const text = await (await post(url, body, "text/event-stream")).text();
  return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? "null") as Result;
};

const rawOverWebSocket: RawTransport = async (url, body) => {
  const socket = new WebSocket(url.replace(/^http/, "ws"), "graphql-transport-ws");
  const message = async () => {
    const [data] = (await once(socket, "message")) as [Buffer];
    return JSON.parse(data.toString()) as { type: string; payload: unknown };
  };
  await once(socket, "open");
  socket.send('{"type":"connection_init"}');
  await message();
  socket.send(`{"type":"subscribe","id":"1","payload":${body}}`);
  const { type, payload } = await message();
  socket.close();
  return type === "error" ? { errors: payload as GraphQLFormattedError[] } : (payload as Result);
};

export const RAW_TRANSPORTS = { HTTP: rawOverHttp, SSE: rawOverSse, WebSocket: rawOverWebSocket };

export function postJson(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

/** The stock client, without patience. */
export function wsClient(url: string, options: Partial<ClientOptions> = {}): Client {
  return createWsClient({ url: url.replace(/^http/, "ws"), webSocketImpl: WebSocket, retryAttempts: 0, ...options });
}

/** All results of an operation; the errors of an `error` message as a result. */
export function wsResults(client: Client, ask: Ask): Promise<Result[]> {
  const results: Result[] = [];
  return new Promise((resolve, reject) => {
    client.subscribe(ask, {
      next: (result) => results.push(result as Result),
      complete: () => resolve(results),
      error: (error) => {
        if (!Array.isArray(error)) return reject(error);
        resolve([...results, { errors: error as GraphQLFormattedError[] }]);
      },
    });
  });
}
