/** GraphQL over HTTP and server-sent events: Yoga reads requests and writes responses, `Operations` does the rest. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { GraphQLError, type ExecutionResult } from "graphql";
import { createYoga, type Plugin } from "graphql-yoga";
import { EventStream, eventsOf, Streams } from "./eventStream";
import { GRAPHIQL_OPTIONS, graphiqlPage } from "./graphiql";
import { httpError, refusedOverHttp, refuseSimplePost, wantsEvents, type HttpExtension } from "./httpControls";
import type { Operations } from "./operations";
import { presentError, type ErrorLog } from "./presentErrors";
import { limitExceeded } from "./requestErrors";
import type { ServerLimits } from "./serverLimits";

export const GRAPHQL_PATH = "/graphql";

export interface HttpOptions {
  readonly operations: Operations;
  readonly limits: ServerLimits;
  /** Origins of web pages, beside the server's own, that browsers let read answers. */
  readonly allowedOrigins: readonly string[];
  readonly log: ErrorLog;
}

export interface GraphqlOverHttp {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Ends the streams that are open, without telling that they are complete. */
  breakOffStreams(): void;
}

type NodeContext = { req: IncomingMessage; res: ServerResponse };

export function graphqlOverHttp(options: HttpOptions): GraphqlOverHttp {
  const streams = new Streams();
  const yoga = createYoga<NodeContext>({
    graphqlEndpoint: GRAPHQL_PATH,
    plugins: [operationsPlugin(options, streams)],
    cors: (request) => {
      const origin = request.headers.get("origin");
      return origin !== null && options.allowedOrigins.includes(origin) ? { origin, credentials: false } : false;
    },
    graphiql: GRAPHIQL_OPTIONS,
    renderGraphiQL: graphiqlPage,
    maskedErrors: { maskError: (error) => presentHttpError(error, options) },
    maxRequestBodySize: options.limits.requestBytes,
    multipart: false,
    batching: false,
    landingPage: false,
    logging: false,
    // The documents are remembered by `Operations`.
    parserAndValidationCache: false,
  });
  return {
    handle: async (request, response) => {
      await yoga(request, response);
    },
    breakOffStreams: () => streams.breakOff(),
  };
}

/** Puts `Operations` in the place of Yoga's own execution, and `EventStream` in that of its own streams. */
function operationsPlugin({ operations, limits }: HttpOptions, streams: Streams): Plugin<object, NodeContext> {
  const patience = limits.socketSilenceMs;
  return {
    onRequestParse({ request, requestParser, setRequestParser }) {
      refuseSimplePost(request);
      if (requestParser) setRequestParser(async (given) => readParameters(() => requestParser(given)));
    },
    onParams({ setParamsHandler }) {
      setParamsHandler(async ({ request, params }) => withStatus(await runOverHttp(operations, request, params)));
    },
    onResultProcess({ request, result, serverContext, setResultProcessor }) {
      const stream = Symbol.asyncIterator in result;
      if (Array.isArray(result) || (!stream && !wantsEvents(request))) return;
      setResultProcessor((processed, fetchAPI) => {
        const events =
          Symbol.asyncIterator in processed
            ? new EventStream(processed[Symbol.asyncIterator]() as AsyncIterator<ExecutionResult>, patience)
            : eventsOf(withoutStatus(processed as ExecutionResult), patience);
        streams.add(events, serverContext.res, patience);
        return new fetchAPI.Response(events as unknown as BodyInit, {
          status: stream ? 200 : statusOf(processed as ExecutionResult),
          headers: { "content-type": "text/event-stream", "cache-control": "no-cache", "x-accel-buffering": "no" },
        });
      }, "text/event-stream");
    },
  };
}

async function runOverHttp(operations: Operations, request: Request, params: object) {
  const prepared = operations.prepare(params);
  if (!("operation" in prepared)) return { errors: prepared };
  const refused = refusedOverHttp(request, prepared.operation.operation);
  if (refused) return { errors: [refused] };
  const lastEventId = request.headers.get("last-event-id");
  return operations.run(lastEventId ? { ...prepared, lastEventId } : prepared);
}

/** The parameters of a GET stand in the URL as JSON, which need not be any. */
async function readParameters<T>(read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw httpError("The parameters `variables` and `extensions` of the URL are JSON.", "BAD_REQUEST", { status: 400 });
  }
}

/** Errors of Yoga itself and of its plugins. */
function presentHttpError(error: unknown, { limits, log }: HttpOptions): GraphQLError {
  const http = error instanceof GraphQLError ? (error.extensions.http as HttpExtension | undefined) : undefined;
  if (error instanceof GraphQLError && error.extensions.code === "REQUEST_ENTITY_TOO_LARGE") {
    const message = `The body of a request holds at most ${limits.requestBytes} bytes.`;
    return withHttp(limitExceeded(message, "requestBytes", limits.requestBytes), { status: 413 });
  }
  const presented = presentError(error, log);
  return http ? withHttp(presented, { ...http, spec: http.spec === true && isOfDocument(presented) }) : presented;
}

/** What is no GraphQL request has the status that says so for every client; what is wrong with its document has not. */
const isOfDocument = ({ extensions }: GraphQLError): boolean => extensions.code !== "BAD_REQUEST";

/** Gives errors that came before any data the status that clients of `application/graphql-response+json` expect. */
function withStatus<T extends object>(result: T): T {
  if (!("errors" in result) || "data" in result || Symbol.asyncIterator in result) return result;
  const errors = (result as ExecutionResult).errors?.map((error) => {
    if (error.extensions.http) return error;
    const status = error.extensions.code === "INTERNAL_SERVER_ERROR" ? 500 : 400;
    return withHttp(error, { status, spec: isOfDocument(error) });
  });
  return { ...result, errors };
}

function withHttp(error: GraphQLError, http: HttpExtension): GraphQLError {
  const { message, nodes, source, positions, path, extensions } = error;
  return new GraphQLError(message, { nodes, source, positions, path, extensions: { ...extensions, http } });
}

/** Yoga takes HTTP's side of errors out of its own responses; in streams it is done here. */
function withoutStatus(result: ExecutionResult): ExecutionResult {
  const errors = result.errors?.map((error) => {
    const { http: _, ...extensions } = error.extensions;
    return { ...error.toJSON(), extensions } as unknown as GraphQLError;
  });
  return errors ? { ...result, errors } : result;
}

function statusOf(result: ExecutionResult): number {
  const statuses = (result.errors ?? []).map(({ extensions }) => extensions.http as HttpExtension | undefined);
  return Math.max(200, ...statuses.map((http) => (http && !http.spec ? http.status : 200)));
}
