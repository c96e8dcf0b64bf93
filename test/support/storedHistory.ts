/** A database's history, for the naive judge. */
import { maximal } from "../../src/core/antichain";
import type { CommitId, OperationId } from "../../src/core/ids";
import type { JudgedOperation } from "../../src/core/consistency";
import type { Sql } from "../../src/store/database";
import { History } from "./histories";

/** Reads all commits, operations and settlements; operations get numbers of their own. */
export async function storedHistory(sql: Sql): Promise<History> {
  const { rows: commits } = await sql.query<{ id: CommitId; parents: CommitId[] }>(
    `select c.id, array(select e.parent from omdb.commit_to_commit e where e.child = c.id order by 1) as parents
     from omdb.commits c order by c.logical_time, c.id`,
  );
  const { rows: operations } = await sql.query<JudgedOperation>(
    `select o.id, o.record, o.path, o.operation, o.parameters, o.predicates, p."commit"
     from omdb.operations o join omdb.operation_to_commit p on p.operation = o.id order by o.id`,
  );
  const { rows: settlements } = await sql.query<{ commit: CommitId; operation: OperationId }>(
    `select "commit", operation from omdb.settlements`,
  );
  const history = new History();
  const numbers = new Map<OperationId, OperationId>();
  for (const { id, parents } of commits) {
    const own = operations.filter(({ commit }) => commit === id);
    const settled = settlements.filter(({ commit }) => commit === id).map(({ operation }) => numbers.get(operation)!);
    const before = history.operations.length;
    history.commit(id, maximal(history.graph, parents), own, settled);
    own.forEach((operation, index) => numbers.set(operation.id, history.operations[before + index]!.id));
  }
  return history;
}
