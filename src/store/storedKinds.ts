/** The kinds of operations that a database holds. */
import { operationKind } from "../core/operations/registry";
import type { Sql } from "./database";

/**
 * Makes sure that this program can apply every stored operation: a state without some of them would be wrong.
 * @throws Error that names the kinds that are not registered
 */
export async function refuseUnknownKinds(sql: Sql): Promise<void> {
  // A loose index scan: from each kind to the next one, whatever the number of operations.
  const { rows } = await sql.query<{ operation: string }>(
    `with recursive kinds as (
       (select operation from omdb.operations order by operation limit 1)
       union all
       select (select o.operation from omdb.operations o where o.operation > k.operation order by o.operation limit 1)
       from kinds k where k.operation is not null
     )
     select operation from kinds where operation is not null`,
  );
  const unknown = rows.map((row) => row.operation).filter((name) => operationKind(name) === undefined);
  if (unknown.length === 0) return;
  throw new Error(
    `the database holds operations of kinds that this program does not know: ${unknown.sort().join(", ")}; ` +
      `register them before it starts`,
  );
}
