/** Serves an executable schema: HTTP, server-sent events, WebSocket, health, and the orderly end of all of them. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { GraphQLSchema } from "graphql";
import { declineUpgrade, isOffer } from "./declineUpgrade";
import { GRAPHQL_PATH, graphqlOverHttp } from "./http";
import { takesOnlyEvents } from "./httpControls";
import type { PageSizes } from "./nodeLimits";
import { Operations } from "./operations";
import { logToStandardError, type ErrorLog } from "./presentErrors";
import { DEFAULT_SERVER_LIMITS, type ServerLimits } from "./serverLimits";
import { graphqlOverWebSocket, refuseUpgrade } from "./webSocket";

export interface ServeOptions {
  readonly schema: GraphQLSchema;
  /** Called for each operation, and for each event of a subscription. */
  readonly createContext: () => object | Promise<object>;
  /** Rejects when the server cannot work now; the message is shown to whoever asks `/ready`. */
  readonly checkReady: () => Promise<void>;
  /** As in `OperationsOptions`. */
  readonly passes?: (error: unknown) => Promise<boolean>;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly limits?: Partial<ServerLimits>;
  /** Default: those of the default limits. */
  readonly pages?: PageSizes;
  /** Origins of web pages, beside the server's own, that may use it; e.g. `https://app.example.org`. */
  readonly allowedOrigins?: readonly string[];
  /** Milliseconds that stopping may take, the notice included, before what still runs is cut; default 10,000. */
  readonly graceTime?: number;
  /** Told of errors that nobody expected; default: written to the standard error stream. */
  readonly log?: ErrorLog;
}

export interface RunningServer {
  /** Of the GraphQL endpoint. */
  readonly url: string;
  /**
   * Gives notice: is not ready any more, and turns new sockets away (1001), but goes on to answer requests. Then takes no
   * more, tells sockets (1001) and streams that it goes, lets requests finish, and resolves when everything is closed.
   * @param noticeTime milliseconds of the first part, for load balancers to notice; at most half of the grace time; default
   *   0, which also ends a notice that is under way
   */
  stop(noticeTime?: number): Promise<void>;
}

/** What is open on a server now. */
export interface OpenConnections {
  readonly sockets: number;
  /** Over WebSocket and server-sent events together. */
  readonly subscriptions: number;
}

export interface ServedSchema extends RunningServer {
  open(): OpenConnections;
}

/** Rejects with the error of `listen` when the address cannot be used. */
export async function serveSchema(options: ServeOptions): Promise<ServedSchema> {
  const limits = { ...DEFAULT_SERVER_LIMITS, ...options.limits };
  const log = options.log ?? logToStandardError;
  const { allowedOrigins = [], graceTime = 10_000 } = options;
  const operations = new Operations({
    schema: options.schema,
    createContext: options.createContext,
    ...(options.passes ? { passes: options.passes } : {}),
    limits,
    ...(options.pages ? { pages: options.pages } : {}),
    log,
  });
  const http = graphqlOverHttp({ operations, limits, allowedOrigins, log });
  const webSocket = graphqlOverWebSocket({ operations, limits, allowedOrigins, log });
  const unanswered = new Set<ServerResponse>();
  const connections = new Set<Socket>();
  const notice = new AbortController();
  let stopping: Promise<void> | undefined;
  let closing = false;

  const server = createServer((request, response) => {
    if (closing) return turnAway(request, response);
    unanswered.add(response);
    response.once("close", () => {
      unanswered.delete(response);
      // A connection that is kept alive would keep the server, too.
      if (closing) setImmediate(() => server.closeIdleConnections());
    });
    if (stopping) response.setHeader("connection", "close");
    response.setHeader("x-content-type-options", "nosniff");
    route(request, response).catch((error: unknown) => {
      log(error);
      response.destroy();
    });
  });
  const route = async (request: IncomingMessage, response: ServerResponse) => {
    switch (pathOf(request)) {
      case GRAPHQL_PATH:
        response.setHeader("x-frame-options", "DENY");
        return http.handle(request, response);
      case "/":
        return answer(response, 302, "", { location: GRAPHQL_PATH });
      case "/health":
        return answer(response, 200, "ok");
      case "/ready":
        if (stopping) return answer(response, 503, STOPPING);
        return options.checkReady().then(
          () => answer(response, 200, "ready"),
          (error: Error) => answer(response, 503, error.message),
        );
      default:
        return answer(response, 404, `GraphQL is at ${GRAPHQL_PATH}`);
    }
  };
  server.on("connection", (socket: Socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  server.on("upgrade", (request, socket, head) => {
    if (isOffer(request)) declineUpgrade(server, request, socket, head);
    else if (closing) refuseUpgrade(socket, "503 Service Unavailable");
    else if (pathOf(request) !== GRAPHQL_PATH) refuseUpgrade(socket, "404 Not Found");
    else webSocket.upgrade(request, socket, head);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => {
      server.off("error", reject);
      resolve();
    });
  });

  const stop = async (noticeTime: number) => {
    const grace = new AbortController();
    const over = sleep(graceTime, undefined, { signal: grace.signal }).catch(() => undefined);
    webSocket.turnAway();
    if (noticeTime > 0) {
      const short = Math.min(noticeTime, graceTime / 2);
      await sleep(short, undefined, { signal: notice.signal }).catch(() => undefined);
    }
    closing = true;
    const closed = new Promise((resolve) => server.close(resolve));
    // Browsers open some to have them at hand. Node takes one that has said nothing yet for busy.
    for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
    for (const response of unanswered) if (!response.headersSent) response.setHeader("connection", "close");
    http.breakOffStreams();
    await Promise.race([Promise.all([closed, webSocket.close(), operations.idle()]), over]);
    grace.abort();
    webSocket.terminate();
    server.closeAllConnections();
    await closed;
  };
  return {
    url: addressOf(options.host, (server.address() as AddressInfo).port),
    stop: (noticeTime = 0) => {
      if (noticeTime === 0) notice.abort();
      return (stopping ??= stop(noticeTime));
    },
    open: () => ({ sockets: webSocket.open, subscriptions: operations.subscriptions }),
  };
}

const pathOf = (request: IncomingMessage): string => (request.url ?? "/").split("?")[0] ?? "/";

const STOPPING = "the server is stopping";

/**
 * Answers what comes over a connection that has been kept. An `EventSource` that gets an answer which is no stream never
 * comes back; one whose connection is cut does.
 */
function turnAway(request: IncomingMessage, response: ServerResponse): void {
  if (takesOnlyEvents(request.headers.accept)) response.destroy();
  else answer(response, 503, STOPPING, { connection: "close" });
}

function answer(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store", ...headers });
  response.end(text === "" ? "" : `${text}\n`);
}

/** An address that a browser on this machine can open. */
function addressOf(host: string, port: number): string {
  const named = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${named.includes(":") ? `[${named}]` : named}:${port}${GRAPHQL_PATH}`;
}
