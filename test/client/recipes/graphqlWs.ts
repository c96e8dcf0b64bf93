import { createClient } from "graphql-ws";
import { reconnecting, resumable } from "omdb/client";

/** A client of graphql-ws whose subscriptions lose nothing and repeat nothing. */
export function connect(url: string) {
  return resumable(createClient({ url: url.replace(/^http/, "ws"), ...reconnecting() }));
}
