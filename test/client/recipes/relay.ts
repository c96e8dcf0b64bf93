import { createClient } from "graphql-ws";
import { reconnecting, relaySource, resumable } from "omdb/client";
import { Environment, Network, Observable, RecordSource, Store, type GraphQLResponse } from "relay-runtime";

export function connect(url: string) {
  const streams = resumable(createClient({ url: url.replace(/^http/, "ws"), ...reconnecting() }));
  const network = Network.create(
    async ({ text }, variables) => {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json" },
        body: JSON.stringify({ query: text, variables }),
      });
      return (await response.json()) as GraphQLResponse;
    },
    (request, variables) => Observable.create<GraphQLResponse>(relaySource(streams, request, variables)),
  );
  return new Environment({ network, store: new Store(new RecordSource()) });
}
