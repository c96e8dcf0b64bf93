import { nodesOf, withNodes, type Connection } from "./connections";
import type { Context } from "./context";
import type { FrontierSnapshot } from "./frontierSnapshots";

/** Puts frontiers in the place of their names; one that is deleted this very moment is left out. */
export async function existingFrontiers(
  { frontiers }: Context,
  connection: Connection<string>,
): Promise<Connection<FrontierSnapshot>> {
  const found = await Promise.all(nodesOf(connection).map((name) => frontiers.find(name)));
  const edges = withNodes(connection, found).edges.flatMap(({ cursor, node }) => (node ? [{ cursor, node }] : []));
  return { ...connection, edges };
}
