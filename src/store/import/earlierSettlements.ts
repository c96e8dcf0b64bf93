import type { CommitId, RecordId } from "../../core/ids";
import type { Sql } from "../database";
import type { Known } from "./known";
import { Settlements } from "./settle";

/** What commits that are there already settle. */
export async function loadSettlements(sql: Sql, known: Known): Promise<Settlements> {
  const settlements = new Settlements();
  const { rows } = await sql.query<{ merge: CommitId; record: RecordId; commit: CommitId; index: number }>(
    `select s."commit" as merge, w.record, w."commit",
       (select count(*) from omdb.record_wise_operations b
        where b.record = w.record and b."commit" = w."commit" and b.operation < w.operation) as index
     from omdb.settlements s
     join omdb.operations o on o.id = s.operation
     join omdb.operation_to_commit c on c.operation = o.id
     join omdb.record_wise_operations w on w.record = o.record and w."commit" = c."commit" and w.operation = o.id`,
  );
  for (const { merge, ...place } of rows) if (known.commits.has(merge)) settlements.add(merge, place);
  return settlements;
}
