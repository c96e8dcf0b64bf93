/** Sweeping what nobody needs any more: rows that ended, and paths of frontiers that are gone. */
import { inTransaction, type Database, type Sql } from "./database";
import { omdbTable } from "./identifiers";
import { SWEEP_LOCK } from "./inherit";
import { isInherited, KEPT_FOR } from "./rowsAt";
import { readAllTypes, type TypeRow } from "./typeTables";

/** Rows that ended which one transaction looks at. */
const STEP = 2_000;

/** Where in a table the sweep stands: behind this row. */
interface Place {
  readonly frontier: string;
  readonly sequence: number;
  readonly record: string;
}

const START: Place = { frontier: "", sequence: 0, record: "00000000-0000-0000-0000-000000000000" };

/**
 * Deletes rows that ended longer ago than any document runs and that nobody inherits. Writing does that for the records
 * that it touches; this does it for the others. In short transactions: who makes a frontier waits for one of them at most.
 * @param signal ends it early
 * @returns how many rows went
 */
export async function sweepRows(database: Database, signal?: AbortSignal): Promise<number> {
  await inSweep(database, (sql) =>
    sql.query(`delete from omdb.frontier_bases where ended_at < now() - interval '${KEPT_FOR}'`),
  );
  let swept = 0;
  for (const type of await readAllTypes(database.pool)) {
    for (let place: Place | null = START; place !== null && signal?.aborted !== true;) {
      const from: Place = place;
      const step = await inSweep(database, (sql) => sweepStep(sql, type, from));
      swept += step.swept;
      place = step.next;
    }
  }
  return swept;
}

async function inSweep<T>(database: Database, work: (sql: Sql) => Promise<T>): Promise<T> {
  return inTransaction(database, async (sql) => {
    await sql.query(`select pg_advisory_xact_lock(${SWEEP_LOCK})`);
    return work(sql);
  });
}

async function sweepStep(sql: Sql, type: TypeRow, after: Place): Promise<{ swept: number; next: Place | null }> {
  const table = omdbTable(type.latest);
  // A row that somebody else is just dropping is passed over; the next sweep finds what is left.
  const { rows } = await sql.query<Place & { seen: number; swept: number }>(
    `with seen as materialized (
       select l.frontier, l.record, l.from_sequence, l.to_sequence from ${table} l
       where l.to_sequence is not null and (l.frontier, l.to_sequence, l.record) > ($1, $2::bigint, $3::uuid)
       order by l.frontier, l.to_sequence, l.record limit ${STEP}
     ), old as (
       select l.frontier, l.record, l.from_sequence
       from seen join ${table} l using (frontier, record, from_sequence)
       join omdb.frontier_log g on g.frontier = seen.frontier and g.sequence = seen.to_sequence
       where g.written_at < now() - interval '${KEPT_FOR}' and not ${isInherited("seen.frontier", "seen")}
       for update of l skip locked
     ), gone as (
       delete from ${table} l using old
       where l.frontier = old.frontier and l.record = old.record and l.from_sequence = old.from_sequence
       returning 1
     )
     select s.frontier, s.to_sequence as sequence, s.record,
       (select count(*) from seen) as seen, (select count(*) from gone) as swept
     from seen s order by s.frontier desc, s.to_sequence desc, s.record desc limit 1`,
    [after.frontier, after.sequence, after.record],
  );
  const [last] = rows;
  if (last === undefined) return { swept: 0, next: null };
  return { swept: last.swept, next: last.seen < STEP ? null : last };
}
