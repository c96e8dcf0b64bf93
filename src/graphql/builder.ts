/** The Pothos builder that all types are declared on: Prisma for what rows back, Relay for nodes and connections. */
import SchemaBuilder from "@pothos/core";
import ErrorsPlugin from "@pothos/plugin-errors";
import PrismaPlugin from "@pothos/plugin-prisma";
import RelayPlugin from "@pothos/plugin-relay";
import type { Context } from "./context";
import { decodeGlobalId, encodeGlobalId } from "./globalIds";
import type PrismaTypes from "./prisma";
import { getDatamodel } from "./prisma";

/** JSON as it comes in: its depth, numbers and strings are judged where it is used. */
export type UncheckedJson = string | number | boolean | object | null;

export interface SchemaTypes {
  PrismaTypes: PrismaTypes;
  Context: Context;
  DefaultFieldNullability: false;
  DefaultNodeNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
  Scalars: {
    ID: { Input: string; Output: string };
    BigInt: { Input: bigint; Output: bigint | number };
    SafeInt: { Input: number; Output: number };
    DateTime: { Input: Date; Output: Date };
    JSON: { Input: UncheckedJson; Output: unknown };
    UUID: { Input: string; Output: string };
    Path: { Input: readonly (string | number)[]; Output: readonly (string | number)[] };
  };
}

/** The types of the builder, for references to its objects. */
export type BuilderTypes = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>;

export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [ErrorsPlugin, PrismaPlugin, RelayPlugin],
  defaultFieldNullability: false,
  errors: { directResult: true },
  prisma: { client: (context) => context.store.database.prisma, dmmf: getDatamodel() },
  relay: {
    encodeGlobalID: encodeGlobalId,
    decodeGlobalID: decodeGlobalId,
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    nodesOnConnection: { description: "The nodes of the edges." },
    nodesFieldOptions: { nullable: false },
    edgesFieldOptions: { nullable: false, description: "The nodes with their cursors." } as never,
    nodeFieldOptions: { nullable: false, description: "What stands in the list." } as never,
    cursorFieldOptions: { description: "Pass it as after or before." },
    firstArgOptions: { description: "How many at most, from the start, or behind after." },
    afterArgOptions: { description: "Only what stands behind this cursor." },
    lastArgOptions: { description: "How many at most, from the end, or in front of before; not together with first." },
    beforeArgOptions: { description: "Only what stands in front of this cursor." },
    pageInfoFieldOptions: { nullable: false, description: "Where the page stands in the list." },
    hasNextPageFieldOptions: { nullable: false, description: "Whether more comes behind the page." },
    hasPreviousPageFieldOptions: { nullable: false, description: "Whether more stands in front of the page." },
    startCursorFieldOptions: { nullable: true, description: "The cursor of the first edge; null without edges." },
    endCursorFieldOptions: { nullable: true, description: "The cursor of the last edge; null without edges." },
    pageInfoTypeOptions: { description: "Where a page stands in its list." },
    idFieldOptions: { description: "Its id: the name of its type, a colon, and what tells it apart." },
    nodeTypeOptions: { description: "What has an id of its own: query { node(id) } gives it again." },
  },
});

builder.queryType({ description: "Everything that can be read. Nothing here changes anything." });
builder.mutationType({
  description: "Everything that changes something. Expected failures come as data, in the result's union.",
});
builder.subscriptionType({
  description: "Streams from the log of a frontier: nothing is lost, nothing comes twice, in order.",
});
