/**
 * What of the commits between some versions can matter to the verdict on what they form together. Most of it cannot: an
 * operation fails only if all versions that have it get something new on a record that it touches or reads.
 */
import type { CommitId, RecordId } from "../core/ids";
import type { Join } from "../core/joining";
import type { Sql } from "./database";

export interface Contested {
  /** For each part of the join: the records that the commits beyond it touch. */
  readonly touched: readonly ReadonlySet<RecordId>[];
  /** The records that matter: among them all that commits beyond every part touch. */
  readonly records: readonly RecordId[];
}

/** Reads it for a join of stored commits: the verdict on what happened to these records is the verdict on all. */
export async function readContested(sql: Sql, join: Join): Promise<Contested> {
  const touched = await recordsBeyond(sql, join);
  if (join.suspects.length === 0) return { touched, records: [] };
  // What reads its own record only is on one that is touched beyond every part.
  const [first = new Set<RecordId>(), ...others] = touched;
  const records = new Set([...first].filter((record) => others.every((those) => those.has(record))));
  for (const read of await readsThatCanFail(sql, join, touched)) for (const record of read) records.add(record);
  return { touched, records: [...records] };
}

async function recordsBeyond(sql: Sql, { beyond }: Join): Promise<ReadonlySet<RecordId>[]> {
  const touched = beyond.map(() => new Set<RecordId>());
  if (beyond.every((commits) => commits.length === 0)) return touched;
  const { rows } = await sql.query<{ part: number; records: RecordId[] }>({
    name: "omdb records beyond",
    text: `select v.part, array_agg(distinct o.record) as records from unnest($1::int[], $2::bigint[]) as v(part, "commit")
     join omdb.operation_to_commit p on p."commit" = v."commit"
     cross join lateral (select x.record from omdb.operations x where x.id = p.operation offset 0) o
     group by v.part`,
    values: [beyond.flatMap((commits, part) => commits.map(() => part)), beyond.flat()],
  });
  for (const { part, records } of rows) touched[part] = new Set(records);
  return touched;
}

/**
 * For each suspect operation that reads a touched record which is not its own, and that can fail: its own record and those.
 */
async function readsThatCanFail(
  sql: Sql,
  { suspects, beyond }: Join,
  touched: readonly ReadonlySet<RecordId>[],
): Promise<(readonly RecordId[])[]> {
  const { rows } = await sql.query<{ commit: CommitId; reads: RecordId[] }>({
    name: "omdb readers",
    text: `select r."commit", o.record || array_agg(r.record) as reads
     from omdb.operation_reads r join omdb.operations o on o.id = r.operation
     where r.record = any($1::uuid[]) and r."commit" = any($2::bigint[]) group by r.operation, r."commit", o.record`,
    values: [[...new Set(touched.flatMap((records) => [...records]))], suspects],
  });
  const lacking = beyond.map((commits) => new Set(commits));
  return rows
    .filter(({ commit, reads }) =>
      touched.every((records, part) => lacking[part]!.has(commit) || reads.some((record) => records.has(record))),
    )
    .map(({ reads }) => reads);
}
