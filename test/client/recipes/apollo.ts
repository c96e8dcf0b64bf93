import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { OperationTypeNode } from "graphql";
import { createClient } from "graphql-ws";
import { APOLLO_TYPE_POLICIES, POSSIBLE_TYPES, reconnecting, resumable } from "omdb/client";

export function connect(url: string) {
  const streams = resumable(createClient({ url: url.replace(/^http/, "ws"), ...reconnecting() }));
  return new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(streams),
      new HttpLink({ uri: url }),
    ),
    cache: new InMemoryCache({ possibleTypes: POSSIBLE_TYPES, typePolicies: APOLLO_TYPE_POLICIES }),
  });
}
