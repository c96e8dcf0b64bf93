/** Ids of nodes: the name of the type, a colon, and what tells the node apart within it. */
import { isObjectType, type GraphQLFieldResolver, type GraphQLSchema } from "graphql";
import { andThen } from "./atOnce";

export const encodeGlobalId = (typename: string, id: bigint | number | string): string => `${typename}:${String(id)}`;

export function decodeGlobalId(globalId: string): { typename: string; id: string } {
  const colon = globalId.indexOf(":");
  return { typename: globalId.slice(0, Math.max(colon, 0)), id: globalId.slice(colon + 1) };
}

/** What a node type was declared with. */
interface NodeOptions {
  readonly id?: { readonly resolve?: GraphQLFieldResolver<unknown, unknown, object, unknown> };
}

/**
 * Gives the ids of nodes at once where they are: Pothos's Relay plugin makes promises for each, which nearly every client
 * asks for of nearly every node, and for which a whole result waits then.
 */
export function withIdsAtOnce(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || !type.getInterfaces().some(({ name }) => name === "Node")) continue;
    const options = type.extensions["pothosOptions"] as NodeOptions | undefined;
    const field = type.getFields()["id"];
    const idOf = options?.id?.resolve;
    if (!field || !idOf) throw new Error(`The node type ${type.name} does not say what its id is.`);
    field.resolve = (parent: unknown, args: object, context: unknown, info) => {
      const id = idOf(parent, args, context, info) as Promise<string> | bigint | number | string;
      return andThen(id, (found) => encodeGlobalId(type.name, found));
    };
  }
  return schema;
}
