/** GraphQL over WebSocket: the protocol is graphql-ws's own, `Operations` does the rest. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { OperationTypeNode } from "graphql";
import { CloseCode, handleProtocols, makeServer, MessageType, type Server } from "graphql-ws";
import { WebSocketServer, type RawData, type WebSocket } from "ws";
import { keepAlive } from "./keepAlive";
import type { Operations } from "./operations";
import { isAllowedOrigin } from "./origins";
import type { PreparedOperation } from "./preparedOperation";
import type { ErrorLog } from "./presentErrors";
import { badRequest, limitExceeded } from "./requestErrors";
import type { ServerLimits } from "./serverLimits";
import { SocketSink } from "./socketSink";

export interface WebSocketOptions {
  readonly operations: Operations;
  readonly limits: ServerLimits;
  /** Origins of web pages, beside the server's own, that may connect. */
  readonly allowedOrigins: readonly string[];
  readonly log: ErrorLog;
}

export interface GraphqlOverWebSocket {
  /** Takes over a connection that asks for WebSocket, or refuses it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** From now on a new client is told at once that the server goes: it comes back elsewhere. */
  turnAway(): void;
  /** Tells every client that the server goes; resolves when all have gone. */
  close(): Promise<void>;
  /** Ends the connections that are still open. */
  terminate(): void;
  /** Sockets that are open. */
  readonly open: number;
}

interface Connection {
  readonly socket: WebSocket;
  /** What the socket writes to. */
  readonly stream: Duplex;
  /** Operations by id, those included that the client gave up before they had begun. */
  readonly underWay: Map<string, OperationTypeNode>;
  /** Set when the server stops. */
  going: boolean;
}

const GOING_AWAY = 1001;

export function graphqlOverWebSocket(options: WebSocketOptions): GraphqlOverWebSocket {
  const sockets = new WebSocketServer({
    noServer: true,
    // Messages that are framed beside the socket's own stay in order with them.
    perMessageDeflate: false,
    maxPayload: options.limits.requestBytes,
    handleProtocols,
  });
  const protocol = makeProtocol(options);
  const connections = new Set<Connection>();
  let going = false;
  const addresses = new Map<string, number>();
  const count = (address: string, change: 1 | -1) => {
    const open = (addresses.get(address) ?? 0) + change;
    if (open > 0) addresses.set(address, open);
    else addresses.delete(address);
  };
  sockets.on("connection", (socket: WebSocket, request: IncomingMessage) => {
    const connection: Connection = { socket, stream: request.socket, underWay: new Map(), going };
    // Once it is closed, it has none any more.
    const address = addressOf(request);
    connections.add(connection);
    count(address, 1);
    socket.once("close", () => {
      connections.delete(connection);
      count(address, -1);
    });
    serve(connection, protocol, options);
    closeWhenAnswered(connection);
  });
  return {
    upgrade: (request, socket, head) => {
      if (!isAllowedOrigin(request.headers.origin, request.headers.host, options.allowedOrigins)) {
        refuseUpgrade(socket, "403 Forbidden");
        return;
      }
      if ((addresses.get(addressOf(request)) ?? 0) >= options.limits.socketsPerAddress) {
        refuseUpgrade(socket, "429 Too Many Requests");
        return;
      }
      sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit("connection", opened, request));
    },
    turnAway: () => {
      going = true;
    },
    close: () => {
      for (const connection of connections) {
        connection.going = true;
        closeWhenAnswered(connection);
      }
      return new Promise((resolve) => sockets.close(() => resolve()));
    },
    terminate: () => {
      for (const socket of sockets.clients) socket.terminate();
    },
    get open() {
      return connections.size;
    },
  };
}

/** Of the other side, as far as it is known. */
const addressOf = ({ socket }: IncomingMessage): string => socket.remoteAddress ?? "";

/** Answers a connection that wanted another protocol, and ends it. */
export function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on("error", () => undefined);
  // The client may keep its side open for ever, and nobody else looks after a connection that asked for another protocol.
  const answer = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
  socket.end(answer, () => socket.destroy());
}

