/** Errors of a request as a whole, in the form of the contract. */
import { GraphQLError, type GraphQLErrorOptions } from "graphql";
import type { InputPath } from "../core/errors";
import { shortMessage } from "../core/quote";
import type { ServerLimits } from "./serverLimits";

/** What goes beyond a limit of the server. */
export function limitExceeded(
  message: string,
  limit: keyof ServerLimits,
  maximum: number,
  options: GraphQLErrorOptions & { readonly inputPath?: InputPath } = {},
): GraphQLError {
  const { inputPath = [], ...rest } = options;
  return new GraphQLError(shortMessage(message), {
    ...rest,
    extensions: { code: "LIMIT_EXCEEDED", inputPath, limit, maximum },
  });
}

/** A request that is none: not the shape of a GraphQL request, or one that this way of asking does not take. */
export function badRequest(message: string, code = "BAD_REQUEST"): GraphQLError {
  return new GraphQLError(shortMessage(message), { extensions: { code } });
}
