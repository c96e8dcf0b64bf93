import { cacheExchange } from "@urql/exchange-graphcache";
import { createClient } from "graphql-ws";
import { forwardSubscription, GRAPHCACHE_KEYS, reconnecting, resumable } from "omdb/client";
import { Client, fetchExchange, subscriptionExchange } from "urql";

export function connect(url: string) {
  const streams = resumable(createClient({ url: url.replace(/^http/, "ws"), ...reconnecting() }));
  return new Client({
    url,
    preferGetMethod: false,
    exchanges: [
      cacheExchange({ keys: GRAPHCACHE_KEYS }),
      fetchExchange,
      subscriptionExchange({ forwardSubscription: forwardSubscription(streams) }),
    ],
  });
}