function makeProtocol({ operations, limits }: WebSocketOptions): Server<Connection> {
  return makeServer<Record<string, unknown> | undefined, Connection>({
    connectionInitWaitTimeout: limits.connectionInitMs,
    // What is wrong with a request is told for it alone: an exception would close the socket with all that runs on it.
    onSubscribe: ({ extra: { socket, stream, underWay } }, id, payload) => {
      // graphql-ws would take the first for the second, and never end one of them.
      if (underWay.has(id)) return [badRequest("The operation that had this id has not ended yet.")];
      if (underWay.size >= limits.socketOperations) {
        const message = `A socket has at most ${limits.socketOperations} operations under way.`;
        return [limitExceeded(message, "socketOperations", limits.socketOperations)];
      }
      const prepared = operations.prepare(payload);
      if (!("operation" in prepared)) return prepared;
      const kind = prepared.operation.operation;
      underWay.set(id, kind);
      if (kind !== OperationTypeNode.SUBSCRIPTION) return prepared;
      return { ...prepared, sink: new SocketSink(socket, stream, id, limits.socketQueueBytes) };
    },
    execute: (args) => operations.execute(args as PreparedOperation),
    subscribe: (args) => operations.subscribe(args as PreparedOperation),
    onComplete: ({ extra }, id) => {
      extra.underWay.delete(id);
      // This comes before the client is told: it would send a mutation again that it does not know to be complete.
      setImmediate(closeWhenAnswered, extra);
    },
  });
}

/** A socket closes for the server's end when everything that is not a stream has been answered. */
function closeWhenAnswered({ socket, underWay, going }: Connection): void {
  const answered = [...underWay.values()].every((kind) => kind === OperationTypeNode.SUBSCRIPTION);
  if (going && answered) socket.close(GOING_AWAY, "Going away");
}

function serve(connection: Connection, protocol: Server<Connection>, { log, limits }: WebSocketOptions): void {
  const { socket } = connection;
  // Messages that are too long or broken, and connections that are cut: the socket is closed with the code that says so.
  socket.on("error", () => undefined);
  const stopPinging = keepAlive(socket, limits.socketSilenceMs);
  for (const asks of ["message", "ping"]) socket.on(asks, () => hearNoMore(socket, limits.socketQueueBytes));
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (message) => send(socket, message),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (receive) => {
        socket.on("message", (data: RawData) => {
          const message = (data as Buffer).toString();
          // The client is about to be told to ask elsewhere.
          if (connection.going && isSubscribe(message)) return;
          receive(message).catch((error: unknown) => {
            // A connection that is cut while a message is on its way is no error of the server.
            if (socket.readyState === socket.OPEN) log(error);
            socket.close(CloseCode.InternalServerError, "Internal server error");
          });
        });
      },
    },
    connection,
  );
  socket.once("close", (code: number, reason: Buffer) => {
    stopPinging();
    closed(code, reason.toString()).catch(log);
  });
}

function isSubscribe(message: string): boolean {
  try {
    return (JSON.parse(message) as { type?: unknown } | null)?.type === MessageType.Subscribe;
  } catch {
    return false;
  }
}

/**
 * Resolves when the message has left: whoever produces messages goes no faster than the client takes them. Rejects when
 * it cannot: that ends the stream it belongs to.
 */
function send(socket: WebSocket, message: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.readyState !== socket.OPEN) return reject(new Error("the socket is closed"));
    socket.send(message, (error) => (error ? reject(error) : resolve()));
  });
}

/** Whoever asks and does not take the answers is heard again when those that wait have left: they are held in memory. */
function hearNoMore(socket: WebSocket, most: number): void {
  if (socket.isPaused || socket.bufferedAmount <= most) return;
  socket.pause();
  // Leaves after all that waits.
  socket.ping(undefined, undefined, () => socket.resume());
}
