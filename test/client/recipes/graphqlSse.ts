import { createClient } from "graphql-sse";
import { reconnecting, resumable } from "omdb/client";

/** The same over server-sent events, for networks that let no WebSocket through. */
export function connect(url: string) {
  return resumable(createClient({ url, ...reconnecting() }));
}
