/** A database's history, to be judged and replayed by the letter. */
import type { JudgedOperation } from "../../src/core/consistency";
import type { CommitId, OperationId } from "../../src/core/ids";
import type { Sql } from "../../src/store/database";
import { grouped } from "./grouped";
import { History } from "./histories";

/**
 * Reads all commits, operations and settlements.
 * @param after only commits with greater numbers, whose parents have greater ones, too
 */
export async function storedHistory(sql: Sql, after: CommitId = 0): Promise<History> {
  const { rows: commits } = await sql.query<{ id: CommitId; logicalTime: number; parents: CommitId[] }>(
    `select c.id, c.logical_time as "logicalTime",
       array(select e.parent from omdb.commit_to_commit e where e.child = c.id order by 1) as parents
     from omdb.commits c where c.id > $1 order by c.logical_time, c.id`,
    [after],
  );
  const { rows: operations } = await sql.query<JudgedOperation>(
    `select o.id, o.record, o.path, o.operation, o.parameters, o.predicates, p."commit", c.logical_time as "logicalTime"
     from omdb.operation_to_commit p join omdb.operations o on o.id = p.operation join omdb.commits c on c.id = p."commit"
     where p."commit" > $1 order by o.id`,
    [after],
  );
  const { rows: settlements } = await sql.query<{ commit: CommitId; operation: OperationId }>(
    `select "commit", operation from omdb.settlements where "commit" > $1 order by 1, 2`,
    [after],
  );
  const history = new History();
  const own = grouped(operations, ({ commit }) => commit);
  const settled = grouped(settlements, ({ commit }) => commit);
  for (const { id, logicalTime, parents } of commits) {
    const settles = settled.get(id)?.map(({ operation }) => operation);
    history.add(id, logicalTime, parents, own.get(id) ?? [], settles);
  }
  return history;
}
