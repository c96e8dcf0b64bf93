import { operationKinds } from "../../core/operations/registry";
import type { Store } from "../../store/store";
import { version } from "../../../package.json";
import { builder } from "../builder";

/** Counts breaking changes of the contract. */
const API_VERSION = 1;

const ServerType = builder.objectRef<Store>("Server").implement({
  description: "The server that answers.",
  fields: (t) => ({
    version: t.string({ description: "Version of the program.", resolve: () => version }),
    apiVersion: t.int({
      description: "Version of this contract; it counts breaking changes.",
      resolve: () => API_VERSION,
    }),
    limits: t.field({
      type: "JSON",
      description: "The limits in force, by the names that LimitExceeded.limit gives.",
      resolve: (store) => store.limits,
    }),
    features: t.stringList({
      description: 'What the server can do, such as "operation:increment".',
      resolve: () => [
        ...operationKinds()
          .filter((kind) => !kind.internal)
          .map((kind) => `operation:${kind.name}`),
        "subscriptions:graphql-transport-ws",
        "subscriptions:sse",
      ],
    }),
  }),
});

builder.queryField("server", (t) =>
  t.field({
    type: ServerType,
    description: "The server that answers: its version and limits.",
    resolve: (_root, _args, context) => context.store,
  }),
);
