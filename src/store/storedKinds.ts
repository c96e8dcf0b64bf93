/** The kinds of operations that a database holds. */
import { operationKind } from "../core/operations/registry";
import type { Sql } from "./database";

/**
 * Makes sure that this program can apply every stored operation: a state without some of them would be wrong.
 * @throws Error that names the kinds that are not registered
 */
export async function refuseUnknownKinds(sql: Sql): Promise<void> {
  const { rows } = await sql.query<{ operation: string }>(`select distinct operation from omdb.operations`);
  const unknown = rows.map((row) => row.operation).filter((name) => operationKind(name) === undefined);
  if (unknown.length === 0) return;
  throw new Error(
    `the database holds operations of kinds that this program does not know: ${unknown.sort().join(", ")}; ` +
      `register them before it starts`,
  );
}
