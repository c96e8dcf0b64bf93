/** Controls that only HTTP needs: what a foreign web page could make a browser send, and what each method may do. */
import { GraphQLError, OperationTypeNode } from "graphql";

/** Browsers ask before they send a request with a header that they do not know. */
const CUSTOM_HEADERS = ["x-omdb", "x-graphql-yoga-csrf", "graphql-require-preflight", "apollo-require-preflight"];

/** HTTP's side of an error: the status, and whether it counts for `application/graphql-response+json` only. */
export interface HttpExtension {
  readonly status: number;
  readonly spec?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error with a status. */
export function httpError(message: string, code: string, http: HttpExtension): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http } });
}

/**
 * Refuses a POST that any web page could make a browser send without asking.
 * @throws GraphQLError
 */
export function refuseSimplePost(request: Request): void {
  if (request.method !== "POST") return;
  const type = mediaType(request.headers.get("content-type") ?? "");
  if (type === "application/json" || CUSTOM_HEADERS.some((name) => request.headers.has(name))) return;
  throw httpError("Send content-type: application/json, or the header x-omdb: 1.", "FORBIDDEN", { status: 403 });
}

/** The error of an operation that may not be asked for in this way. */
export function refusedOverHttp(request: Request, operation: OperationTypeNode): GraphQLError | undefined {
  if (operation === OperationTypeNode.MUTATION && request.method !== "POST") {
    const http = { status: 405, headers: { Allow: "POST" } };
    return httpError("A mutation is sent with POST.", "BAD_REQUEST", http);
  }
  if (operation === OperationTypeNode.SUBSCRIPTION && !acceptsEvents(request)) {
    const message = "A subscription over HTTP is a stream of events: accept text/event-stream, or use WebSocket.";
    return httpError(message, "BAD_REQUEST", { status: 406 });
  }
  return undefined;
}

/** Whether the client takes server-sent events. */
export const acceptsEvents = (request: Request): boolean =>
  acceptedTypes(request.headers.get("accept")).some((type) => ["text/event-stream", "text/*", "*/*"].includes(type));

/** Whether it takes nothing else. */
export const wantsEvents = (request: Request): boolean => takesOnlyEvents(request.headers.get("accept"));

/** The same of an Accept header. */
export const takesOnlyEvents = (accept: string | null | undefined): boolean =>
  acceptedTypes(accept).every((type) => type === "text/event-stream");

const acceptedTypes = (accept: string | null | undefined): string[] => (accept ?? "*/*").split(",").map(mediaType);

/** A media type without its parameters. */
const mediaType = (text: string): string => (text.split(";")[0] ?? "").trim().toLowerCase();
