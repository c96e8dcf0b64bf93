/** Limits of what requests and connections may ask for. Each is named in the error that it causes; those of values are core's. */
export interface ServerLimits {
  /** Bytes of the body of a request, or of a message on a socket. */
  readonly requestBytes: number;
  /** Brackets of any kind inside each other in a document. */
  readonly documentDepth: number;
  /** Tokens of a document. */
  readonly documentTokens: number;
  /** Fields and fragments that a document selects, those that come through fragments counted each time. */
  readonly selections: number;
  /** Fields inside each other, through fragments too. */
  readonly selectionDepth: number;
  /** Nodes that an operation asks for, were every page of every list full. */
  readonly nodes: number;
  /** Input objects and lists inside each other in the value of a variable, JSON values not counted. */
  readonly variableDepth: number;
  /** Operations under way at a time on one WebSocket. */
  readonly socketOperations: number;
  /** WebSockets that are open from one address; all that come through a proxy have the proxy's. */
  readonly socketsPerAddress: number;
  /** Subscriptions under way in this process, over WebSocket and server-sent events together. */
  readonly subscriptions: number;
  /** Bytes that may wait for a WebSocket's client; beyond that its streams read the log, as fast as the client does. */
  readonly socketQueueBytes: number;
  /** Milliseconds that a new WebSocket may take to begin with `connection_init`. */
  readonly connectionInitMs: number;
  /**
   * Milliseconds without any sign of life, such as the answer to a ping, after which a WebSocket is cut; and in which the
   * client of a stream of events takes nothing of what waits for it.
   */
  readonly socketSilenceMs: number;
}

export const DEFAULT_SERVER_LIMITS: ServerLimits = {
  requestBytes: 8 * 1024 * 1024,
  documentDepth: 500,
  documentTokens: 500_000,
  selections: 5_000,
  selectionDepth: 100,
  nodes: 500_000,
  variableDepth: 200,
  socketOperations: 100,
  socketsPerAddress: 10_000,
  subscriptions: 50_000,
  socketQueueBytes: 64 * 1024,
  connectionInitMs: 3_000,
  socketSilenceMs: 60_000,
};
